"""Numbers, times and sentences as people read them, in Spanish or English (pure but for reading the templates)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alerts.norms import Norms
from alerts.outbox import Delivery
from model.sample import BY_NAME, NAMES, Values

TEMPLATES: Final = Path(__file__).parent / "templates"
SHOWN: Final = 3
"""How many contributions a notification names."""


@dataclass(frozen=True, slots=True)
class Text:
    """A notification: the title is a bonus that some services drop, the body says everything by itself."""

    title: str
    body: str


class Wording:
    """Renders deliveries in one language and one time zone."""

    def __init__(self, language: str, timezone: str, page: str, norms: Norms) -> None:
        """Load the language's template; raises zoneinfo.ZoneInfoNotFoundError for an unknown zone."""
        self._language = language
        self._zone = ZoneInfo(timezone)
        self._page = page.rstrip("/")
        self._norms = norms
        # Plain text: there is nothing to escape. Names are ids that decoding has checked, values are numbers.
        environment = Environment(  # noqa: S701 - see above
            loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True
        )
        environment.filters |= {"number": self.number, "percent": self.percent, "local": self.local}
        self._template = environment.get_template(f"{language}.txt")

    def text(self, delivery: Delivery) -> Text:
        """Return the notification of one delivery; the first line is verdict, sensor and worst value."""
        facts = delivery.facts
        body = self._template.render(
            delivery=delivery,
            facts=facts,
            worst=self._worst(facts["contributions"]),
            drivers=[self._part(c) for c in facts["contributions"][:SHOWN]],
            exceeded=self._exceeded(tuple(facts["values"][name] for name in NAMES)),
            link=f"{self._page}/alarmas/{delivery.alarm_id}",
        ).strip()
        return Text(f"Vigía · {delivery.sensor}", body)

    def number(self, value: float, digits: int = 3) -> str:
        """Return a number with so many significant digits, decimal comma and thousands point in Spanish."""
        decimals = max(0, digits - len(str(int(abs(value)))))
        return self._decimal(f"{value:,.{decimals}f}")

    def percent(self, share: float) -> str:
        """Return a share as a percentage that never rounds to a certainty."""
        if share > 0.99:  # noqa: PLR2004
            return "> 99 %" if self._language == "es" else "> 99%"
        if share < 0.01:  # noqa: PLR2004
            return "< 1 %" if self._language == "es" else "< 1%"
        return f"{100 * share:.0f} %" if self._language == "es" else f"{100 * share:.0f}%"

    def local(self, time_us: int) -> str:
        """Return a time in the utility's zone, day first, with its offset from UTC."""
        local = datetime.fromtimestamp(time_us / 1e6, UTC).astimezone(self._zone)
        offset = local.strftime("%z")
        return f"{local:%d-%m-%Y %H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"

    def _worst(self, contributions: Sequence[dict[str, Any]]) -> str:
        """Return label, value and unit of the measured value that spoke loudest against the water."""
        measured = [c for c in contributions if c["value"] is not None]
        against = max(measured, key=lambda c: float(c["log_odds"]))
        return self._value(against["name"], against["value"])

    def _part(self, contribution: dict[str, Any]) -> str:
        value = self._value(contribution["name"], contribution["value"])
        sign = "+" if contribution["log_odds"] >= 0 else "−"
        return f"{value} ({sign}{self.number(abs(contribution['log_odds']), 2)})"

    def _value(self, name: str, value: float | None) -> str:
        measurement = BY_NAME[name]
        label = measurement.label_es if self._language == "es" else measurement.label_en
        if value is None:
            return f"{label} sin dato" if self._language == "es" else f"{label} missing"
        return f"{label} {self.number(value)} {measurement.unit}".rstrip()

    def _exceeded(self, values: Values) -> dict[str, str]:
        """Return, for each norm that the sample is beyond, the values and in brackets what the norm names."""
        found: dict[str, list[str]] = {}
        for one in self._norms.above(values):
            bound = self._decimal(f"{one.bound:,g}")
            found.setdefault(one.norm.name, []).append(f"{self._value(one.limit.measurement, one.value)} ({bound})")
        return {norm: "; ".join(parts) for norm, parts in found.items()}

    def _decimal(self, english: str) -> str:
        return english if self._language == "en" else english.translate(_COMMA)


_COMMA: Final = str.maketrans(",.", ".,")
