"""A TCP proxy on a loopback port that can misbehave in the ways that networks do."""

import contextlib
import socket
import struct
import threading
import time
from enum import Enum, auto
from typing import Final, Self

HOST: Final = "127.0.0.1"
CHUNK: Final = 65_536
DELAY_S: Final = 0.3
POLL_S: Final = 0.02
ABORT: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: close by RST instead of FIN."""


class Weather(Enum):
    """What happens to bytes on their way."""

    FAIR = auto()
    STALL = auto()
    """Nothing moves, and everything is delivered afterwards."""
    HALF_OPEN = auto()
    """What either side sends disappears; neither is told."""
    DELAY = auto()
    DRIP = auto()
    """A few bytes at a time."""
    REFUSE = auto()
    """New connections are reset at once."""


class Proxy:
    """Forwards `port` to the target's port; `weather` may change at any time."""

    def __init__(self, target: int) -> None:
        """Bind a free port."""
        self._target = target
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.weather = Weather.FAIR
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Begin to accept."""
        threading.Thread(target=self._accept, name=f"proxy-{self.port}", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End all connections."""
        self._listener.close()
        self.reset()

    def reset(self) -> None:
        """Break every connection by RST, on both sides."""
        with self._lock:
            broken, self._open = self._open, set()
        for one in broken:
            _abort(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                if self.weather is Weather.REFUSE:
                    raise ConnectionRefusedError
                server = socket.create_connection((HOST, self._target), timeout=5)
            except OSError:
                _abort(client)
                continue
            server.settimeout(None)
            with self._lock:
                self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        lossy = False
        with contextlib.suppress(OSError):
            while chunk := source.recv(CHUNK):
                while self.weather is Weather.STALL:
                    time.sleep(POLL_S)
                # A stream with a hole in it can never be made whole: once bytes are lost, all that follow are.
                lossy = lossy or self.weather is Weather.HALF_OPEN
                if lossy:
                    continue
                if self.weather is Weather.DELAY:
                    time.sleep(DELAY_S)
                self._send(sink, chunk)
        with self._lock:
            self._open -= {source, sink}
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _send(self, sink: socket.socket, chunk: bytes) -> None:
        while chunk and self.weather is Weather.DRIP:
            sink.sendall(chunk[:16])
            chunk = chunk[16:]
            time.sleep(POLL_S)
        sink.sendall(chunk)


def _abort(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
        # A thread may wait in recv(): shutdown wakes it, close alone would not.
        one.shutdown(socket.SHUT_RD)
    with contextlib.suppress(OSError):
        one.close()
