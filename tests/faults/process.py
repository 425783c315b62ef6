"""A program of ours under supervision: started again when it dies, stopped and killed at will."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from tests.faults.proxy import HOST

ROOT: Final = Path(__file__).parents[2]
POLL_S: Final = 0.05
PATIENCE_S: Final = 60.0


class LateError(Exception):
    """It did not do what it had to in time."""


class Process:
    """`python -m <name>`, one process after the other; all write into one log, and say on `port` how they are."""

    def __init__(self, name: str, options: list[str], env: Mapping[str, str], log: Path, port: int) -> None:
        """Prepare; nothing runs before `launch`."""
        self.log = log
        self.port = port
        self.env = dict(env)
        self._name = name
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

    def launch(self, **variables: str) -> None:
        """Start, with more variables of the environment."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._name, *self._options],
                cwd=ROOT,
                env=self.env | variables,
                stdout=log,
                stderr=log,
            )

    def first_ready(self) -> bool:
        """Return what /readyz says of a process that must not end by itself."""
        if self.ended_with() is not None:
            raise LateError(f"{self._name} does not start: {self.log.read_text(encoding='utf-8')[-1000:]}")
        return self.ready()

    def ready(self) -> bool:
        """Return whether /readyz says 200."""
        return self.says() == 200

    def says(self) -> int | None:
        """Return the status of /readyz, or None where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=2) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def has_ended(self) -> bool:
        """Return whether the process that was started last runs no more."""
        return self._process is None or self._process.poll() is not None

    def ended_with(self) -> int | None:
        """Return the exit code of a process that nobody has waited for."""
        return None if self._process is None else self._process.poll()

    def kill(self) -> None:
        """End it as the kernel would."""
        self.signal(signal.SIGKILL)
        self.wait()

    def terminate(self) -> tuple[int, float]:
        """End it in order; return its exit code and how many seconds that took."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        return self.wait(), time.monotonic() - began

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def wait(self, patience_s: float = PATIENCE_S) -> int:
        """Wait for its end; return the exit code."""
        assert self._process is not None
        try:
            code = self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            raise LateError(f"{self._name} still runs after {patience_s:.0f} s") from None
        self._process = None
        return code

    def end(self) -> None:
        """Leave nothing behind."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
        self._process = None


def until(condition: Callable[[], object], patience_s: float, what: str) -> float:
    """Wait until a condition holds; return the seconds that took, or raise LateError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience_s:
            raise LateError(f"{what}: not within {patience_s:.0f} s")
        time.sleep(POLL_S)
    return time.monotonic() - began
