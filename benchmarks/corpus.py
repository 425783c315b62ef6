"""What a city's sensors say in a benchmark: drawn from the summary of the real data, one sensor in a hundred bad."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from alerts.clock import now_us
from model import campaigns, threads
from model.campaigns import Drawn
from model.sample import NAMES, Values
from simulator.message import encoded, timestamp
from simulator.station import DECIMALS
from simulator.water import rows

PERIOD_US: Final = 60_000_000
CONTAMINATED: Final = 100


def corpus(number: int, sensors: int, seed: int = 1, *, counting: bool = True) -> list[tuple[str, bytes]]:
    """Return topic and payload of so many readings in the order of their time, which ends now.

    All sensors speak once a minute, in turn. The water of each comes from one campaign; that of one in a hundred is
    not potable in the middle third. `seq` counts through all sensors, so that each message is known by it. Unless they
    count their starts too, their readings are known by their times.
    """
    threads.single()  # of numpy: others need the second core
    summary = campaigns.read()
    rng = np.random.default_rng(seed)
    each = -(-number // sensors)
    good = _by_sensor(campaigns.draw(summary, sensors * each, rng, potable=True), each)
    bad = _by_sensor(campaigns.draw(summary, sensors * each // CONTAMINATED + each, rng, potable=False), each)
    told = [
        _spilt(water, next(bad)) if place % CONTAMINATED == CONTAMINATED // 2 else water
        for place, water in enumerate(good)
    ]
    start_us = now_us() - number * PERIOD_US // sensors
    return [
        _message(
            place % sensors,
            {"ts": timestamp(start_us + place * PERIOD_US // sensors), "seq": place + 1}
            | ({"boot": 1} if counting else {}),
            told[place % sensors][place // sensors],
        )
        for place in range(number)
    ]


def name_of(sensor: int) -> str:
    """Return sitio/sensor of a sensor by its number."""
    return f"sitio-{sensor % 10}/p-{sensor:05}"


def _by_sensor(drawn: Drawn, each: int) -> Iterator[list[Values]]:
    """Yield so many samples at a time; sorted by campaign, so that nearly all of a sensor come from one."""
    order = np.argsort(drawn.campaign)
    samples = rows(Drawn(drawn.samples[order], drawn.potable[order], drawn.campaign[order]))
    for first in range(0, len(samples) - each + 1, each):
        yield samples[first : first + each]


def _spilt(water: list[Values], bad: list[Values]) -> list[Values]:
    third = len(water) // 3
    return [*water[:third], *bad[third : 2 * third], *water[2 * third :]]


def _message(sensor: int, body: dict[str, object], values: Values) -> tuple[str, bytes]:
    said = (None if value is None else round(value, DECIMALS) for value in values)
    return f"agua/v1/{name_of(sensor)}/lectura", encoded(body | dict(zip(NAMES, said, strict=True)))
