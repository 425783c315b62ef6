"""What was sent but is not marked yet: remembered, so that an outage of the store does not repeat it every second."""

import logging
from collections.abc import Iterable

from sqlalchemy.exc import SQLAlchemyError

from alerts.outbox import Outbox

log = logging.getLogger(__name__)


class HandedOver:
    """The deliveries of one receiver that were handed over and that the store does not know of."""

    def __init__(self, outbox: Outbox, receiver: str) -> None:
        """Begin with none; what an earlier process could not mark is sent once more."""
        self._outbox = outbox
        self._receiver = receiver
        self._at_us: dict[int, int] = {}
        self._fails = False

    def __contains__(self, delivery: int) -> bool:
        """Return whether a delivery was handed over and not marked."""
        return delivery in self._at_us

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._at_us)

    def add(self, ids: Iterable[int], at_us: int) -> None:
        """Remember deliveries, and mark them unless the store is known not to answer: others wait to be sent."""
        works = not self._at_us
        self._at_us |= dict.fromkeys(ids, at_us)
        if works:
            self.mark()

    def mark(self) -> None:
        """Mark all, in one transaction; what the store does not take stays for the next time."""
        if not self._at_us:
            return
        try:
            self._outbox.sent(self._at_us)
        except SQLAlchemyError as error:
            if not self._fails:  # said once, not every second of a long outage
                log.warning("receiver %s: sent, but not marked: %s", self._receiver, error)
            self._fails = True
        else:
            self._at_us.clear()
            self._fails = False
