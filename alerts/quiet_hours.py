"""The hours of the night in which a receiver is not to be woken for what can wait (pure)."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

SECOND = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` up to and without `end` by the clock of `zone`, over midnight where `end` is the earlier one."""

    start: time
    end: time
    zone: ZoneInfo

    @classmethod
    def parse(cls, text: str, timezone: str) -> Self:
        """Return the quiet hours of a text such as `22:00-07:00`, which the settings have checked."""
        start, _, end = text.partition("-")
        return cls(time.fromisoformat(start), time.fromisoformat(end), ZoneInfo(timezone))

    def over(self, now_us: int) -> int:
        """Return when the quiet hours that hold at a time (UTC microseconds) are over; outside of them, that time."""
        local = datetime.fromtimestamp(now_us // SECOND, UTC).astimezone(self.zone)
        if not self._hold(local.time()):
            return now_us
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        # The hour that is there twice when summer time ends: the end is meant in the one that it is now.
        end = datetime.combine(day, self.end, self.zone).replace(fold=local.fold)
        return max(now_us, int(end.timestamp()) * SECOND)

    def _hold(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end
