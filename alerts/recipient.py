"""Somebody whom the notifier serves: a way to reach them, their words, and when many notices become one."""

from dataclasses import dataclass

from alerts.sender import Sender
from alerts.wording import Wording


@dataclass(frozen=True, slots=True)
class Recipient:
    """One receiver of notifications; `many` owed at once become one message, 0 for never."""

    sender: Sender
    wording: Wording
    many: int = 5

    @property
    def name(self) -> str:
        """What deliveries, logs and metrics call it."""
        return self.sender.name
