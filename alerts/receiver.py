"""One receiver of notifications: an Apprise URL, sent to by one call per message."""

import threading
from concurrent.futures import Future
from typing import Final

import apprise

from alerts import markdown
from alerts.sender import ReceiverError, SendError
from alerts.text import Text

HUNG: Final = 8
"""Calls to one service that may be without an answer past the limit; with more, a dripping one would eat threads."""


class AppriseReceiver:
    """An Apprise URL with a name; one call hands one text over, or says that it did not."""

    def __init__(self, name: str, url: str, timeout: float, *, as_markdown: bool = False) -> None:
        """Parse the URL; `timeout` in seconds, `as_markdown` for services that show Markdown.

        Raises:
            ReceiverError: when Apprise knows no such service; the URL is not in the text.

        """
        self.name = name
        self._timeout = timeout
        self._as_markdown = as_markdown
        # Our outbox retries, so Apprise must not; a redirect could carry the text to somebody else.
        # Nor do its own threads and time limit serve us: what hangs in them is waited for when the process ends.
        asset = apprise.AppriseAsset(
            storage_mode="memory", secure_logging=True, http_redirects=False, async_mode=False, service_timeout=0
        )
        self._apprise = apprise.Apprise(asset=asset)
        self._hung: list[threading.Thread] = []
        if not self._apprise.add(url):
            raise ReceiverError(f"receiver {name}: not a URL that Apprise understands")

    def send(self, text: Text) -> None:
        """Hand a text over within the time limit.

        The limit holds for the whole call, so a service that answers a byte a second delays nobody for long. Nor does
        it keep the process from ending, as it would from a thread of Apprise's own: those are waited for at the end.

        Raises:
            SendError: the service refused, could not be reached, or took too long.

        """
        self._hung = [thread for thread in self._hung if thread.is_alive()]
        if len(self._hung) >= HUNG:
            raise SendError(f"{HUNG} calls before have not been answered yet")
        answer: Future[bool] = Future()
        call = threading.Thread(target=self._call, args=(text, answer), name=f"send-{self.name}", daemon=True)
        call.start()
        try:
            taken = answer.result(self._timeout)
        except TimeoutError:
            self._hung.append(call)
            raise SendError(f"no answer within {self._timeout:g} s") from None
        if not taken:
            raise SendError("refused or out of reach")

    def _call(self, text: Text, answer: Future[bool]) -> None:
        try:
            taken = self._apprise.notify(
                body=markdown.from_plain(text.body) if self._as_markdown else text.body,
                title=text.title,
                notify_type=text.tone,
                body_format="markdown" if self._as_markdown else "text",
            )
            answer.set_result(bool(taken))
        except BaseException as error:  # noqa: BLE001 - raised where the answer is waited for
            answer.set_exception(error)
