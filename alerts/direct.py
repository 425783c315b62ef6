"""A recipient whose words are found and handed over by whoever tells them, in the same process."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from alerts.courier import Address
from alerts.delivery import Delivery
from alerts.norms import Norms
from alerts.receiver import AppriseReceiver
from alerts.sender import Sender
from alerts.template_folder import TextError
from alerts.text import Text
from alerts.wording import Wording

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Direct:
    """A sender, and the words that it hands over."""

    sender: Sender
    wording: Wording
    many: int = 5

    @classmethod
    def at(cls, address: Address, timeout: float, words: Wording) -> Self:
        """Return the recipient at an address; `timeout` is in seconds for a message.

        Raises:
            ReceiverError: Apprise does not understand the URL.

        """
        return cls(AppriseReceiver(address.name, address.url, timeout, as_markdown=address.as_markdown), words)

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


def wording(address: Address, norms: Norms) -> Wording:
    """Return the words of an address; raises TextError when the utility's folder of templates cannot be used."""
    own = Path(address.templates) if address.templates else None
    return Wording(address.language, address.timezone, address.page, norms, own)
