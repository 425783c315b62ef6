"""Somebody whom the notifier serves: told of what is owed to them, in their own words."""

from collections.abc import Sequence
from typing import Protocol

from alerts.delivery import Delivery
from alerts.text import Text


class Recipient(Protocol):
    """Whoever is told."""

    @property
    def name(self) -> str:
        """What deliveries, logs and metrics call them."""

    @property
    def many(self) -> int:
        """How many notices owed at once become one message; 0 for never."""

    def tell(self, message: Sequence[Delivery]) -> None:
        """Put deliveries into words, as one message, and hand it over; raises SendError."""

    def send(self, text: Text) -> None:
        """Hand a text over as it is; raises SendError."""
