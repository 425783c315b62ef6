"""Sends messages when they are due."""

import threading
import time
from collections.abc import Iterator

from simulator.message import Message
from simulator.publisher import Publisher


def publish(stream: Iterator[Message], publisher: Publisher, stop: threading.Event) -> None:
    """Publish each message once its moment has come, until the stream ends or `stop` is set.

    Where the broker is slower than the stream, messages go out late, as fast as it takes them, and none is left out.
    """
    began = time.monotonic()
    for message in stream:
        ahead = began + message.due_s - time.monotonic()
        if ahead > 0:
            stop.wait(ahead)
        if stop.is_set() or not publisher.send(message):
            return
