"""The bounded place between the network thread and the main thread."""

import threading
from collections import deque

from ingest.reading import Message


class Inbox:
    """Messages in order of arrival; a full inbox holds the network thread back, and TCP holds the broker back."""

    def __init__(self, capacity: int) -> None:
        """Hold at most `capacity` messages."""
        self._capacity = capacity
        self._messages: deque[Message] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: Message) -> None:
        """Add a message, waiting while the inbox is full; after `close` it is dropped, un-acked."""
        with self._changed:
            while len(self._messages) >= self._capacity and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._messages.append(message)
                self._changed.notify_all()

    def take(self, most: int, timeout: float) -> list[Message]:
        """Return what waits, at most `most`, never waiting for more than one; empty after `timeout` seconds."""
        with self._changed:
            if not self._messages and not self._closed:
                self._changed.wait(timeout)
            taken = [self._messages.popleft() for _ in range(min(most, len(self._messages)))]
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Let nobody wait any longer."""
        with self._changed:
            self._closed = True
            self._messages.clear()
            self._changed.notify_all()

    def __len__(self) -> int:
        """Return how many messages wait."""
        return len(self._messages)
