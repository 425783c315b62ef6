"""Somebody whom the notifier serves: told of what is owed to them, in their own words."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from alerts.delivery import Delivery
from alerts.sender import Sender
from alerts.template_folder import TextError
from alerts.text import Text
from alerts.wording import Wording

log = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class Direct:
    """A recipient whose words are found and handed over by whoever tells them, in the same process."""

    sender: Sender
    wording: Wording
    many: int = 5

    @property
    def name(self) -> str:
        """The sender's."""
        return self.sender.name

    def tell(self, message: Sequence[Delivery]) -> None:
        """Hand a message over; where the utility's own template cannot say it, in the shipped words."""
        try:
            text = self.wording.message(message)
        except TextError as error:
            log.error("receiver %s: %s; sent in the shipped words", self.name, error)  # noqa: TRY400
            text = self.wording.shipped().message(message)
        self.send(text)

    def send(self, text: Text) -> None:
        """Hand a text over."""
        self.sender.send(text)
