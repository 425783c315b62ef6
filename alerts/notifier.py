"""Sends what the outbox owes: one thread per receiver, so that a slow one delays nobody else.

Send first, mark after: whatever happens in between, a notification may come twice but never not at all.
"""

import logging
import random
import threading
import time
from collections.abc import Sequence

from alerts import backoff
from alerts.delivery_metrics import DeliveryMetrics
from alerts.outbox import Delivery, Outbox
from alerts.receiver import Sender, SendError
from alerts.wording import Wording

log = logging.getLogger(__name__)

IDLE = 30.0
"""Seconds after which a worker looks into the outbox even when nobody woke it."""

PATIENCE = 4
"""Attempts at one delivery before those behind it are tried: until then order matters more."""


def now_us() -> int:
    """Return the time in UTC microseconds."""
    return time.time_ns() // 1000


class Notifier:
    """All receivers' workers."""

    def __init__(
        self, outbox: Outbox, receivers: Sequence[Sender], wording: Wording, give_up_us: int, metrics: DeliveryMetrics
    ) -> None:
        """Make a worker for each receiver; `give_up_us` is the age at which a delivery is dead."""
        self._workers = [Worker(outbox, receiver, wording, give_up_us, metrics) for receiver in receivers]

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

    def __init__(
        self, outbox: Outbox, receiver: Sender, wording: Wording, give_up_us: int, metrics: DeliveryMetrics
    ) -> None:
        """Prepare; nothing is sent before `start`."""
        super().__init__(name=f"notify-{receiver.name}", daemon=True)
        self._outbox = outbox
        self._receiver = receiver
        self._wording = wording
        self._give_up_us = give_up_us
        self._metrics = metrics
        self._awake = threading.Event()
        self._stopping = False
        self._rounds_failed = 0
        self._last_error = ""
        self._chance = random.Random()  # noqa: S311 - jitter, not a secret

    def wake(self) -> None:
        """Look into the outbox now."""
        self._awake.set()

    def stop(self) -> None:
        """End after the current attempt."""
        self._stopping = True
        self._awake.set()

    def run(self) -> None:
        """Send until stopped; whatever a round raises, the next one comes."""
        while not self._stopping:
            self._awake.clear()
            try:
                wait = self._round(now_us())
            except Exception:  # the thread must survive, or a receiver falls silent for ever
                log.exception("receiver %s: a round of sending failed", self._receiver.name)
                wait = backoff.FIRST
            self._awake.wait(wait)

    def _round(self, started_us: int) -> float:
        """Try what is due, in order; return the seconds until the next round."""
        down = self._rounds_failed > 0
        owed = self._outbox.pending(self._receiver.name)
        due = [delivery for delivery in owed if down or delivery.next_us <= started_us]
        failed_in_a_row = 0
        for delivery in due:
            if self._stopping:
                return 0.0
            failed_in_a_row = 0 if self._attempt(delivery) else failed_in_a_row + 1
            # A few failures of one text, or a second text that fails too, say that it is the receiver.
            if failed_in_a_row > 1 or (failed_in_a_row == 1 and delivery.attempts + 1 < PATIENCE):
                break
        if failed_in_a_row:
            self._rounds_failed += 1
            return backoff.delay(self._rounds_failed, self._chance)
        self._rounds_failed = 0
        later = [delivery.next_us for delivery in owed if delivery not in due]
        if due or not later:
            return 0.0 if due else IDLE
        return min(IDLE, max(0.0, (min(later) - now_us()) / 1e6))

    def _attempt(self, delivery: Delivery) -> bool:
        """Send one delivery, then mark it; return whether it was handed over."""
        try:
            self._receiver.send(self._wording.text(delivery))
        except SendError as error:
            self._failed(delivery, str(error))
            return False
        except Exception as error:
            # A text that cannot be rendered or crashes the service's plugin: postponed, so that it cannot crash-loop.
            log.exception("receiver %s: delivery %d", self._receiver.name, delivery.id)
            self._failed(delivery, type(error).__name__)
            return False
        handed_over_us = now_us()
        self._outbox.sent(delivery.id, handed_over_us)
        self._metrics.sent(self._receiver.name, (handed_over_us - delivery.created_us) / 1e6)
        self._last_error = ""
        return True

    def _failed(self, delivery: Delivery, error: str) -> None:
        now = now_us()
        if now - delivery.created_us >= self._give_up_us:
            log.error("receiver %s: delivery %d given up: %s", self._receiver.name, delivery.id, error)
            self._outbox.dead(delivery.id, error)
            self._metrics.dead(self._receiver.name)
            return
        wait = backoff.delay(delivery.attempts + 1, self._chance)
        self._outbox.failed(delivery.id, now + int(wait * 1e6), error)
        self._metrics.failed(self._receiver.name)
        if error != self._last_error:  # said once, not at every attempt of a long outage
            log.warning("receiver %s: delivery %d not handed over: %s", self._receiver.name, delivery.id, error)
            self._last_error = error
