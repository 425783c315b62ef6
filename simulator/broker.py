"""A private Mosquitto: one of the repository's configurations on a free loopback port, gone when we stop."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

HOST = "127.0.0.1"
CONFIG = Path(__file__).parent.parent / "mosquitto" / "dev.conf"
# Debian and Homebrew put the broker where ordinary users' PATH often does not look.
FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
PATIENCE_S = 20.0
POLL_S = 0.01
ATTEMPTS = 5


class BrokerError(Exception):
    """Mosquitto is missing or does not start; the text says which, with the end of its log."""


def find() -> str | None:
    """Return the path of the Mosquitto executable, or None when it is not installed."""
    return shutil.which("mosquitto", path=os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS]))


def free_port() -> int:
    """Return a loopback port that nobody listened on a moment ago."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def render(config: str, lines: dict[str, str]) -> str:
    """Return the configuration with each option set: its line replaced where there is one, else appended.

    In place, because an option after a `listener` line belongs to that listener.
    """
    rest = dict(lines)
    rendered = []
    for line in config.splitlines():
        name = line.split(maxsplit=1)[0] if line.strip() else ""
        rendered.append(f"{name} {rest.pop(name)}" if name in rest else line)
    return "\n".join([*rendered, *(f"{name} {value}" for name, value in rest.items())]) + "\n"


class Broker:
    """A Mosquitto of our own. Start, stop and kill it at will: port, retained messages and queues stay the same.

    Everything it writes stays in `folder`: `mosquitto.conf`, `mosquitto.log` and its persistence.
    """

    host = HOST

    def __init__(
        self,
        folder: Path,
        *,
        process_group: int | None = None,
        lines: Mapping[str, str] | None = None,
        config: Path = CONFIG,
    ) -> None:
        """Take a folder that exists, the group that the process joins, and options to set in the configuration."""
        self.port = 0
        self.log = folder / "mosquitto.log"
        self._folder = folder
        self._group = process_group
        self._options = dict(lines or {})
        self._given = config
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start, and return when it listens; the first start chooses the port.

        Raises:
            BrokerError: when Mosquitto is not installed or does not come up.

        """
        executable = find()
        if executable is None:
            raise BrokerError("Mosquitto is not installed: mosquitto/install does it, or says what to do")
        if self.port:
            self._launch(executable)
            return self
        for attempt in range(ATTEMPTS):  # somebody may take the free port between our look and Mosquitto's
            self.port = free_port()
            try:
                self._launch(executable)
            except BrokerError:
                if attempt == ATTEMPTS - 1:
                    raise
            else:
                break
        return self

    def stop(self) -> None:
        """End it in order: it saves its queues first. Nothing happens when it does not run."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None

    def kill(self) -> None:
        """End it by SIGKILL: what was not saved is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None

    def exit_code(self) -> int | None:
        """Return the exit code of a broker that ended by itself, None while it runs or after we ended it."""
        return None if self._process is None else self._process.poll()

    def __enter__(self) -> Self:
        """Start on entering."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop on leaving."""
        self.stop()

    def _launch(self, executable: str) -> None:
        config = self._folder / "mosquitto.conf"
        config.write_text(render(self._given.read_text(encoding="utf-8"), self._lines()), encoding="utf-8")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the executable is Mosquitto, the file our own
                [executable, "-c", str(config)], stderr=log, stdin=subprocess.DEVNULL, process_group=self._group
            )
        deadline = time.monotonic() + PATIENCE_S
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
                raise BrokerError(f"Mosquitto does not come up on port {self.port}; {self.log} ends with:\n{tail}")
            time.sleep(POLL_S)

    def _listens(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1.0):
                return True
        except OSError:
            return False

    def _lines(self) -> dict[str, str]:
        lines = {"listener": f"{self.port} {HOST}", "persistence_location": f"{self._folder}/"}
        if os.geteuid() == 0:
            # Mosquitto started by root turns into the user `mosquitto`, who may not write into our folder.
            lines["user"] = "root"
        return lines | self._options
