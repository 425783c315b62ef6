"""Pages of the operator, from templates in which everything is escaped."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from alerts.notation import Notation
from api.alarm_texts import ALARMS
from api.problems import preferred_language
from api.texts import PAGE
from model.sample import MEASUREMENTS
from settings.schema import Language

TEMPLATES: Final = Path(__file__).parent / "templates"


class Renderer:
    """Renders templates in the language of a request and the utility's time zone."""

    def __init__(self, timezone: str) -> None:
        """Open the templates; raises zoneinfo.ZoneInfoNotFoundError for an unknown zone."""
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._notations: Mapping[Language, Notation] = {"es": Notation("es", timezone), "en": Notation("en", timezone)}

    def render(self, request: Request, name: str, here: str, facts: Mapping[str, Any], status: int = 200) -> Response:
        """Return a page; `here` is the address at which the same can be read in the other language."""
        language = page_language(request)
        notation = self._notations[language]
        asked = "lang" in request.query_params

        def link(path: str, **query: object) -> str:
            """Return an address of ours that keeps the language that was asked for in the last one."""
            given = {key: value for key, value in query.items() if value is not None}
            return _address(path, given | {"lang": language} if asked else given)

        html = self._environment.get_template(name).render(
            {
                "language": language,
                "words": {**PAGE[language], **ALARMS[language]},
                "labels": {m.name: notation.label(m.name) for m in MEASUREMENTS},
                "units": {m.name: m.unit for m in MEASUREMENTS},
                "notation": notation,
                "number": notation.number,
                "link": link,
                "translated": _address(here, {"lang": "en" if language == "es" else "es"}),
                **facts,
            }
        )
        return HTMLResponse(html, status, {"Content-Language": language, "Vary": "Accept, Accept-Language"})


def page_language(request: Request) -> Language:
    """Return the language of the page: the one in its address, or the client's."""
    asked = request.query_params.get("lang")
    return "en" if asked == "en" else "es" if asked == "es" else preferred_language(request)


def _address(path: str, query: Mapping[str, object]) -> str:
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"
