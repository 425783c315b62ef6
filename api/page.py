"""`GET /`: JSON for programs, for people a page with the open alarms and a form that judges a sample by hand."""

from dataclasses import dataclass, field
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from alerts.clock import now_us
from api import body, negotiation, sample
from api.description import describe
from api.judge import Bench, Explained
from api.metrics import Metrics
from api.problems import Mistake, Problem, documented, preferred_language
from api.records import Records
from api.rendering import Renderer, page_language
from api.texts import DESCRIPTION
from ingest import queries
from ingest.queries import Alarm, Wanted
from model.sample import BY_NAME, EXAMPLE, MEASUREMENTS, NAMES

CONTENT: Final = {"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}}
LONGEST: Final = 32
"""Characters of a field that are shown again when the form comes back."""
ALARMS_SHOWN: Final = 20
"""Open alarms on the page; all of them are at /alarmas."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form comes back with: the fields as typed, and either an explained verdict or what was wrong."""

    fields: dict[str, str] = field(default_factory=dict)
    explained: Explained | None = None
    problem: Problem | None = None


class Page:
    """Renders the page."""

    def __init__(self, bench: Bench, records: Records, renderer: Renderer) -> None:
        """Take what it shows, and what shows it."""
        self._bench = bench
        self._records = records
        self._renderer = renderer

    def render(self, request: Request, shown: Shown) -> Response:
        """Return the page in the request's language, with the status of what it shows; it reads the store."""
        language = page_language(request)
        mistakes = shown.problem.mistakes if shown.problem else ()
        facts = {
            "about": DESCRIPTION[language],
            "judge": self._bench.judge,
            "alarms": self._open_alarms(),
            "now_us": now_us(),
            "measurements": MEASUREMENTS,
            "address": str(request.base_url).rstrip("/"),
            "fields": shown.fields,
            "explained": shown.explained,
            "measured": dict(zip(NAMES, shown.explained.values, strict=True)) if shown.explained else {},
            "wrong": {m.about: m.sentence(language) for m in mistakes if m.about in BY_NAME},
            "wrong_as_a_whole": [m.sentence(language) for m in mistakes if m.about not in BY_NAME],
        }
        return self._renderer.render(request, "page.html", "/", facts, shown.problem.status if shown.problem else 200)

    def _open_alarms(self) -> list[Alarm] | None:
        """Return the newest open alarms, or None where that cannot be said: the form works all the same."""
        try:
            return self._records.read(lambda one: queries.find_alarms(one, Wanted(limit=ALARMS_SHOWN)))
        except Problem:
            return None


def install(app: FastAPI, bench: Bench, metrics: Metrics, page: Page) -> None:
    """Add `GET /` and the target of its form."""

    @app.get("/", summary="Qué es este servicio", responses={200: {"content": CONTENT}})
    async def home(request: Request) -> Response:
        if negotiation.wants_page(request.headers.get("accept", "")):
            fields = {name: f"{value:.2f}" for name, value in EXAMPLE.items()}
            filled = fields if "ejemplo" in request.query_params else {}
            return await run_in_threadpool(page.render, request, Shown(filled))
        language = preferred_language(request)
        headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
        return JSONResponse(describe(bench, language), headers=headers)

    @app.post("/comprobacion", include_in_schema=False, responses=documented(408, 413, 415, 503))
    async def check(request: Request) -> Response:
        if body.media_type(request) != body.FORM:
            raise Problem(415, Mistake("not_form"))
        fields = await body.form(request)
        typed = {name: fields.get(name, "")[:LONGEST] for name in NAMES}
        try:
            explained = await bench.seated().explain(sample.from_form(fields))
        except Problem as problem:
            return await run_in_threadpool(page.render, request, Shown(typed, problem=problem))
        metrics.judged(potable=explained.potable)
        return await run_in_threadpool(page.render, request, Shown(typed, explained))
