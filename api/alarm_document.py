"""Alarms as JSON: keys in Spanish, times ISO 8601 in UTC with offset."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel

from alerts.acknowledgement import Acknowledgement
from ingest.queries import Alarm, Notice, Step, Story

CHANGES: Final = {
    "raised": "iniciada",
    "confirmed": "confirmada",
    "cleared": "terminada",
    "reminded": "recordada",
    "repeated": "repetida",
    "escalated": "escalada",
}
STATUSES: Final = {"pending": "pendiente", "sent": "enviado", "dead": "abandonado"}
_FACTS: Final = {
    "values": "valores",
    "probability": "probabilidad_no_potable",
    "threshold": "umbral",
    "contributions": "aportes",
    "model": "modelo",
    "cause": "causa",
    "field": "campo",
    "count": "cuenta",
    "period_s": "periodo_s",
    "last_us": "ultima_lectura",
}


class Acknowledged(BaseModel):
    """Who took the alarm on."""

    quien: str
    cuando: str
    nota: str


class AlarmDocument(BaseModel):
    """An alarm; one without `terminada` is open."""

    id: int
    tipo: str
    severidad: str
    sitio: str
    sensor: str
    abierta: bool
    desde: str
    confirmada: str | None
    terminada: str | None
    reconocida: Acknowledged | None
    enlace: str


class NoticeDocument(BaseModel):
    """What became of a notification to one receiver; `proximo_intento` only while it is owed."""

    receptor: str
    estado: str
    intentos: int
    creado: str
    enviado: str | None
    proximo_intento: str | None
    error: str | None


class StepDocument(BaseModel):
    """A transition: `cuando` by the sensor's time, `decidida` by ours."""

    cambio: str
    severidad: str
    cuando: str
    decidida: str
    hechos: dict[str, Any]
    avisos: list[NoticeDocument]


class StoryDocument(AlarmDocument):
    """An alarm with all that happened, oldest first."""

    transiciones: list[StepDocument]


class AlarmsDocument(BaseModel):
    """A page of alarms, newest first, and where the next one is."""

    alarmas: list[AlarmDocument]
    siguiente: str | None


def iso(time_us: int) -> str:
    """Return a time as everybody's parser reads it."""
    return datetime.fromtimestamp(time_us / 1e6, UTC).isoformat(timespec="milliseconds")


def of_alarm(alarm: Alarm) -> AlarmDocument:
    """Return an alarm by itself."""
    site, _, sensor = alarm.sensor.partition("/")
    return AlarmDocument(
        id=alarm.id,
        tipo=alarm.kind,
        severidad=alarm.severity,
        sitio=site,
        sensor=sensor,
        abierta=alarm.cleared_us is None,
        desde=iso(alarm.raised_us),
        confirmada=_iso_or_none(alarm.confirmed_us),
        terminada=_iso_or_none(alarm.cleared_us),
        reconocida=_acknowledged(alarm),
        enlace=f"/alarmas/{alarm.id}",
    )


def of_story(story: Story) -> StoryDocument:
    """Return an alarm with all that happened."""
    return StoryDocument(**of_alarm(story.alarm).model_dump(), transiciones=[_step(step) for step in story.steps])


def of_acknowledgement(one: Acknowledgement) -> Acknowledged:
    """Return who took an alarm on."""
    return Acknowledged(quien=one.by, cuando=iso(one.at_us), nota=one.note)


def _acknowledged(alarm: Alarm) -> Acknowledged | None:
    if alarm.acknowledged_us is None:
        return None
    mine = Acknowledgement(alarm.acknowledged_us, alarm.acknowledged_by or "", alarm.acknowledged_note or "")
    return of_acknowledgement(mine)


def _step(step: Step) -> StepDocument:
    return StepDocument(
        cambio=CHANGES.get(step.change, step.change),
        severidad=step.severity,
        cuando=iso(step.at_us),
        decidida=iso(step.decided_us),
        hechos=_facts(step.facts),
        avisos=[_notice(one) for one in step.notices],
    )


def _notice(one: Notice) -> NoticeDocument:
    return NoticeDocument(
        receptor=one.receiver,
        estado=STATUSES.get(one.status, one.status),
        intentos=one.attempts,
        creado=iso(one.created_us),
        enviado=_iso_or_none(one.sent_us),
        proximo_intento=iso(one.next_us) if one.status == "pending" else None,
        error=one.error,
    )


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    # Facts that a later version of ingest adds are shown under their own names.
    told = {_FACTS.get(name, name): value for name, value in facts.items()}
    if facts.get("last_us") is not None:
        told["ultima_lectura"] = iso(facts["last_us"])
    if "contributions" in facts:
        told["aportes"] = [
            {"medicion": part["name"], "valor": part["value"], "aporte": part["log_odds"]}
            for part in facts["contributions"]
        ]
    return told


def _iso_or_none(time_us: int | None) -> str | None:
    return None if time_us is None else iso(time_us)
