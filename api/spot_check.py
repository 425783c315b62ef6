"""`/comprobacion`: a form that judges a sample by hand, with the code of /potabilidad, and explains the verdict."""

from dataclasses import dataclass, field
from typing import Final

from fastapi import FastAPI, Request, Response

from api import body, sample
from api.bench import Bench
from api.judge import Explained
from api.metrics import Metrics
from api.problems import Mistake, Problem, documented
from api.rendering import Renderer, page_language
from api.texts import DESCRIPTION
from model.sample import BY_NAME, EXAMPLE, MEASUREMENTS, NAMES

LONGEST: Final = 32
"""Characters of a field that are shown again when the form comes back."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the form comes back with: the fields as typed, and either an explained verdict or what was wrong."""

    fields: dict[str, str] = field(default_factory=dict)
    explained: Explained | None = None
    problem: Problem | None = None


def page(request: Request, renderer: Renderer, bench: Bench, shown: Shown) -> Response:
    """Return the page in the request's language, with the status of what it shows."""
    language = page_language(request)
    mistakes = shown.problem.mistakes if shown.problem else ()
    facts = {
        "about": DESCRIPTION[language],
        "judge": bench.judge,
        "measurements": MEASUREMENTS,
        "address": str(request.base_url).rstrip("/"),
        "fields": shown.fields,
        "explained": shown.explained,
        "measured": dict(zip(NAMES, shown.explained.values, strict=True)) if shown.explained else {},
        "wrong": {m.about: m.sentence(language) for m in mistakes if m.about in BY_NAME},
        "wrong_as_a_whole": [m.sentence(language) for m in mistakes if m.about not in BY_NAME],
    }
    status = shown.problem.status if shown.problem else 200
    return renderer.render(request, "spot_check.html", "/comprobacion", facts, status)


def install(app: FastAPI, bench: Bench, metrics: Metrics, renderer: Renderer) -> None:
    """Add the form and its target."""

    @app.get("/comprobacion", include_in_schema=False)
    async def form(request: Request) -> Response:
        example = {name: f"{value:.2f}" for name, value in EXAMPLE.items()}
        return page(request, renderer, bench, Shown(example if "ejemplo" in request.query_params else {}))

    @app.post("/comprobacion", include_in_schema=False, responses=documented(408, 413, 415, 503))
    async def check(request: Request) -> Response:
        if body.media_type(request) != body.FORM:
            raise Problem(415, Mistake("not_form"))
        fields = await body.form(request)
        typed = {name: fields.get(name, "")[:LONGEST] for name in NAMES}
        try:
            explained = bench.seated().explain(sample.from_form(fields))
        except Problem as problem:
            return page(request, renderer, bench, Shown(typed, problem=problem))
        metrics.judged(potable=explained.potable)
        return page(request, renderer, bench, Shown(typed, explained))
