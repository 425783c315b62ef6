"""A whole dashboard, and its JSON."""

from dataclasses import dataclass
from typing import Any, Final

from grafana.panel import SOURCE, Language, Panel, Words, laid_out, same

SCHEMA: Final = 41
"""Grafana 12 writes this one; it migrates older ones and refuses none."""


@dataclass(frozen=True, slots=True)
class Variable:
    """Something to choose at the top: the values of a label (`query`), or a text (`text`, with its default)."""

    name: str
    label: Words
    query: str = ""
    text: str = ""

    def json_of(self, language: Language) -> dict[str, Any]:
        """Return it as Grafana's JSON."""
        made: dict[str, Any] = {"name": self.name, "label": self.label.of(language), "hide": 0}
        if not self.query:
            current = {"text": self.text, "value": self.text}
            return made | {"type": "textbox", "query": self.text, "current": current, "options": [current]}
        return made | {
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": self.query, "refId": "variable"},
            "definition": self.query,
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "allValue": ".*",
            "current": {"text": ["All"], "value": ["$__all"]},
        }


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Panels under a fixed uid; the English one has the same with `-en`."""

    uid: str
    title: Words
    panels: tuple[Panel, ...]
    since: str = "now-1h"
    variables: tuple[Variable, ...] = ()

    def name_in(self, language: Language) -> str:
        """Return the uid of the variant, which is also the name of its file."""
        return self.uid if language == "es" else f"{self.uid}-en"

    def json_of(self, language: Language) -> dict[str, Any]:
        """Return what Grafana is provisioned with."""
        tag = "vigia" if language == "es" else "vigia-en"
        return {
            "id": None,
            "uid": self.name_in(language),
            "title": self.title.of(language),
            "tags": [tag],
            "timezone": "browser",
            "schemaVersion": SCHEMA,
            "version": 1,
            "refresh": "10s",
            "time": {"from": self.since, "to": "now"},
            "editable": False,
            "graphTooltip": 1,
            "templating": {"list": [one.json_of(language) for one in self.variables]},
            "links": [
                {
                    "type": "dashboards",
                    "title": same("Vigía").of(language),
                    "tags": [tag],
                    "asDropdown": False,
                    "includeVars": False,
                    "keepTime": True,
                }
            ],
            "panels": laid_out(self.panels, language),
        }
