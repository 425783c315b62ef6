"""Sensors as JSON, and the one word that says how each stands."""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import numpy as np
from pydantic import BaseModel

from api.alarm_document import AlarmDocument, of_alarm
from api.iso import iso
from api.judge import Judge
from ingest.queries import Sensor, StoredReading
from ingest.reading import Mark
from model.sample import NAMES

Standing: TypeAlias = Literal["potable", "no_potable", "sin_datos", "falla"]

MARKS: Final = {
    Mark.NO_TIME: "sin_hora",
    Mark.FUTURE: "futura",
    Mark.OLD: "antigua",
    Mark.RETAINED: "retenida",
    Mark.LATE: "tardia",
    Mark.REDELIVERED: "reenviada",
}


class SensorDocument(BaseModel):
    """Where a sensor stands: `s` is the evidence against its water, which confirms an alarm from `h` up."""

    sitio: str
    sensor: str
    veredicto: Standing
    ultima_lectura: str | None
    s: float
    h: float | None
    alarmas_abiertas: list[AlarmDocument]
    enlace: str


class ReadingDocument(BaseModel):
    """A reading; its probability is null when another model than the one in service judged it."""

    cuando: str
    recibida: str
    potabilidad: Literal[0, 1]
    probabilidad_no_potable: float | None
    valores: dict[str, float | None]
    marcas: list[str]
    modelo: str


class SensorWithReadings(SensorDocument):
    """A sensor and its last readings, newest first."""

    lecturas: list[ReadingDocument]


class SensorsDocument(BaseModel):
    """A page of sensors by name, and where the next one is."""

    sensores: list[SensorDocument]
    siguiente: str | None


def standing(sensor: Sensor) -> Standing:
    """Return the worst that is known of a sensor.

    Bad water comes first: neither a fault nor silence after it means that the water is good again.
    """
    if sensor.severity is not None:
        return "no_potable"
    if sensor.fault_cause is not None:
        return "falla"
    return "sin_datos" if sensor.silent or sensor.newest_us == 0 else "potable"


def of_sensor(sensor: Sensor, judge: Judge | None) -> SensorDocument:
    """Return a sensor by itself."""
    site, _, name = sensor.name.partition("/")
    return SensorDocument(
        sitio=site,
        sensor=name,
        veredicto=standing(sensor),
        ultima_lectura=iso(sensor.newest_us) if sensor.newest_us else None,
        s=sensor.s,
        h=judge.metadata.evidence.h if judge else None,
        alarmas_abiertas=[of_alarm(alarm) for alarm in sensor.open_alarms],
        enlace=f"/sensores/{sensor.name}",
    )


def of_readings(sensor: Sensor, readings: Sequence[StoredReading], judge: Judge | None) -> SensorWithReadings:
    """Return a sensor with its readings."""
    documents = [_reading(one, judge) for one in readings]
    return SensorWithReadings(**of_sensor(sensor, judge).model_dump(), lecturas=documents)


def probability(reading: StoredReading, judge: Judge | None) -> float | None:
    """Return P(not potable) at the prior, or None when the model that judged is not the one in service."""
    if judge is None or reading.model != judge.metadata.version:
        return None
    return float(judge.decision.probability(np.array([reading.log_odds]))[0])


def marks(reading: StoredReading) -> list[str]:
    """Return what is remarkable about a reading, in words."""
    return [word for mark, word in MARKS.items() if mark in reading.marks]


def _reading(one: StoredReading, judge: Judge | None) -> ReadingDocument:
    return ReadingDocument(
        cuando=iso(one.time_us),
        recibida=iso(one.received_us),
        potabilidad=0 if one.not_potable else 1,
        probabilidad_no_potable=probability(one, judge),
        valores=dict(zip(NAMES, one.values, strict=True)),
        marcas=marks(one),
        modelo=one.model,
    )
