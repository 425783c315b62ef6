"""Ingest's own small HTTP service: /metrics, /livez, /readyz."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PATIENCE_S = 10.0
"""Seconds for a request to come in."""

Checks = Mapping[str, Callable[[], bool]]


class HealthServer:
    """Serves in a thread of its own until `close`; `port` is the one that was bound."""

    def __init__(self, host: str, port: int, registry: CollectorRegistry, ready: Checks) -> None:
        """Bind; raises OSError when the port is taken."""
        self._metrics = make_wsgi_app(registry)
        self._ready = ready
        self._server = make_server(host, port, self._answer, _Server, _Quiet)
        self.port: int = self._server.server_port
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        if path == "/livez":
            return _json(start_response, "200 OK", {"status": "ok"})
        if path == "/readyz":
            checks = {name: check() for name, check in self._ready.items()}
            status = "200 OK" if all(checks.values()) else "503 Service Unavailable"
            return _json(start_response, status, checks)
        return _json(start_response, "404 Not Found", {"paths": ["/metrics", "/livez", "/readyz"]})


def _json(start_response: "StartResponse", status: str, content: Mapping[str, Any]) -> list[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps(content).encode()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def setup(self) -> None:
        """Give a request so long to come in; without a limit an unfinished one would hold its thread for ever."""
        super().setup()
        self.connection.settimeout(PATIENCE_S)

    def handle(self) -> None:
        """Answer; somebody who does not finish, or has left, is no error of ours."""
        with contextlib.suppress(TimeoutError, ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: a scrape every few seconds is no news."""
