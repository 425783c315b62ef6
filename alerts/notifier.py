"""Sends what the outbox owes: one thread per receiver, so that a slow one delays nobody else.

Send first, mark after: whatever happens in between, a notification may come twice but never not at all.
"""

import logging
import random
import threading
import time
from collections.abc import Sequence

from alerts import backoff, storm
from alerts.clock import now_us
from alerts.delivery import Delivery
from alerts.delivery_metrics import DeliveryMetrics
from alerts.handed_over import HandedOver
from alerts.outbox import Outbox
from alerts.recipient import Recipient
from alerts.sender import SendError
from alerts.storm import Topic

log = logging.getLogger(__name__)

IDLE = 30.0
"""Seconds after which a worker looks into the outbox even when nobody woke it."""

PATIENCE = 4
"""Attempts at one delivery before those behind it are tried: until then order matters more."""

LOOK = 1000
"""Deliveries that a round looks at; an alarm on the water is always among them (`Outbox.to_try`)."""


class Notifier:
    """All recipients' workers."""

    def __init__(
        self, outbox: Outbox, recipients: Sequence[Recipient], give_up_us: int, metrics: DeliveryMetrics
    ) -> None:
        """Make a worker for each recipient; `give_up_us` is the age at which a delivery is dead."""
        self._workers = [Worker(outbox, recipient, give_up_us, metrics) for recipient in recipients]

    def start(self) -> None:
        """Start sending what is owed, including what an earlier process left."""
        for worker in self._workers:
            worker.start()

    def wake(self) -> None:
        """Say that a commit has added deliveries."""
        for worker in self._workers:
            worker.wake()

    def stop(self, timeout: float) -> None:
        """Stop after the current attempts; what is unsent stays owed in the outbox."""
        for worker in self._workers:
            worker.stop()
        deadline = time.monotonic() + timeout
        for worker in self._workers:
            worker.join(max(0.0, deadline - time.monotonic()))

    @property
    def alive(self) -> bool:
        """Whether every worker runs."""
        return all(worker.is_alive() for worker in self._workers)


class Worker(threading.Thread):
    """Sends to one receiver, oldest first.

    While a receiver is down each round begins with the oldest delivery, so that texts arrive in order when it is
    back. Only when a later one gets through where an older one failed repeatedly is that one left to a schedule of
    its own: a text that a service refuses must not hold up the rest.
    """

    def __init__(self, outbox: Outbox, recipient: Recipient, give_up_us: int, metrics: DeliveryMetrics) -> None:
        """Prepare; nothing is sent before `start`."""
        super().__init__(name=f"notify-{recipient.name}", daemon=True)
        self._outbox = outbox
        self._recipient = recipient
        self._give_up_us = give_up_us
        self._metrics = metrics
        self._awake = threading.Event()
        self._stopped = threading.Event()
        self._rounds_failed = 0
        self._last_error = ""
        self._handed_over = HandedOver(outbox, recipient.name)
        self._told_us: dict[Topic, int] = {}
        self._chance = random.Random()  # noqa: S311 - jitter, not a secret

    def wake(self) -> None:
        """Look into the outbox now."""
        self._awake.set()

    def stop(self) -> None:
        """End after the current attempt."""
        self._stopped.set()
        self._awake.set()

    def run(self) -> None:
        """Send until stopped; whatever a round raises, the next one comes."""
        while not self._stopped.is_set():
            self._awake.clear()
            try:
                wait = self._round(now_us())
            except Exception:  # the thread must survive, or a receiver falls silent for ever
                log.exception("receiver %s: a round of sending failed", self._recipient.name)
                wait = backoff.FIRST
            # News for a receiver that is down can wait: being woken by each would make an attempt of each.
            (self._stopped if self._rounds_failed else self._awake).wait(wait)
        self._handed_over.mark()

    def _round(self, started_us: int) -> float:
        """Try what is due, in order; return the seconds until the next round."""
        self._handed_over.mark()
        # What is handed over and cannot be marked must not take the place of what is not.
        look = LOOK + len(self._handed_over)
        found = self._outbox.to_try(self._recipient.name, started_us, look)
        owed = [delivery for delivery in found if delivery.id not in self._handed_over]
        due: list[Delivery] = []
        later: list[Delivery] = []
        for delivery in owed:
            (due if self._is_due(delivery, started_us) else later).append(delivery)
        failed = failed_in_a_row = 0
        for message in storm.messages(due, self._recipient.many):
            if self._stopped.is_set():
                return 0.0
            handed_over = self._attempt(message)
            failed += not handed_over
            failed_in_a_row = 0 if handed_over else failed_in_a_row + 1
            # A few failures of one text, or a second text that fails too, say that it is the receiver. A digest has
            # no such patience: a confirmed alarm may stand behind it.
            patient = len(message) == 1 and message[0].attempts + 1 < PATIENCE
            if failed_in_a_row > 1 or (failed_in_a_row == 1 and patient):
                break
        if failed_in_a_row:
            self._rounds_failed += 1
            self._give_up_old()
            return backoff.delay(self._rounds_failed, self._chance)
        self._rounds_failed = 0
        if failed or len(found) >= look:  # some stand otherwise in the outbox now, or have not been looked at
            return 0.0
        next_us = min((self._ready_us(delivery, started_us) for delivery in later), default=2**62)
        longest = backoff.FIRST if self._handed_over else IDLE
        return min(longest, max(0.0, (next_us - now_us()) / 1e6))

    def _is_due(self, delivery: Delivery, now: int) -> bool:
        """Return whether it is time; while the receiver is down, all that failed before is tried again in order."""
        return self._ready_us(delivery, now) <= now or (self._rounds_failed > 0 and delivery.attempts > 0)

    def _ready_us(self, delivery: Delivery, now: int) -> int:
        return storm.ready_us(delivery, self._told_us, self._recipient.many, now)

    def _attempt(self, message: Sequence[Delivery]) -> bool:
        """Send one delivery or a digest of several, then mark; return whether it was handed over."""
        try:
            self._recipient.tell(message)
        except SendError as error:
            self._failed(message, str(error))
            return False
        except Exception as error:
            # A text that cannot be rendered or crashes the service's plugin: postponed, so that it cannot crash-loop.
            log.exception("receiver %s: delivery %d", self._recipient.name, message[0].id)
            self._failed(message, type(error).__name__)
            return False
        handed_over_us = now_us()
        self._told_us[storm.topic(message[0])] = handed_over_us
        for delivery in message:
            self._metrics.sent(self._recipient.name, delivery, handed_over_us)
        self._last_error = ""
        self._handed_over.add([delivery.id for delivery in message], handed_over_us)
        return True

    def _give_up_old(self) -> None:
        """While the receiver is down, what is too old is dead, tried or not: each round tries only the oldest."""
        number = self._outbox.give_up(self._recipient.name, now_us() - self._give_up_us, self._last_error)
        if number:
            log.error("receiver %s: %d deliveries more given up: %s", self._recipient.name, number, self._last_error)
            self._metrics.dead(self._recipient.name, number)

    def _failed(self, message: Sequence[Delivery], error: str) -> None:
        now = now_us()
        # All at one time, so that a digest is tried again as one.
        next_us = now + int(backoff.delay(message[0].attempts + 1, self._chance) * 1e6)
        for delivery in message:
            if now - delivery.created_us >= self._give_up_us:
                log.error("receiver %s: delivery %d given up: %s", self._recipient.name, delivery.id, error)
                self._outbox.dead(delivery.id, error)
                self._metrics.dead(self._recipient.name)
            else:
                self._outbox.failed(delivery.id, next_us, error)
                self._metrics.failed(self._recipient.name)
        if error != self._last_error:  # said once, not at every attempt of a long outage
            log.warning("receiver %s: delivery %d not handed over: %s", self._recipient.name, message[0].id, error)
            self._last_error = error
