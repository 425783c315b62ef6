"""Numbers, times and measured values as people read them, in Spanish or English (pure)."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from model.sample import BY_NAME

_COMMA: Final = str.maketrans(",.", ".,")


class Notation:
    """How one language in one time zone writes things."""

    def __init__(self, language: str, timezone: str) -> None:
        """Keep both; raises zoneinfo.ZoneInfoNotFoundError for an unknown zone."""
        self.language = language
        self._zone = ZoneInfo(timezone)

    def number(self, value: float, digits: int = 3) -> str:
        """Return a number with so many significant digits, decimal comma and thousands point in Spanish."""
        decimals = max(0, digits - len(str(int(abs(value)))))
        return self._decimal(f"{value:,.{decimals}f}")

    def bound(self, value: float) -> str:
        """Return a number as a norm writes it, without noughts at its end."""
        return self._decimal(f"{value:,g}")

    def percent(self, share: float) -> str:
        """Return a share as a percentage that never rounds to a certainty."""
        if share > 0.99:  # noqa: PLR2004
            return "> 99 %" if self.language == "es" else "> 99%"
        if share < 0.01:  # noqa: PLR2004
            return "< 1 %" if self.language == "es" else "< 1%"
        return f"{100 * share:.0f} %" if self.language == "es" else f"{100 * share:.0f}%"

    def local(self, time_us: int) -> str:
        """Return a time in the utility's zone, day first, with its offset from UTC."""
        local = datetime.fromtimestamp(time_us / 1e6, UTC).astimezone(self._zone)
        offset = local.strftime("%z")
        return f"{local:%d-%m-%Y %H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"

    def duration(self, microseconds: float) -> str:
        """Return how long something lasts, in its two largest units."""
        minutes, seconds = divmod(max(0, round(microseconds / 1e6)), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        parts = [f"{n} {unit}" for n, unit in ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")) if n]
        return " ".join(parts[:2]) or "0 s"

    def label(self, measurement: str) -> str:
        """Return what a measurement is called."""
        known = BY_NAME[measurement]
        return known.label_es if self.language == "es" else known.label_en

    def value(self, measurement: str, value: float | None) -> str:
        """Return a measured value with its label and unit."""
        if value is None:
            return f"{self.label(measurement)} {'sin dato' if self.language == 'es' else 'missing'}"
        return f"{self.label(measurement)} {self.number(value)} {BY_NAME[measurement].unit}".rstrip()

    def _decimal(self, english: str) -> str:
        return english if self.language == "en" else english.translate(_COMMA)
