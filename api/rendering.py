"""Pages of the operator, from templates in which everything is escaped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from alerts.clock import now_us
from alerts.notation import Notation
from api.action_texts import ACTIONS
from api.alarm_texts import ALARMS
from api.overview_texts import OVERVIEW
from api.problems import preferred_language
from api.texts import PAGE
from model.sample import MEASUREMENTS
from settings.schema import Language

TEMPLATES: Final = Path(__file__).parent / "templates"
COOKIE: Final = "lang"
YEAR_S: Final = 365 * 86_400
LANGUAGES: Final[tuple[Language, ...]] = ("es", "en")


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom is rendered: the language, and whether its address asks for it, so that links must go on asking."""

    language: Language
    asked: bool = False


class Renderer:
    """Renders templates in the language of a reader and the utility's time zone."""

    def __init__(self, timezone: str, *, has_map: bool = False) -> None:
        """Open the templates; raises zoneinfo.ZoneInfoNotFoundError for an unknown zone."""
        self._has_map = has_map
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._zone = ZoneInfo(timezone)
        self._spoken = {language: self._of_language(language, timezone) for language in LANGUAGES}

    def render(self, request: Request, name: str, here: str, facts: Mapping[str, Any], status: int = 200) -> Response:
        """Return a page; `here` is the address at which the same can be read in the other language."""
        reader = reader_of(request)
        other = "en" if reader.language == "es" else "es"
        html = self.fragment(reader, name, {"translated": _address(here, {"lang": other}), **facts})
        headers = {"Content-Language": reader.language, "Vary": "Accept, Accept-Language, Cookie"}
        answer = HTMLResponse(html, status, headers)
        if reader.asked:
            # What was chosen once stays chosen; it is no secret, but no script needs it.
            answer.set_cookie(COOKIE, reader.language, max_age=YEAR_S, httponly=True, samesite="lax")
        return answer

    def fragment(self, reader: Reader, name: str, facts: Mapping[str, Any]) -> str:
        """Return a template rendered for a reader."""

        def link(path: str, **query: object) -> str:
            """Return an address of ours that keeps the language that was asked for in the last one."""
            given = {key: value for key, value in query.items() if value is not None}
            return _address(path, given | {"lang": reader.language} if reader.asked else given)

        base = {"link": link, "now_us": now_us()}
        return self._environment.get_template(name).render({**self._spoken[reader.language], **base, **facts})

    def _of_language(self, language: Language, timezone: str) -> Mapping[str, Any]:
        notation = Notation(language, timezone)
        return {
            "language": language,
            "words": {**PAGE[language], **ALARMS[language], **OVERVIEW[language], **ACTIONS[language]},
            "labels": {m.name: notation.label(m.name) for m in MEASUREMENTS},
            "units": {m.name: m.unit for m in MEASUREMENTS},
            "notation": notation,
            "number": notation.number,
            "clock": self._clock,
            "has_map": self._has_map,
        }

    def _clock(self, time_us: int) -> str:
        """Return the local time of day, with the day where it is not today's."""
        local = datetime.fromtimestamp(time_us / 1e6, UTC).astimezone(self._zone)
        today = local.date() == datetime.now(self._zone).date()
        return f"{local:%H:%M:%S}" if today else f"{local:%d-%m-%Y %H:%M}"


def reader_of(request: Request) -> Reader:
    """Return for whom a page is: the language of its address, the one chosen before, or the client's."""
    asked, chosen = request.query_params.get("lang"), request.cookies.get(COOKIE)
    for language in LANGUAGES:
        if asked == language:
            return Reader(language, asked=True)
    for language in LANGUAGES:
        if chosen == language:
            return Reader(language)
    return Reader(preferred_language(request))


def page_language(request: Request) -> Language:
    """Return the language of the page."""
    return reader_of(request).language


def _address(path: str, query: Mapping[str, object]) -> str:
    if not query:
        return path
    return f"{path}{'&' if '?' in path else '?'}{urlencode(query)}"
