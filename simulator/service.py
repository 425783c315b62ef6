"""The programs that the demo starts, watches, and never leaves behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from simulator.group import Group

ROOT = Path(__file__).parent.parent
READY_S = 60.0
END_S = 20.0
POLL_S = 0.1
TAIL = 15


class ServiceError(Exception):
    """A program that died or does not get ready; the text ends with the tail of its log."""


class Service:
    """`python -m <name>` of this project, logging to a file. Ended in order on leaving, killed if it does not end."""

    def __init__(self, name: str, options: list[str], env: Mapping[str, str], folder: Path, group: Group) -> None:
        """Start it."""
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", name, *options],
                cwd=ROOT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=group.id,
            )

    def __enter__(self) -> Self:
        """Return the service."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it; an exit code other than that of a clean end is told."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                sys.stderr.write(f"{self.name} did not end within {END_S:.0f} s and was killed; see {self.log}\n")

    def check(self) -> None:
        """Raise ServiceError when it has ended."""
        code = self._process.poll()
        if code is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL:]
            raise ServiceError(f"{self.name} ended with exit code {code}; {self.log} ends with:\n" + "\n".join(lines))

    def wait_ready(self, url: str, stop: threading.Event) -> None:
        """Wait until a GET of the URL answers 200, or `stop` is set.

        Raises:
            ServiceError: it has died, or is not ready in a minute.

        """
        for _ in range(int(READY_S / POLL_S)):
            self.check()
            if _answers(url) or stop.wait(POLL_S):
                return
        raise ServiceError(f"{self.name} is not ready after {READY_S:.0f} s: {url}; see {self.log}")


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of a child: ours, with these settings for ours.

    What a developer has set for the real broker and store must not reach into the demo; the model, the language and
    the log may be chosen: `VIGIA_MODEL__DIR=… make demo`.
    """
    ours = ("VIGIA_MQTT__", "VIGIA_STORE__", "VIGIA_INGEST__", "VIGIA_API__")
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(ours)} | settings


def _answers(url: str) -> bool:
    with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2.0) as response:  # noqa: S310 - http, our own
        return bool(response.status == 200)  # noqa: PLR2004
    return False
