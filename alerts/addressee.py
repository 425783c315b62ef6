"""Who hears of what, and from when on (pure): one receiver's choice of alarms."""

from dataclasses import dataclass

from alerts.quiet_hours import QuietHours
from alerts.transition import Kind, Severity


@dataclass(frozen=True, slots=True)
class Addressee:
    """A receiver by name, and what it is to be sent.

    `severity` is the least: `confirmada` takes confirmed alarms on the water and nothing else, `presunta` takes all.
    `sites` are those it is told of; none named means all. `second`: it is on the second list, which hears of an alarm
    only once nobody on the first has acknowledged it in time.
    """

    name: str
    severity: Severity = Severity.PRESUNTA
    kinds: frozenset[Kind] = frozenset(Kind)
    sites: frozenset[str] = frozenset()
    quiet_hours: QuietHours | None = None
    second: bool = False

    def wants(self, kind: str, severity: str, sensor: str) -> bool:
        """Return whether this receiver hears of a transition of an alarm at `sensor` (site/sensor)."""
        if kind not in self.kinds or (self.sites and sensor.partition("/")[0] not in self.sites):
            return False
        return self.severity is Severity.PRESUNTA or severity == Severity.CONFIRMADA

    def not_before(self, kind: str, now_us: int) -> int:
        """Return when a delivery that is owed since `now_us` (UTC microseconds) may be sent: now, or after quiet hours.

        Only the two kinds about sensors can wait for the morning. Water never does, not even as a first sign: whoever
        wants to sleep through first signs takes `confirmada` instead.
        """
        if self.quiet_hours is None or kind == Kind.WATER:
            return now_us
        return self.quiet_hours.over(now_us)


@dataclass(frozen=True, slots=True)
class Duty:
    """Everybody who may be told, the intervals in microseconds at which they are told again, and the patience.

    `escalate_us` is how long an alarm on the water may go without an acknowledgement before the second list hears of
    it; 0: for ever.
    """

    addressees: tuple[Addressee, ...]
    repeat_us: tuple[int, ...] = ()
    escalate_us: int = 0

    def escalates(self) -> bool:
        """Return whether there is a second list, and a time for it."""
        return self.escalate_us > 0 and any(one.second for one in self.addressees)
