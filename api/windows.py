"""`/ventanas`: announced work on sensors and shelved alarms, in which people are not told; begun and ended here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from alerts import hold_book
from alerts.clock import now_us
from alerts.hold import Hold
from api import negotiation
from api.answer import as_json, here
from api.door import ERRORS, Deed, Door
from api.hold_document import EndAnswer, HoldDocument, HoldsDocument, announced, is_about, of_hold
from api.parameters import HoldId, SensorFilter, SiteFilter
from api.problems import Mistake, Problem, documented
from api.records import Records
from api.rendering import Renderer
from api.statement import Announcement, Ending, described
from ingest import queries


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it comes back: which (the id of the window to end, 0: the one to announce), what was typed, why."""

    form: int = 0
    typed: Mapping[str, str] | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class WindowsPage:
    """Shows windows, a form to announce one, and a button to end each; `needs_key`: forms ask for the key."""

    records: Records
    renderer: Renderer
    needs_key: bool

    def render(self, request: Request, holds: Sequence[Hold], address: str, filled: Filled) -> Response:
        """Return the page."""
        facts = {
            "holds": holds,
            "needs_key": self.needs_key,
            "failed": filled.form,
            "typed": filled.typed or {},
            "mistakes": filled.problem.mistakes if filled.problem else (),
        }
        status = filled.problem.status if filled.problem else 200
        return self.renderer.render(request, "windows.html", address, facts, status)

    def again(self, request: Request, filled: Filled) -> Response:
        """Return the page of all windows with a form that was not accepted."""
        return self.render(request, self.records.read(queries.find_holds) or [], "/ventanas", filled)


def install(app: FastAPI, door: Door, records: Records, page: WindowsPage) -> None:
    """Add the routes."""

    @app.get(
        "/ventanas",
        summary="Ventanas y alarmas archivadas, vigentes o por venir",
        response_model=HoldsDocument,
        responses=documented(422, 503),
    )
    def windows(request: Request, sitio: SiteFilter = None, sensor: SensorFilter = None) -> Response:
        found = [hold for hold in records.read(queries.find_holds) or [] if is_about(hold, sitio, sensor)]
        if negotiation.wants_page(request.headers.get("accept", "")):
            typed = {"sitio": sitio or "", "sensor": sensor or ""}
            return page.render(request, found, here(request), Filled(typed=typed))
        return as_json(HoldsDocument(ventanas=[of_hold(hold, now_us()) for hold in found]))

    @app.get(
        "/ventanas/{id}",
        summary="Una ventana, también si ya terminó",
        response_model=HoldDocument,
        responses=documented(404, 422, 503),
    )
    def window(request: Request, id: HoldId) -> Response:  # noqa: A002 - the name in the address
        hold = records.read(lambda connection: hold_book.find(connection, id))
        if hold is None:
            raise Problem(404, Mistake("no_hold"))
        if negotiation.wants_page(request.headers.get("accept", "")):
            site, _, sensor = hold.scope.partition("/")
            return page.render(request, [hold], here(request), Filled(typed={"sitio": site, "sensor": sensor}))
        return as_json(of_hold(hold, now_us()))

    @app.post(
        "/ventanas",
        summary="Anunciar una ventana: se mide y se anota todo, pero no se avisa",
        status_code=201,
        response_model=HoldDocument,
        responses=documented(*ERRORS),
        openapi_extra=described(Announcement),
    )
    async def announce(request: Request) -> Response:
        def again(request: Request, typed: Mapping[str, str], problem: Problem) -> Response:
            return page.again(request, Filled(0, typed, problem))

        return await door.admit(request, Deed(Announcement, lambda said: _announce(records, said), again, "/ventanas"))

    @app.post(
        "/ventanas/{id}/terminar",
        summary="Terminar una ventana, o sacar una alarma del archivo, antes de su hora",
        response_model=EndAnswer,
        responses=documented(*ERRORS),
        openapi_extra=described(Ending),
    )
    async def end(request: Request, id: HoldId) -> Response:  # noqa: A002 - the name in the address
        def again(request: Request, typed: Mapping[str, str], problem: Problem) -> Response:
            return page.again(request, Filled(id, typed, problem))

        return await door.admit(
            request, Deed(Ending, lambda said: as_json(_end(records, id, said)), again, "/ventanas")
        )


def _announce(records: Records, said: Announcement) -> Response:
    at_us = now_us()
    hold = announced(said, at_us)
    hold_id = records.write(lambda connection: hold_book.place(connection, hold))
    if hold_id is None:  # there is no store to keep it
        raise Problem(503, Mistake("store"))
    document = of_hold(hold._replace(id=hold_id), at_us)
    return as_json(document, 201, {"Location": document.enlace})


def _end(records: Records, hold_id: int, said: Ending) -> BaseModel:
    at_us = now_us()
    ended = records.write(lambda connection: hold_book.end(connection, hold_id, said.quien, at_us))
    hold = records.read(lambda connection: hold_book.find(connection, hold_id))
    if hold is None:
        raise Problem(404, Mistake("no_hold"))
    return EndAnswer(ventana=of_hold(hold, at_us), ya_terminada=not ended)
