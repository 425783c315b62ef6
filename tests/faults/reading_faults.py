"""Faults of what sensors say, and of the clock by which ingest hears it."""

import time
from typing import Final

from tests.faults.fault import LASTS_S, Fault
from tests.faults.network_faults import one_reset
from tests.faults.rig import Rig
from tests.faults.script import garbage

GOOD: Final = b'{"ph": 7.25, "Sulfate": 330.5}'


def payloads_broken(rig: Rig) -> None:
    """Send a hundred things that are no readings."""
    for _ in range(100):
        rig.publisher.misspeak(garbage(rig.chance, GOOD))


def payloads_retained(rig: Rig) -> None:
    """Have the broker retain such things: they come again with a new connection."""
    topics = [rig.publisher.misspeak(garbage(rig.chance, GOOD) or b"{", retain=True) for _ in range(5)]
    one_reset(rig)
    rig.caught_up()
    for topic in topics:
        rig.publisher.forget(topic)


def readings_twice(rig: Rig) -> None:
    """Send the last readings again as new messages, as a sensor does that did not hear the broker's answer."""
    for _ in range(5):
        rig.publisher.repeat()
        time.sleep(rig.chance.uniform(0.2, 0.5))


def clock(seconds: float) -> Fault:
    """Return the fault that puts ingest's clock forward or back for a while."""

    def fault(rig: Rig) -> None:
        rig.consumer.jump(seconds)
        time.sleep(LASTS_S)
        rig.consumer.jump(0)

    return fault
