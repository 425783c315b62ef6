"""What happens to a sensor: contaminated water, drift, a stuck instrument, silence, garbage (pure).

The water is a sequence of episodes; a fault is a function from readings to readings. `cast` deals them out.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from model.campaigns import Summary
from model.sample import MEASUREMENTS, NAMES
from simulator import station as stations
from simulator import water
from simulator.station import EXACT, Noise, Reading, Readings, Spoil, Station
from simulator.water import Episode

ROLES = (
    "contamination",
    "clean",
    "garbage",
    "clean",
    "stuck",
    "clean",
    "contamination",
    "clean",
    "drift",
    "clean",
    "silence",
    "clean",
)
SOURCE_S = 300.0
GARBAGE_SHARE = 0.1
DRIFTS = "ph"
DRIFT_PER_S = 0.02


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time that begins at `begin_s`, lasts `length_s` and comes back every `every_s` seconds."""

    begin_s: float
    length_s: float
    every_s: float

    def into(self, moment_s: float) -> float | None:
        """Return how many seconds a moment lies inside the window, or None when it is outside."""
        if moment_s < self.begin_s:
            return None
        inside = (moment_s - self.begin_s) % self.every_s
        return inside if inside < self.length_s else None


CONTAMINATION = Window(2.0, 90.0, 240.0)
STAGGER_S = 6.0
STUCK = Window(8.0, 40.0, 180.0)
SILENCE = Window(10.0, 40.0, 180.0)
DRIFT = Window(5.0, 120.0, 240.0)


def cast(fleet: list[Station], summary: Summary, seed: int, noise: Noise = EXACT) -> Readings:
    """Return what all stations say, in the order of time and without end; the same seed repeats it.

    Station i plays `ROLES[i % 12]` with instruments that err by `noise`.
    """
    told = [
        play(role_of(i), station, summary, np.random.default_rng([seed, i]), noise) for i, station in enumerate(fleet)
    ]
    return heapq.merge(*told, key=lambda reading: reading.due_s)


def role_of(index: int) -> str:
    """Return the role of the station with this index."""
    return ROLES[index % len(ROLES)]


def play(role: str, station: Station, summary: Summary, rng: np.random.Generator, noise: Noise = EXACT) -> Readings:
    """Return what one station says in a role, without end."""
    for_source, for_samples, for_noise, for_faults = rng.spawn(4)
    if role == "contamination":
        window = replace(CONTAMINATION, begin_s=CONTAMINATION.begin_s + for_faults.uniform(0.0, STAGGER_S))
        episodes = contamination(window, summary, for_source)
    else:
        episodes = clean(summary, for_source)
    samples = water.samples(station.due(), episodes, summary, for_samples)
    readings = stations.measured(station, samples, stations.ar1(noise, for_noise))
    if role == "drift":
        return drift(readings, DRIFTS, DRIFT_PER_S, DRIFT)
    if role == "stuck":
        return stuck(readings, STUCK)
    if role == "silence":
        return silence(readings, SILENCE)
    if role == "garbage":
        return garbage(readings, GARBAGE_SHARE, for_faults)
    return readings


def clean(summary: Summary, rng: np.random.Generator) -> Iterator[Episode]:
    """Yield potable water, from one source after the other."""
    begin_s = 0.0
    while True:
        yield Episode(begin_s, potable=True, campaign=water.source(summary, rng, potable=True))
        begin_s += SOURCE_S * float(rng.uniform(0.5, 1.5))


def contamination(window: Window, summary: Summary, rng: np.random.Generator) -> Iterator[Episode]:
    """Yield potable water that is not potable inside the window; every change comes with another source."""
    yield Episode(0.0, potable=True, campaign=water.source(summary, rng, potable=True))
    begin_s = window.begin_s
    while True:
        yield Episode(begin_s, potable=False, campaign=water.source(summary, rng, potable=False))
        clean_s = begin_s + window.length_s
        yield Episode(clean_s, potable=True, campaign=water.source(summary, rng, potable=True))
        begin_s += window.every_s


def drift(readings: Readings, name: str, per_s: float, window: Window) -> Readings:
    """Let one measurement creep away by so much a second inside the window, up to what the instrument can report."""
    place = NAMES.index(name)
    low, high = MEASUREMENTS[place].low, MEASUREMENTS[place].high
    for reading in readings:
        into, value = window.into(reading.due_s), reading.values[place]
        if into is None or value is None:
            yield reading
        else:
            moved = round(min(max(value + per_s * into, low), high), stations.DECIMALS)
            yield replace(reading, values=(*reading.values[:place], moved, *reading.values[place + 1 :]))


def stuck(readings: Readings, window: Window) -> Readings:
    """Repeat the first values of the window throughout it; the truth goes on."""
    frozen: Reading | None = None
    for reading in readings:
        if window.into(reading.due_s) is None:
            frozen = None
            yield reading
        else:
            frozen = frozen or reading
            yield replace(reading, values=frozen.values)


def silence(readings: Readings, window: Window) -> Readings:
    """Say nothing inside the window."""
    return (reading for reading in readings if window.into(reading.due_s) is None)


def garbage(readings: Readings, share: float, rng: np.random.Generator) -> Readings:
    """Spoil a share of the readings, each in a way drawn at random."""
    for reading in readings:
        if rng.random() < share:
            yield replace(reading, spoil=list(Spoil)[int(rng.integers(len(Spoil)))])
        else:
            yield reading
