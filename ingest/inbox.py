"""The bounded place between the network thread and the main thread."""

import threading
from collections.abc import Sequence

from ingest.reading import Message


class Inbox:
    """Messages in order of arrival; a full inbox holds the network thread back, and TCP holds the broker back."""

    def __init__(self, capacity: int) -> None:
        """Let `capacity` messages wait, and beyond them the rest of what one read has brought."""
        self._capacity = capacity
        self._messages: list[Message] = []
        self._changed = threading.Condition()
        self._closed = False

    def put_many(self, messages: Sequence[Message]) -> None:
        """Add messages, waiting while the inbox is full; after `close` they are dropped, un-acked."""
        with self._changed:
            while len(self._messages) >= self._capacity and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._messages += messages
                self._changed.notify_all()

    def take(self, most: int, timeout: float) -> list[Message]:
        """Return what waits, at most `most`, never waiting for more than one; empty after `timeout` seconds."""
        with self._changed:
            if not self._messages and not self._closed:
                self._changed.wait(timeout)
            taken, self._messages = self._messages[:most], self._messages[most:]
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
