"""What the sensors will say, from a seed: good water, bursts of bad, some readings late, some sensors restarted."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from model.classifier import Classifier
from model.sample import NAMES

PRIOR: Final = 0.05
SITE: Final = "fallas"
STEP_MS: Final = 1_000
"""Between two readings of a sensor, by its own clock; ours publishes them much faster."""
GOOD: Final = (80, 300)
BAD: Final = (4, 14)
"""Readings in a row."""
HELD_BACK: Final = 0.002
RESTARTS: Final = 0.0005


@dataclass(frozen=True, slots=True)
class Key:
    """A reading's place in the world."""

    sensor: str
    boot: int
    seq: int


@dataclass(frozen=True, slots=True)
class Spoken:
    """One reading to publish; `ph` tells its values from another's."""

    key: Key
    topic: str
    payload: bytes
    ph: float


class Script:
    """Iterate for ever; the same seed says the same."""

    def __init__(self, seed: int, sensors: int, bundle: Path, began_ms: int) -> None:
        """Draw samples whose verdict is beyond doubt; `began_ms` is the sensors' first time."""
        self._chance = random.Random(seed)  # noqa: S311 - a simulation
        self._good, self._bad = _pools(seed, Classifier.load(bundle))
        self._sensors = [_Sensor(f"p-{n:03}", began_ms + n) for n in range(sensors)]

    def __iter__(self) -> Iterator[Spoken]:
        """Yield readings in the order of publication, sensors in turn."""
        held: list[tuple[int, Spoken]] = []
        number = 0
        while True:
            for sensor in self._sensors:
                number += 1
                spoken = self._next(sensor)
                if self._chance.random() < HELD_BACK:
                    # By one to four rounds, so that newer readings of the sensor come first.
                    held.append((number + len(self._sensors) * self._chance.randint(1, 4) + 1, spoken))
                else:
                    yield spoken
                while held and held[0][0] <= number:
                    yield held.pop(0)[1]

    def _next(self, sensor: "_Sensor") -> Spoken:
        chance = self._chance
        if sensor.left == 0:
            sensor.bad = not sensor.bad
            sensor.left = chance.randint(*(BAD if sensor.bad else GOOD))
        sensor.left -= 1
        if chance.random() < RESTARTS:
            sensor.boot += 1
            sensor.seq = 0
        sensor.seq += 1
        sensor.ms += STEP_MS
        values = chance.choice(self._bad if sensor.bad else self._good)
        said = {"boot": sensor.boot, "seq": sensor.seq, "ts": sensor.ms, **dict(zip(NAMES, values, strict=True))}
        key = Key(f"{SITE}/{sensor.name}", sensor.boot, sensor.seq)
        return Spoken(key, f"agua/v1/{key.sensor}/lectura", json.dumps(said).encode(), values[0])


@dataclass(slots=True)
class _Sensor:
    name: str
    ms: int
    boot: int = 1
    seq: int = 0
    bad: bool = True
    left: int = 0


def _pools(seed: int, classifier: Classifier) -> tuple[list[list[float]], list[list[float]]]:
    """Return good and bad samples, in between which there is room."""
    usual = np.array([7.08, 196.4, 22014, 7.12, 333.8, 426.2, 14.28, 66.4, 3.97])
    spread = np.array([2.4, 49.0, 13000, 2.4, 62.0, 120.0, 5.0, 24.0, 1.2])
    rows = np.abs(usual + spread * np.random.default_rng(seed).normal(size=(8_000, len(NAMES))))
    rows[:, 0] = rows[:, 0].clip(0, 14)
    log_odds = classifier.log_odds(rows.astype(np.float32))
    cut = classifier.decision(PRIOR).cut
    rows = rows.round(4)
    return rows[log_odds < -0.5].tolist(), rows[log_odds > cut + 0.3].tolist()


def garbage(chance: random.Random, good: bytes) -> bytes:
    """Return a payload that no decoder may accept."""
    broken = good[: chance.randrange(1, len(good) - 1)]
    return chance.choice(
        [
            b"",
            b"\xff\xfe\x00",
            b"null",
            b"[]",
            b'{"ph": NaN}',
            b'{"ph": 1e999}',
            b'{"ph": ' + b"9" * 400 + b"}",
            b'{"ph": true}',
            b'{"ph": "7"}',
            b'{"ph": -3}',
            b'{"pH": 7}',
            b'{"ph": 7, "ts": "ayer"}',
            b'{"ph": 7, "sensor": "otro"}',
            b"[" * 5_000,
            b"x" * 100_000,
            broken,
        ]
    )
