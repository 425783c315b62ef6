"""A limit to how many readings of one sensor are kept (pure): a flood must not fill the store.

A sensor gone mad, or whoever stole its login, sends thousands a second. What is beyond the limit is scored all the
same, and whatever is not potable is kept, however much it is. Of the rest the first of each minute goes to the
quarantine, so that the flood is on record; all of it is counted.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from ingest.outcome import Refused, Scored
from ingest.rejection import DecodeError, Reason

MINUTE_US: Final = 60_000_000


class Tally(NamedTuple):
    """How many readings of each sensor came in one minute of our clock."""

    minute: int
    counts: dict[str, int]


class Admitted(NamedTuple):
    """The readings to keep, what goes to the quarantine, how many are left out besides, and the tally after them."""

    kept: list[Scored]
    refused: list[Refused]
    left_out: int
    tally: Tally


def admit(scored: Sequence[Scored], before: Tally, most: int) -> Admitted:
    """Let at most so many readings of a sensor pass in a minute, and every one that is not potable."""
    minute, counts = before.minute, dict(before.counts)
    kept: list[Scored] = []
    refused: list[Refused] = []
    left_out = 0
    for one in scored:
        arrived = one.message.received_us // MINUTE_US
        if arrived != minute:
            minute, counts = arrived, {}
        name = one.reading.sensor
        counts[name] = counts.get(name, 0) + 1
        if counts[name] <= most or one.not_potable:
            kept.append(one)
        elif counts[name] == most + 1:
            refused.append(Refused(one.message, DecodeError(Reason.TOO_MANY, f"more than {most} readings in a minute")))
        else:
            left_out += 1
    return Admitted(kept, refused, left_out, Tally(minute, counts))
