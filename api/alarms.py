"""`GET /alarmas` and `GET /alarmas/{id}`: what is wrong now, what was, and the story of each alarm."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response

from alerts.norms import Norms
from alerts.transition import Change
from api import negotiation
from api.alarm_document import CHANGES, STATUSES, AlarmsDocument, StoryDocument, of_alarm, of_story
from api.answer import as_json, here
from api.parameters import (
    AlarmId,
    Before,
    Limit,
    OfKind,
    Open,
    OptionalState,
    SensorFilter,
    SiteFilter,
    States,
    is_open,
    is_unacknowledged,
)
from api.problems import Mistake, Problem, documented
from api.records import Records
from api.rendering import Renderer
from ingest import queries
from ingest.queries import Step, Story, Wanted
from model.sample import NAMES

PAGE_OF: Final = 50
"""Alarms on a page, where nothing else is asked for."""
CAUSED: Final = frozenset({Change.RAISED, Change.CONFIRMED, Change.REMINDED})
"""Changes that come of what a sensor sent, or did not send."""


class AlarmPage:
    """Shows one alarm with its story, and the forms of what may be done about it."""

    def __init__(self, renderer: Renderer, norms: Norms, *, needs_key: bool) -> None:
        """Take what it needs; `needs_key`: the form asks for the key."""
        self._renderer = renderer
        self._norms = norms
        self._needs_key = needs_key

    def render(
        self,
        request: Request,
        story: Story,
        failed: str = "",
        typed: Mapping[str, str] | None = None,
        problem: Problem | None = None,
    ) -> Response:
        """Return the page; with the action that `failed`, what was typed into its form, and the problem it had."""
        telling = telling_step(story)
        measured = telling.facts.get("values", {}) if telling else {}
        facts = {
            "alarm": story.alarm,
            "steps": story.steps,
            "telling": telling,
            "measured": {name: measured.get(name) for name in NAMES},
            "exceedances": self._norms.above(tuple(measured.get(name) for name in NAMES)),
            "changes": CHANGES,
            "statuses": STATUSES,
            "needs_key": self._needs_key,
            "failed": failed,
            "typed": typed or {},
            "mistakes": problem.mistakes if problem else (),
        }
        status = problem.status if problem else 200
        return self._renderer.render(request, "alarm.html", f"/alarmas/{story.alarm.id}", facts, status)


def telling_step(story: Story) -> Step | None:
    """Return the newest transition that says why the alarm is there.

    The one that ended it says the opposite, and one that only tells again has the facts of an earlier one.
    """
    return next((step for step in reversed(story.steps) if step.change in CAUSED), None)


def install(app: FastAPI, records: Records, renderer: Renderer, page: AlarmPage) -> None:
    """Add the two routes; they read the store, so they are no coroutines and run in threads."""

    @app.get(
        "/alarmas",
        summary="Alarmas, la más nueva primero",
        response_model=AlarmsDocument,
        responses=documented(422, 503),
    )
    def alarms(  # noqa: PLR0913 - the filters
        request: Request,
        *,
        abiertas: Open = True,
        estado: OptionalState = None,
        sitio: SiteFilter = None,
        sensor: SensorFilter = None,
        tipo: OfKind = None,
        limite: Limit = PAGE_OF,
        antes_de: Before = None,
    ) -> Response:
        state: States = estado or ("abiertas" if abiertas else "terminadas")
        wanted = Wanted(is_open(state), sitio, sensor, tipo, antes_de, limite + 1, is_unacknowledged(state))
        found = records.read(lambda connection: queries.find_alarms(connection, wanted)) or []
        shown = found[:limite]
        asked = (("sitio", sitio), ("sensor", sensor), ("tipo", tipo))
        filters = {name: value for name, value in asked if value is not None}
        paging = {"estado": state, **filters, "limite": limite}
        older = f"/alarmas?{urlencode(paging | {'antes_de': shown[-1].id})}" if len(found) > limite else None
        if negotiation.wants_page(request.headers.get("accept", "")):
            facts = {"alarms": shown, "state": state, "filters": filters, "older": older}
            return renderer.render(request, "alarms.html", here(request), facts)
        return as_json(AlarmsDocument(alarmas=[of_alarm(alarm) for alarm in shown], siguiente=older))

    @app.get(
        "/alarmas/{id}",
        summary="Una alarma y su historia",
        response_model=StoryDocument,
        responses=documented(404, 422, 503),
    )
    def alarm(request: Request, id: AlarmId) -> Response:  # noqa: A002 - the name in the address
        story = story_of(records, id)
        if negotiation.wants_page(request.headers.get("accept", "")):
            return page.render(request, story)
        return as_json(of_story(story))


def story_of(records: Records, alarm_id: int) -> Story:
    """Return an alarm's story.

    Raises:
        Problem: 404 when there is none, 503 when the store does not answer.

    """
    story = records.read(lambda connection: queries.story(connection, alarm_id))
    if story is None:
        raise Problem(404, Mistake("no_alarm"))
    return story
