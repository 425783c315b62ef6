"""Alarms as JSON: keys in Spanish, times ISO 8601 in UTC with offset."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from api.act_document import Acknowledged, Found, Held, Shelved, acknowledged, found, held, shelved
from api.iso import iso, iso_or_none
from ingest.queries import Alarm, Notice, Step, Story

CHANGES: Final = {
    "raised": "iniciada",
    "confirmed": "confirmada",
    "cleared": "terminada",
    "reminded": "recordada",
    "repeated": "repetida",
    "escalated": "escalada",
    "widened": "extendida",
    "released": "liberada",
    "acknowledged": "reconocida",
    "shelved": "archivada",
    "verdict": "veredicto",
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
    "by": "quien",
    "note": "nota",
    "until_us": "hasta",
}


class AlarmDocument(BaseModel):
    """An alarm; one without `terminada` is open.

    `archivada` only while the shelf lasts, `retenida` only while people have not been told; `escalada` says when the
    second list was.
    """

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
    archivada: Shelved | None
    veredicto: Found | None
    retenida: Held | None
    escalada: str | None
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
        confirmada=iso_or_none(alarm.confirmed_us),
        terminada=iso_or_none(alarm.cleared_us),
        reconocida=acknowledged(alarm),
        archivada=shelved(alarm),
        veredicto=found(alarm),
        retenida=held(alarm),
        escalada=iso_or_none(alarm.escalated_us),
        enlace=f"/alarmas/{alarm.id}",
    )


def of_story(story: Story) -> StoryDocument:
    """Return an alarm with all that happened."""
    return StoryDocument(**of_alarm(story.alarm).model_dump(), transiciones=[_step(step) for step in story.steps])


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
        enviado=iso_or_none(one.sent_us),
        proximo_intento=iso(one.next_us) if one.status == "pending" else None,
        error=one.error,
    )


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    # Facts that a later version of ingest adds are shown under their own names.
    told = {_FACTS.get(name, name): value for name, value in facts.items()}
    if facts.get("last_us") is not None:
        told["ultima_lectura"] = iso(facts["last_us"])
    if facts.get("until_us") is not None:
        told["hasta"] = iso(facts["until_us"])
    if "contributions" in facts:
        told["aportes"] = [
            {"medicion": part["name"], "valor": part["value"], "aporte": part["log_odds"]}
            for part in facts["contributions"]
        ]
    return told
