"""When a sensor itself is at fault: impossible, stuck or repeatedly refused values (pure).

A broken sensor is another alarm than bad water, for other people. While values are stuck they say nothing about the
water: such readings are stored, and neither raise, confirm nor clear an alarm on it.
"""

from enum import StrEnum
from typing import Final, NamedTuple

REFUSED: Final = 3
"""Refusals in a row that make a fault, where the values were not impossible."""

STUCK: Final = 20
"""Readings in a row with all nine values equal to the last digit; instruments are never that quiet."""

GOOD: Final = 5
"""Good readings in a row that end a fault."""


class Cause(StrEnum):
    """What is wrong with the sensor."""

    IMPOSSIBLE = "impossible"
    STUCK = "stuck"
    REFUSED = "rejected"


class FaultState(NamedTuple):
    """Runs of refused, equal and good readings of one sensor; `cause` is that of the open fault, if one is open."""

    number: int = 0
    cause: Cause | None = None
    refused: int = 0
    equal: int = 0
    good: int = 0
    digest: int = -1

    @property
    def stuck(self) -> bool:
        """Whether the values have been the same for too long to mean anything."""
        return self.equal >= STUCK


def read(before: FaultState, digest: int) -> FaultState:
    """Return the state after a reading that was accepted; `digest` stands for its values."""
    number, cause, _, equal, good, last = before
    equal = equal + 1 if digest == last else 1
    if equal >= STUCK:
        return raised(FaultState(number, cause, 0, equal, 0, digest), Cause.STUCK)
    if equal == 1 and good < GOOD:
        good += 1
    return FaultState(number, None if good >= GOOD else cause, 0, equal, good, digest)


def refused(before: FaultState, *, impossible: bool) -> FaultState:
    """Return the state after a reading that was refused; `impossible`: a value outside of what can be measured."""
    now = before._replace(refused=min(REFUSED, before.refused + 1), good=0)
    if impossible:
        return raised(now, Cause.IMPOSSIBLE)
    return raised(now, Cause.REFUSED) if now.refused >= REFUSED else now


def raised(now: FaultState, cause: Cause) -> FaultState:
    """Return the state with a fault open; one that is open already keeps its cause."""
    if now.cause is not None:
        return now
    return now._replace(number=now.number + 1, cause=cause)
