"""What a dashboard is made of, in words of both languages; `json_of` gives what Grafana reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

Language: TypeAlias = Literal["es", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("es", "en")
SOURCE: Final = {"type": "prometheus", "uid": "vigia-prometheus"}
WIDTH: Final = 24
GREEN, YELLOW, RED = "green", "yellow", "red"


@dataclass(frozen=True, slots=True)
class Words:
    """A text in both languages."""

    es: str
    en: str

    def of(self, language: Language) -> str:
        """Return it in one."""
        return self.es if language == "es" else self.en


def same(text: str) -> Words:
    """Return a text that needs no translation."""
    return Words(text, text)


@dataclass(frozen=True, slots=True)
class Query:
    """A PromQL expression and how its series are called."""

    expr: str
    legend: Words = field(default_factory=lambda: same(""))


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `steps` colour its values from each number on; `kind` is Grafana's type, "row" a heading."""

    title: Words
    kind: Literal["stat", "timeseries", "table", "bargauge", "row", "text"]
    queries: tuple[Query, ...] = ()
    unit: str = "short"
    width: int = 4
    height: int = 4
    help: Words = field(default_factory=lambda: same(""))
    steps: tuple[tuple[float | None, str], ...] = ()
    names: tuple[tuple[str, Words, str], ...] = ()
    """Values that are shown as a word, in a colour."""
    markdown: Words = field(default_factory=lambda: same(""))

    def json_of(self, language: Language, number: int, x: int, y: int) -> dict[str, Any]:
        """Return the panel as Grafana's JSON, at a place of the grid."""
        made: dict[str, Any] = {
            "id": number,
            "title": self.title.of(language),
            "type": self.kind,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
        }
        if self.kind == "row":
            return made | {"collapsed": False, "panels": []}
        if self.kind == "text":
            return made | {"options": {"mode": "markdown", "content": self.markdown.of(language)}}
        return made | {
            "description": self.help.of(language),
            "datasource": SOURCE,
            "targets": [self._target(query, place, language) for place, query in enumerate(self.queries)],
            "fieldConfig": {"defaults": self._defaults(language), "overrides": []},
            "options": OPTIONS[self.kind],
            "transformations": [WITHOUT_TIME] if self.kind == "table" else [],
        }

    def _target(self, query: Query, place: int, language: Language) -> dict[str, Any]:
        target: dict[str, Any] = {
            "refId": "ABCDEFGH"[place],
            "datasource": SOURCE,
            "expr": query.expr,
            "legendFormat": query.legend.of(language) or "__auto",
        }
        at_once = self.kind in {"table", "bargauge"}
        return target | ({"instant": True, "range": False} if at_once else {"range": True}) | _format(self.kind)

    def _defaults(self, language: Language) -> dict[str, Any]:
        defaults: dict[str, Any] = {"unit": self.unit}
        if self.steps:
            defaults["color"] = {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"}
            defaults["thresholds"] = {
                "mode": "absolute",
                "steps": [{"value": value, "color": color} for value, color in self.steps],
            }
        if self.kind == "timeseries":
            defaults["min"] = 0
            defaults["custom"] = {"fillOpacity": 10, "showPoints": "never", "spanNulls": False} | (
                {"thresholdsStyle": {"mode": "dashed"}} if self.steps else {}
            )
        if self.names:
            options = {value: {"text": words.of(language), "color": color} for value, words, color in self.names}
            defaults["mappings"] = [{"type": "value", "options": options}]
        return defaults


_LAST: Final = {"calcs": ["lastNotNull"], "fields": "", "values": False}
OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "stat": {"reduceOptions": _LAST, "colorMode": "background", "graphMode": "none", "textMode": "auto"},
    "bargauge": {"reduceOptions": _LAST, "displayMode": "basic", "orientation": "horizontal"},
    "table": {"showHeader": True, "cellHeight": "sm"},
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
}

WITHOUT_TIME: Final = {"id": "organize", "options": {"excludeByName": {"Time": True, "Value": True}}}


def _format(kind: str) -> dict[str, str]:
    return {"format": "table"} if kind == "table" else {}


def laid_out(panels: Sequence[Panel], language: Language) -> list[dict[str, Any]]:
    """Return the panels' JSON, from left to right and line by line."""
    placed: list[dict[str, Any]] = []
    x = y = line = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > WIDTH:
            x, y, line = 0, y + line, 0
        placed.append(panel.json_of(language, number, x, y))
        x, line = x + panel.width, max(line, panel.height)
    return placed


def heading(es: str, en: str) -> Panel:
    """Return a row that names what follows."""
    return Panel(Words(es, en), "row", width=WIDTH, height=1)
