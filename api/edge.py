"""The outermost layer: every answer gets the security headers and is counted, and a bug becomes a problem."""

import logging
import time
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import negotiation
from api.metrics import Metrics
from api.problems import Mistake, Problem

# Files of our own, and nothing inline: what somebody smuggles into a page cannot run.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
SECURITY: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

log = logging.getLogger(__name__)


class Edge:
    """ASGI middleware; plain ASGI, because Starlette's base class costs a task and two queues per request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, path: str | None = None) -> None:
        """Wrap an app; `path`: the only one that it answers, where no router notes down which it was."""
        self._app = app
        self._metrics = metrics
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request; anything else (start, stop) is only passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        code, took = 0, 0.0

        async def secured(message: Message) -> None:
            nonlocal code, took
            if message["type"] == "http.response.start":
                code = message["status"]
                took = time.perf_counter() - began  # up to here: a stream lasts as long as its page is open
                message["headers"] = [*message["headers"], *SECURITY]
            await send(message)

        try:
            await self._app(scope, receive, secured)
        except Exception:
            # Caught here rather than left to Starlette, whose own answer would pass by the headers and the counters.
            log.exception("%s failed", self._path_template(scope) or "a request")
            if code:
                raise  # half an answer is out: only breaking the connection tells the client
            language = negotiation.language(Headers(scope=scope).get("accept-language", ""))
            await Problem(500, Mistake("internal")).response(language)(scope, receive, secured)
        finally:
            self._metrics.answered(
                self._path_template(scope), scope["method"], code, took or time.perf_counter() - began
            )

    def _path_template(self, scope: Scope) -> str | None:
        return self._path or getattr(scope.get("route"), "path", None)
