"""A sensor of the fleet: who it is, when it measures, and what it measures in the water that flows past (pure)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np

from model.sample import MEASUREMENTS, Values
from simulator.water import Sample

SITES = ("pajaritos", "rinconada", "ciudad-satelite", "el-abrazo")
KINDS = ("tuberia", "ducto", "estanque")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DECIMALS = 4


class Spoil(StrEnum):
    """How a payload is damaged on its way."""

    CUT = "cut"
    NAN = "nan"
    OUT_OF_RANGE = "out of range"
    UNKNOWN_FIELD = "unknown field"


@dataclass(frozen=True, slots=True)
class Station:
    """One sensor at one site. It measures `phase_s` after the start, then every `period_s`, in seconds."""

    site: str
    name: str
    period_s: float
    phase_s: float

    @property
    def id(self) -> str:
        """`site/name`, as the consumer calls it."""
        return f"{self.site}/{self.name}"

    def topic(self, leaf: str) -> str:
        """Return the station's topic for `lectura`, `estado` or `verdad`."""
        return f"agua/v1/{self.site}/{self.name}/{leaf}"

    def due(self) -> Iterator[float]:
        """Yield, without end, the seconds after the start at which it measures."""
        k = 0
        while True:
            yield self.phase_s + k * self.period_s
            k += 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a station says `due_s` seconds after the start. `number` counts its readings from 1.

    `potable` is the truth about the water, whatever the instrument makes of it.
    """

    station: Station
    number: int
    due_s: float
    values: Values
    potable: bool
    spoil: Spoil | None = None


Readings: TypeAlias = Iterator[Reading]


@dataclass(frozen=True, slots=True)
class Noise:
    """How instruments err: `level` is the standard deviation of their relative error, `rho` in [0, 1) its memory."""

    level: float
    rho: float


EXACT = Noise(0.0, 0.0)


def fleet(n: int, rate: float, rng: np.random.Generator, site: str | None = None) -> list[Station]:
    """Return n stations, each with a rhythm of its own, that publish `rate` readings a second between them.

    They are spread over four sites, or all stand at the one given.

    Raises:
        ValueError: when a number is not positive or the site is no valid id.

    """
    if n < 1 or not rate > 0:
        raise ValueError("a fleet needs at least one sensor and a rate above 0")
    if site is not None and not ID.fullmatch(site):
        raise ValueError(f"{site!r} is no site: 1 to 64 letters, digits, '-' or '_'")
    pace = rng.uniform(0.5, 1.5, n)
    periods = pace.sum() / (pace * rate)
    phases = rng.uniform(0.0, 1.0, n) * periods
    width = max(2, len(str(n)))
    return [
        Station(site or SITES[i % len(SITES)], f"{KINDS[i % len(KINDS)]}-{i + 1:0{width}}", period, phase)
        for i, (period, phase) in enumerate(zip(periods.tolist(), phases.tolist(), strict=True))
    ]


def measured(station: Station, samples: Iterator[Sample], noise: Iterator[Values]) -> Readings:
    """Yield the readings of a station: the water at each due moment, seen through an instrument with relative errors.

    An error of 0.02 reads two percent high; the result stays within what the instrument can report.
    """
    for number, (sample, errors) in enumerate(zip(samples, noise, strict=False), start=1):
        yield Reading(station, number, sample.due_s, _seen(sample.values, errors), sample.potable)


def ar1(noise: Noise, rng: np.random.Generator) -> Iterator[Values]:
    """Yield, without end, nine relative errors whose lag-1 autocorrelation is `noise.rho`.

    Instruments err alike from one minute to the next; errors that are independent flatter every detector.
    """
    error = noise.level * rng.standard_normal(len(MEASUREMENTS))
    fresh = noise.level * float(np.sqrt(1.0 - noise.rho**2))
    while True:
        yield tuple(error.tolist())
        error = noise.rho * error + fresh * rng.standard_normal(len(MEASUREMENTS))


def _seen(values: Values, errors: Values) -> Values:
    return tuple(
        None if value is None else round(min(max(value * (1.0 + (error or 0.0)), m.low), m.high), DECIMALS)
        for m, value, error in zip(MEASUREMENTS, values, errors, strict=True)
    )
