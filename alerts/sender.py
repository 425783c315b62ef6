"""Whoever hands a text over to somebody, and the ways in which that fails."""

from typing import Protocol

from alerts.text import Text


class SendError(Exception):
    """A message that was not handed over; the text never holds the receiver's URL, which is a secret."""


class ReceiverError(Exception):
    """A receiver that can never work: Apprise does not understand its URL."""


class Sender(Protocol):
    """Whatever hands a text over to somebody."""

    name: str

    def send(self, text: Text) -> None:
        """Hand over, or raise SendError."""
