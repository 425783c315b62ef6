"""What a notification says (pure but for reading the templates)."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from alerts.delivery import Delivery
from alerts.norms import Norms
from alerts.notation import Notation
from alerts.template_folder import TemplateFolder
from alerts.text import Text, Tone
from alerts.transition import Change, Kind, Severity
from model.sample import BY_NAME, NAMES, Values

SHOWN: Final = 3
"""How many contributions a notification names."""

LISTED: Final = 20
"""How many alarms a digest names; some services take no more than 4,000 characters."""

PLACES: Final = 3
"""How many sites the first line of a digest names."""


class Wording:
    """Renders deliveries in one language and one time zone."""

    def __init__(self, language: str, timezone: str, page: str, norms: Norms, templates: Path | None = None) -> None:
        """Open the templates; `templates` is the utility's folder of those that it words in its own way.

        Raises:
            TextError: the folder is missing or has a file of no known name.
            zoneinfo.ZoneInfoNotFoundError: an unknown zone.

        """
        self._language = language
        self._timezone = timezone
        self._page = page.rstrip("/")
        self._norms = norms
        self._notation = Notation(language, timezone)
        self._templates = TemplateFolder(templates, self._notation)

    def message(self, deliveries: Sequence[Delivery]) -> Text:
        """Return the newest notification of one alarm, or the digest of the newest of many.

        Raises:
            TextError: a template cannot be rendered.

        """
        newest = list({delivery.alarm_id: delivery for delivery in deliveries}.values())
        return self.text(newest[0]) if len(newest) == 1 else self.digest(newest)

    def text(self, delivery: Delivery) -> Text:
        """Return the notification of one delivery; its first line is verdict, sensor and value.

        Raises:
            TextError: the template cannot be rendered.

        """
        return Text(f"Vigía · {delivery.sensor}", self._body(delivery), _tone(delivery))

    def digest(self, deliveries: Sequence[Delivery]) -> Text:
        """Return one notification of many deliveries of one kind: how many of what and where, then their first lines.

        Raises:
            TextError: a template cannot be rendered.

        """
        lines = [self._body(delivery).partition("\n")[0] for delivery in deliveries]
        sites = list(dict.fromkeys(delivery.sensor.partition("/")[0] for delivery in deliveries))
        where = ", ".join(sites) if len(sites) <= PLACES else self._sites(len(sites))
        verdicts = Counter(line.partition(" · ")[0] for line in lines)
        if len(verdicts) == 1:  # said once, above all
            lines = [line.partition(" · ")[2] or line for line in lines]
        facts = {
            "kind": deliveries[0].kind,
            "verdicts": verdicts,
            "where": where,
            "lines": lines[:LISTED],
            "more": len(lines) - len(lines[:LISTED]),
            "link": f"{self._page}/alarmas",
        }
        return Text(f"Vigía · {where}", self._render("resumen", facts), "warning")

    def shipped(self) -> "Wording":
        """Return the same without the utility's own templates, for the facts that one of them cannot put into words."""
        return Wording(self._language, self._timezone, self._page, self._norms)

    def test(self, receiver: str) -> Text:
        """Return a notification that is sent to try a receiver out; raises TextError as `text` does."""
        facts = {"receiver": receiver, "link": f"{self._page}/"}
        return Text("Vigía", self._render("prueba", facts), "info")

    def _body(self, delivery: Delivery) -> str:
        facts = delivery.facts
        parts = facts.get("contributions", [])
        field = str(facts.get("field", ""))
        return self._render(
            delivery.kind,
            {
                "delivery": delivery,
                "facts": facts,
                "worst": self._worst(parts),
                "drivers": [self._part(part) for part in parts[:SHOWN]],
                "exceeded": self._exceeded(tuple(facts.get("values", {}).get(name) for name in NAMES)),
                "field": self._notation.label(field) if field in BY_NAME else "",
                "link": f"{self._page}/alarmas/{delivery.alarm_id}",
            },
        )

    def _render(self, name: str, facts: dict[str, Any]) -> str:
        return self._templates.render(f"{self._language}/{name}.txt", facts)

    def _sites(self, number: int) -> str:
        return f"{number} sitios" if self._language == "es" else f"{number} sites"

    def _worst(self, parts: Sequence[dict[str, Any]]) -> str:
        """Return label, value and unit of the measured value that spoke loudest against the water."""
        measured = [part for part in parts if part["value"] is not None]
        if not measured:
            return ""
        against = max(measured, key=lambda part: float(part["log_odds"]))
        return self._notation.value(against["name"], against["value"])

    def _part(self, contribution: dict[str, Any]) -> str:
        value = self._notation.value(contribution["name"], contribution["value"])
        sign = "+" if contribution["log_odds"] >= 0 else "−"
        return f"{value} ({sign}{self._notation.number(abs(contribution['log_odds']), 2)})"

    def _exceeded(self, values: Values) -> dict[str, str]:
        """Return, for each norm that the sample is beyond, the values and in brackets what the norm names."""
        found: dict[str, list[str]] = {}
        for one in self._norms.above(values):
            value = self._notation.value(one.limit.measurement, one.value)
            norm = "norma" if self._language == "es" else "norm"
            found.setdefault(one.norm.name, []).append(f"{value} ({norm} {self._notation.bound(one.bound)})")
        return {norm: "; ".join(parts) for norm, parts in found.items()}


def _tone(delivery: Delivery) -> Tone:
    if delivery.change == Change.CLEARED:
        return "success"
    return "failure" if delivery.kind == Kind.WATER and delivery.severity == Severity.CONFIRMADA else "warning"
