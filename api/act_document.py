"""What people did about an alarm, and what keeps them from being told of it, as JSON."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from alerts.acknowledgement import Acknowledgement
from alerts.hold_book import Shelf
from alerts.laboratory import Finding
from api.iso import iso
from ingest.queries import Alarm


def example(**members: Any) -> ConfigDict:  # noqa: ANN401 - JSON
    """Return what gives a model an example in the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [members]})


class Acknowledged(BaseModel):
    """Who took the alarm on."""

    model_config = example(quien="M. Rojas", cuando="2026-11-22T12:00:00.000+00:00", nota="voy a ver")

    quien: str
    cuando: str
    nota: str


class Shelved(BaseModel):
    """Who put the alarm aside, until when; `enlace` is the window that can be ended."""

    model_config = example(
        quien="M. Rojas",
        cuando="2026-11-22T12:00:00.000+00:00",
        hasta="2026-11-22T13:00:00.000+00:00",
        nota="se sabe, cuadrilla en camino",
        enlace="/ventanas/1",
    )

    quien: str
    cuando: str
    hasta: str
    nota: str
    enlace: str


class Found(BaseModel):
    """What the laboratory found, the last word of several."""

    model_config = example(
        potable=False, quien="Laboratorio", cuando="2026-11-22T15:00:00.000+00:00", nota="muestra 4711"
    )

    potable: bool
    quien: str
    cuando: str
    nota: str


class Held(BaseModel):
    """Since when people would have been told, and what keeps it from them."""

    model_config = example(desde="2026-11-22T12:00:00.000+00:00", motivo="calibracion", enlace="/ventanas/2")

    desde: str
    motivo: str | None
    enlace: str | None


def of_acknowledgement(one: Acknowledgement) -> Acknowledged:
    """Return who took an alarm on."""
    return Acknowledged(quien=one.by, cuando=iso(one.at_us), nota=one.note)


def of_shelf(hold_id: int, shelf: Shelf) -> Shelved:
    """Return who put an alarm aside."""
    when = {"cuando": iso(shelf.at_us), "hasta": iso(shelf.until_us)}
    return Shelved(quien=shelf.by, nota=shelf.note, enlace=f"/ventanas/{hold_id}", **when)


def of_finding(one: Finding) -> Found:
    """Return what the laboratory found."""
    return Found(potable=one.potable, quien=one.by, cuando=iso(one.at_us), nota=one.note)


def shelved(alarm: Alarm) -> Shelved | None:
    """Return the shelf on which an open alarm lies now, or None."""
    hold = alarm.shelf
    if hold is None or hold.until_us is None:
        return None
    return of_shelf(hold.id, Shelf(hold.placed_us, hold.until_us, hold.by, hold.note))


def found(alarm: Alarm) -> Found | None:
    """Return what the laboratory found, or None."""
    if alarm.lab_us is None:
        return None
    return of_finding(Finding(alarm.lab_us, bool(alarm.lab_potable), alarm.lab_by or "", alarm.lab_note or ""))


def held(alarm: Alarm) -> Held | None:
    """Return what keeps people from being told of an alarm, or None."""
    if alarm.held_us is None:
        return None
    link = None if alarm.hold_id is None else f"/ventanas/{alarm.hold_id}"
    return Held(desde=iso(alarm.held_us), motivo=alarm.hold_reason, enlace=link)


def acknowledged(alarm: Alarm) -> Acknowledged | None:
    """Return who took an alarm on, or None."""
    if alarm.acknowledged_us is None:
        return None
    mine = Acknowledgement(alarm.acknowledged_us, alarm.acknowledged_by or "", alarm.acknowledged_note or "")
    return of_acknowledgement(mine)
