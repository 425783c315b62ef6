"""An alarm about alarms: when one receiver has not been told for too long, the others hear of it."""

import logging
import threading
from collections.abc import Sequence
from typing import Final, Self

from prometheus_client import CollectorRegistry, Gauge

from alerts.clock import now_us
from alerts.outbox import Outbox
from alerts.recipient import Recipient
from alerts.sender import SendError
from alerts.text import Text

log = logging.getLogger(__name__)

OVERDUE_S: Final = 120.0
LOOK_S: Final = 10.0
_WORDS: Final = {
    "es": (
        "Vigía · avisos sin entregar",
        "AVISOS SIN ENTREGAR · {names} · desde hace {minutes} min. Avise por otro medio.",
    ),
    "en": (
        "Vigía · undelivered",
        "NOTIFICATIONS NOT DELIVERED · {names} · for {minutes} min. Tell them by other means.",
    ),
}


class Overdue(threading.Thread):
    """Looks every `LOOK_S` seconds for receivers whose oldest notification is older than `OVERDUE_S`."""

    def __init__(
        self, outbox: Outbox, recipients: Sequence[Recipient], language: str, registry: CollectorRegistry
    ) -> None:
        """Prepare; `language` is that of the notifications. It runs while entered."""
        super().__init__(name="overdue", daemon=True)
        self._outbox = outbox
        self._recipients = recipients
        self._title, self._words = _WORDS[language]
        self._ended = threading.Event()
        self._told: frozenset[str] = frozenset()
        self._number = Gauge(
            "vigia_receivers_overdue", "Receivers with a notification unsent for two minutes.", registry=registry
        )

    def run(self) -> None:
        """Look until stopped; whatever a look raises, the next one comes."""
        while not self._ended.wait(LOOK_S):
            try:
                self.look(now_us())
            except Exception:  # the store may be away, and comes back
                log.exception("overdue notifications could not be looked for")

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; a look or a beat under way ends by itself."""
        self.stop()

    def stop(self) -> None:
        """End."""
        self._ended.set()

    def look(self, at_us: int) -> None:
        """Count, log and tell whoever newly waits for too long."""
        since = {one.name: self._since_us(one.name) for one in self._recipients}
        late = {name: began for name, began in since.items() if at_us - began > OVERDUE_S * 1e6}
        self._number.set(len(late))
        news = late.keys() - self._told
        self._told = frozenset(late)
        if news:
            names = ", ".join(sorted(news))
            minutes = int((at_us - min(late[name] for name in news)) / 60e6)
            log.error("notifications are not delivered to %s since %d min", names, minutes)
            text = Text(self._title, self._words.format(names=names, minutes=minutes))
            for one in self._recipients:
                if one.name not in late:
                    self._tell(one, text)

    def _since_us(self, name: str) -> int:
        oldest = self._outbox.pending(name, 1)
        return oldest[0].created_us if oldest else 2**62

    def _tell(self, recipient: Recipient, text: Text) -> None:
        try:
            recipient.send(text)
        except SendError as error:
            log.error("receiver %s was not told of that: %s", recipient.name, error)  # noqa: TRY400
