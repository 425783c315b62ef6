"""`GET /`: JSON for programs, for people a page with a form that judges a sample just as POST /potabilidad does."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, JSONResponse

from api import body, negotiation, sample
from api.description import describe
from api.judge import Bench, Explained
from api.metrics import Metrics
from api.problems import Mistake, Problem, documented, preferred_language
from api.texts import DESCRIPTION, PAGE
from model.sample import BY_NAME, MEASUREMENTS, NAMES
from settings.schema import Language

TEMPLATES: Final = Path(__file__).parent / "templates"
FORM: Final = "application/x-www-form-urlencoded"
CONTENT: Final = {"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}}
LONGEST: Final = 32
"""Characters of a field that are shown again when the form comes back."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form comes back with: the fields as typed, and either an explained verdict or what was wrong."""

    fields: dict[str, str] = field(default_factory=dict)
    explained: Explained | None = None
    problem: Problem | None = None


class Page:
    """Renders the page."""

    def __init__(self, bench: Bench) -> None:
        """Load the template; everything in it is escaped."""
        self._bench = bench
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._template = environment.get_template("page.html")

    def render(self, request: Request, shown: Shown) -> Response:
        """Return the page in the request's language, with the status of what it shows."""
        language = page_language(request)
        mistakes = shown.problem.mistakes if shown.problem else ()
        html = self._template.render(
            language=language,
            words=PAGE[language],
            about=DESCRIPTION[language],
            judge=self._bench.judge,
            measurements=MEASUREMENTS,
            labels={m.name: m.label_es if language == "es" else m.label_en for m in MEASUREMENTS},
            units={m.name: m.unit for m in MEASUREMENTS},
            address=str(request.base_url).rstrip("/"),
            fields=shown.fields,
            explained=shown.explained,
            measured=dict(zip(NAMES, shown.explained.values, strict=True)) if shown.explained else {},
            wrong={m.about: m.sentence(language) for m in mistakes if m.about in BY_NAME},
            wrong_as_a_whole=[m.sentence(language) for m in mistakes if m.about not in BY_NAME],
            number=lambda value, digits=3: in_words(value, digits, language),
        )
        status = shown.problem.status if shown.problem else 200
        return HTMLResponse(html, status, {"Content-Language": language, "Vary": "Accept, Accept-Language"})


def in_words(value: float, digits: int, language: Language) -> str:
    """Return a number with about so many significant digits, with the decimal sign of the language."""
    decimals = max(0, digits - len(str(int(abs(value)))))
    shown = f"{value:.{decimals}f}"
    return shown.replace(".", ",") if language == "es" else shown


def install(app: FastAPI, bench: Bench, metrics: Metrics) -> None:
    """Add `GET /` and the target of its form."""
    page = Page(bench)

    @app.get("/", summary="Qué es este servicio", responses={200: {"content": CONTENT}})
    async def home(request: Request) -> Response:
        if negotiation.wants_page(request.headers.get("accept", "")):
            fields = {name: f"{value:.2f}" for name, value in sample.EXAMPLE.items()}
            filled = fields if "ejemplo" in request.query_params else {}
            return page.render(request, Shown(filled))
        language = preferred_language(request)
        headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
        return JSONResponse(describe(bench, language), headers=headers)

    @app.post("/comprobacion", include_in_schema=False, responses=documented(408, 413, 415, 503))
    async def check(request: Request) -> Response:
        if body.media_type(request) != FORM:
            raise Problem(415, Mistake("not_form"))
        text = (await body.read(request)).decode(errors="replace")
        fields = dict(parse_qsl(text, max_num_fields=1_000)) if text else {}
        typed = {name: fields.get(name, "")[:LONGEST] for name in NAMES}
        try:
            explained = await bench.seated().explain(sample.from_form(fields))
        except Problem as problem:
            return page.render(request, Shown(typed, problem=problem))
        metrics.judged(potable=explained.potable)
        return page.render(request, Shown(typed, explained))


def page_language(request: Request) -> Language:
    """Return the language of the page: the one in its address, or the client's."""
    asked = request.query_params.get("lang")
    return "en" if asked == "en" else "es" if asked == "es" else preferred_language(request)
