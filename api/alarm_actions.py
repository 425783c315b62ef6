"""What somebody may do about an alarm: `POST /alarmas/{id}/reconocer`, `archivar` and `veredicto`."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from alerts import acknowledgement, hold_book, laboratory
from alerts.acknowledgement import Acknowledgement
from alerts.clock import now_us
from alerts.hold_book import Shelf
from alerts.laboratory import Finding
from api.act_document import Acknowledged, Found, Shelved, of_acknowledgement, of_finding, of_shelf
from api.alarms import AlarmPage, story_of
from api.answer import as_json
from api.door import ERRORS, Deed, Door
from api.parameters import AlarmId
from api.problems import Mistake, Problem, documented
from api.records import Records
from api.statement import Acknowledging, Said, Shelving, Verdict, described

MINUTE_US: Final = 60_000_000


class AcknowledgeAnswer(BaseModel):
    """Who acknowledged the alarm; `ya_reconocida`: somebody else had before, and that stays."""

    alarma: int
    reconocida: Acknowledged
    ya_reconocida: bool


class ShelveAnswer(BaseModel):
    """Until when the alarm is put aside."""

    alarma: int
    archivada: Shelved


class VerdictAnswer(BaseModel):
    """What the laboratory found."""

    alarma: int
    veredicto: Found


@dataclass(frozen=True, slots=True)
class Desk:
    """Writes down what is done about alarms. Each may raise Problem: 404 without the alarm, 503 without the store."""

    records: Records

    def acknowledge(self, alarm_id: int, said: Acknowledging) -> BaseModel:
        """Take an alarm on; it does not end by that."""
        mine = Acknowledgement(now_us(), said.quien, said.nota)
        found = self.records.write(lambda connection: acknowledgement.acknowledge(connection, alarm_id, mine))
        if found is None:
            raise Problem(404, Mistake("no_alarm"))
        taken = of_acknowledgement(found)
        return AcknowledgeAnswer(alarma=alarm_id, reconocida=taken, ya_reconocida=found is not mine)

    def shelve(self, alarm_id: int, said: Shelving) -> BaseModel:
        """Put an alarm aside for some minutes; a confirmation comes through all the same."""
        at_us = now_us()
        shelf = Shelf(at_us, at_us + said.minutos * MINUTE_US, said.quien, said.nota)
        hold_id = self.records.write(lambda connection: hold_book.shelve(connection, alarm_id, shelf))
        if hold_id is None:
            raise Problem(404, Mistake("no_alarm"))
        return ShelveAnswer(alarma=alarm_id, archivada=of_shelf(hold_id, shelf))

    def judge(self, alarm_id: int, said: Verdict) -> BaseModel:
        """Keep what the laboratory found; it changes nothing by itself."""
        finding = Finding(now_us(), said.potable, said.quien, said.nota)
        if not self.records.write(lambda connection: laboratory.record(connection, alarm_id, finding)):
            raise Problem(404, Mistake("no_alarm"))
        return VerdictAnswer(alarma=alarm_id, veredicto=of_finding(finding))


def install(app: FastAPI, door: Door, records: Records, page: AlarmPage) -> None:
    """Add the routes."""
    desk = Desk(records)

    def add(
        name: str, summary: str, said: type[Said], do: Callable[[int, Said], BaseModel], answer: type[BaseModel]
    ) -> None:
        def again(alarm_id: int, request: Request, typed: dict[str, str], problem: Problem) -> Response:
            return page.render(request, story_of(records, alarm_id), name, typed, problem)

        @app.post(
            f"/alarmas/{{id}}/{name}",
            summary=summary,
            response_model=answer,
            responses=documented(*ERRORS),
            openapi_extra=described(said),
        )
        async def act(request: Request, id: AlarmId) -> Response:  # noqa: A002 - the name in the address
            deed = Deed(said, lambda one: as_json(do(id, one)), partial(again, id), f"/alarmas/{id}")
            return await door.admit(request, deed)

    add("reconocer", "Reconocer una alarma; no la termina", Acknowledging, desk.acknowledge, AcknowledgeAnswer)
    add(
        "archivar", "Archivar una alarma por un rato; una confirmación avisa igual", Shelving, desk.shelve, ShelveAnswer
    )
    add("veredicto", "Anotar qué encontró el laboratorio; no termina la alarma", Verdict, desk.judge, VerdictAnswer)
