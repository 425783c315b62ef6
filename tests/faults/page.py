"""`python -m api` beside ingest, on the same store, and somebody who reads there all the time."""

import contextlib
import json
import re
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from model.sample import EXAMPLE
from simulator.broker import free_port
from tests.faults.process import PATIENCE_S, Process, until
from tests.faults.proxy import HOST

READ_MARKS: Final = range(123, 128)
"""Bytes of the -shm file that a connection locks while it reads (https://sqlite.org/walformat.html, section 2.3)."""
LOCK: Final = re.compile(r"\d+: POSIX +\w+ +READ +(\d+) \w+:\w+:(\d+) (\d+) ")
"""A line of /proc/locks: process, inode, first byte."""


class Page(Process):
    """Page and HTTP service, one process after the other; none runs before `start`."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        """Prepare, with the settings of ingest."""
        port = free_port()
        options = ["--config", str(folder / "vigia.yaml"), "--port", str(port)]
        super().__init__("api", options, env, folder / "api.log", port)

    def start(self) -> None:
        """Start, and return when it is ready."""
        self.launch()
        until(self.first_ready, PATIENCE_S, "the page is ready")

    def judges(self) -> bool:
        """Return whether `POST /potabilidad` answers with a verdict."""
        request = urllib.request.Request(f"http://{HOST}:{self.port}/potabilidad", json.dumps(EXAMPLE).encode())
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=2) as answer:  # noqa: S310 - http, our own
            return json.load(answer) in ({"potabilidad": 0}, {"potabilidad": 1})
        return False

    def is_reading(self, store: Path) -> bool:
        """Return whether it is within a read transaction on a store, going by the locks that it holds."""
        inode = store.with_name(f"{store.name}-shm").stat().st_ino
        held = LOCK.findall(Path("/proc/locks").read_text(encoding="ascii"))
        return any((int(pid), int(node)) == (self.pid, inode) and int(byte) in READ_MARKS for pid, node, byte in held)

    @contextlib.contextmanager
    def visited(self) -> Iterator[None]:
        """Have somebody ask for the whole alarm log, again and again."""
        left = threading.Event()

        def ask() -> None:
            while not left.wait(0.01):
                with (
                    contextlib.suppress(OSError),
                    urllib.request.urlopen(f"http://{HOST}:{self.port}/alarmas.csv", timeout=2) as answer,
                ):
                    answer.read()

        visitor = threading.Thread(target=ask, name="visitor", daemon=True)
        visitor.start()
        try:
            yield
        finally:
            left.set()
            visitor.join()
