"""Who is told of a change, from when on, and what keeps them from being told (pure)."""

from collections.abc import Sequence
from typing import NamedTuple

from alerts.addressee import Duty
from alerts.hold import Hold
from alerts.transition import Change, Transition


class Telling(NamedTuple):
    """Everybody on duty, the holds that may keep a change from them, and the time, in UTC microseconds."""

    duty: Duty
    holds: Sequence[Hold]
    now_us: int

    def keeper(self, sensor: str, change: Transition) -> Hold | None:
        """Return the hold that keeps a change of an alarm at `sensor` back, if one does."""
        return next((hold for hold in self.holds if hold.keeps_back(sensor, change, self.now_us)), None)

    def due_us(self, sensor: str, change: Transition, *, escalated: bool) -> dict[str, int]:
        """Return when each receiver that is to hear of a change may be sent it; `escalated`: the alarm has been."""
        second = escalated or change.change is Change.ESCALATED
        return {
            one.name: one.not_before(change.kind, self.now_us)
            for one in self.duty.addressees
            if one.wants(change.kind, change.severity, sensor) and (second or not one.second)
        }
