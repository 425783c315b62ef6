"""The stretch of time that a sensor's page shows, and where round times lie on it (pure)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

Name: TypeAlias = Literal["1h", "24h", "7d"]
HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Length:
    """How long it is, into how many intervals it is cut, and how far apart its marks are."""

    us: int
    intervals: int
    mark: timedelta


LENGTHS: Final[dict[Name, Length]] = {
    "1h": Length(HOUR_US, 120, timedelta(minutes=10)),
    "24h": Length(24 * HOUR_US, 144, timedelta(hours=4)),
    "7d": Length(168 * HOUR_US, 168, timedelta(days=1)),
}


def marks(name: Name, until: datetime) -> list[tuple[float, str]]:
    """Return where round local times lie on the axis, in [0, 1], and how they are written; `until` has a zone."""
    length = LENGTHS[name]
    begin = until - timedelta(microseconds=length.us)
    midnight = begin.replace(hour=0, minute=0, second=0, microsecond=0)
    count = (begin - midnight) // length.mark + 1
    found = []
    while (at := midnight + count * length.mark) < until:
        place = (at.timestamp() - begin.timestamp()) * 1e6 / length.us
        found.append((place, f"{at:%d-%m}" if name == "7d" else f"{at:%H:%M}"))
        count += 1
    return found
