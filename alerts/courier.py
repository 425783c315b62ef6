"""Messages are worded and handed over by a process of its own: whatever a plugin or template does, nothing here waits.

To send takes some 3 ms of Python, for whose lock the line would have to wait at each turn of disk or network: with it
in a thread of ingest the slowest reading in a hundred took 9.2 ms where it now takes 6.5. A template of the utility's
own that took 0.17 s made it 454 ms, and now makes it 23. And a plugin that crashes takes nothing along. See
docs/adr/0045-a-process-that-sends.md.
"""

import contextlib
import dataclasses
import itertools
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, NamedTuple

from alerts.delivery import Delivery
from alerts.sender import ReceiverError, SendError
from alerts.text import Text

log = logging.getLogger(__name__)

GRACE: Final = 5.0
"""Seconds, beyond the time limit that the process itself holds to, after which it is ended because it says nothing."""

START: Final = 60.0
"""Seconds that it may take to start: Apprise loads all of its plugins, and every text is tried out."""

ENDED: Final = "the process that sends has ended"


class Address(NamedTuple):
    """A receiver's name, its Apprise URL, which is a secret, whether it shows Markdown, and its words.

    Those are what `alerts.wording.Wording` is made of; `templates` is the utility's own folder of them.
    """

    name: str
    url: str
    as_markdown: bool
    language: str
    timezone: str
    page: str
    templates: str | None


class Courier:
    """The process that sends, started anew after it has ended; any thread may use it."""

    def __init__(self, addresses: Sequence[Address], timeout: float) -> None:
        """Start the process, unless there is nobody to send to; `timeout` is in seconds for a message."""
        self._first = {"receivers": addresses, "timeout": timeout}
        self._timeout = timeout
        self._lock = threading.Lock()
        self._carrier = Carrier(self._first) if addresses else None

    def check(self) -> None:
        """Wait until it is ready.

        Raises:
            ReceiverError: Apprise does not understand a URL, a text cannot be used, or the process cannot run.

        """
        if self._carrier is None:
            return
        try:
            error = self._carrier.began.result(START)
        except (SendError, TimeoutError) as trouble:
            raise ReceiverError(str(trouble) or "the process that sends does not start") from None
        if error:
            raise ReceiverError(error)

    def recipient(self, name: str, many: int) -> "Addressed":
        """Return the recipient who is told at the address of this name; `many` notices become one message."""
        return Addressed(self, name, many)

    @property
    def pid(self) -> int | None:
        """The process's id, another one after it has ended."""
        return None if self._carrier is None else self._carrier.pid

    def send(self, **line: object) -> None:
        """Have a line of `alerts.carrier` handed over.

        Raises:
            SendError: the service refused, could not be reached or took too long, or the process ended over it.

        """
        carrier = self._running()
        answer = carrier.ask(**line)
        try:
            error = answer.result(self._timeout + GRACE)
        except TimeoutError:
            carrier.kill()
            raise SendError("no answer from the process that sends") from None
        if error:
            raise SendError(error)

    def close(self) -> None:
        """Let the process end; what it has in hand counts as not sent."""
        with self._lock:
            if self._carrier is not None:
                self._carrier.close()

    def _running(self) -> "Carrier":
        with self._lock:
            if self._carrier is None or self._carrier.ended:
                log.error("%s; it is started again", ENDED)
                self._carrier = Carrier(self._first)
                self._carrier.began.add_done_callback(_say_what_is_wrong)
            return self._carrier


class Addressed:
    """A recipient who is told by way of the courier."""

    def __init__(self, courier: Courier, name: str, many: int) -> None:
        """Keep all three."""
        self.name = name
        self.many = many
        self._courier = courier

    def tell(self, message: Sequence[Delivery]) -> None:
        """Have deliveries put into words and handed over, or raise SendError."""
        self._courier.send(to=self.name, message=list(message))

    def send(self, text: Text) -> None:
        """Have a text handed over, or raise SendError."""
        self._courier.send(to=self.name, text=text)


class Carrier:
    """One such process, from its start to its end."""

    def __init__(self, first: dict[str, Any]) -> None:
        """Start it, and tell it who there is."""
        self.ended = False
        self._asked: dict[int, Future[str | None]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        command = [sys.executable, "-m", "alerts.carrier"]
        # URLs are not for a command line or an environment, which others may read; our settings are not for plugins.
        theirs = {name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")}
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=Path(__file__).parents[1], env=theirs, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._listener = threading.Thread(target=self._listen, name="courier", daemon=True)
        self._listener.start()
        self.began = self.ask(**first)

    def ask(self, **line: object) -> Future[str | None]:
        """Say something; what comes of it is an error, or None. Raises SendError when it has ended."""
        answer: Future[str | None] = Future()
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101 - asked for above
        with self._lock:
            if self.ended:
                raise SendError(ENDED)
            number = next(self._numbers)
            self._asked[number] = answer
            try:
                stdin.write(json.dumps(line | {"number": number}, default=_fields).encode() + b"\n")
                stdin.flush()
            except OSError:
                raise SendError(ENDED) from None
        return answer

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def close(self) -> None:
        """End it as it ends by itself, when its input does."""
        self._hang_up()
        self._listener.join(GRACE)
        if self._listener.is_alive():
            self.kill()
            self._listener.join()

    def _listen(self) -> None:
        """Log what is to be, and give each answer to whoever waits for it; at the end, tell those that still do."""
        assert self._process.stdout is not None  # noqa: S101 - as above
        with self._process.stdout as answers:
            for line in answers:
                said = json.loads(line)
                if "log" in said:
                    logging.getLogger(said["name"]).log(said["level"], "%s", said["log"])
                else:
                    self._asked.pop(said["number"]).set_result(said["error"])
        self._process.wait()
        self._hang_up()
        for answer in self._asked.values():
            answer.set_exception(SendError(ENDED))

    def _hang_up(self) -> None:
        """Ask nothing from now on."""
        assert self._process.stdin is not None  # noqa: S101 - as above
        with self._lock, contextlib.suppress(OSError):  # what could not be written is nobody's business any more
            self.ended = True
            self._process.stdin.close()


def _say_what_is_wrong(began: Future[str | None]) -> None:
    """Log what would have been refused at the start of ingest: a template may have been changed since."""
    if began.exception() is None and (wrong := began.result()):
        log.error("%s; sent in the shipped words", wrong)


def _fields(said: Delivery | Text) -> dict[str, Any]:
    """Return what a line has of it; `dataclasses.asdict` would copy all the facts."""
    return {field.name: getattr(said, field.name) for field in dataclasses.fields(said)}
