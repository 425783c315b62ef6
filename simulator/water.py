"""The water that flows past a sensor: episodes of one source each, drawn from the summary of the real data (pure)."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from model.campaigns import Drawn, Summary, draw
from model.sample import Values

BLOCK = 64
"""Samples drawn at once: a draw of one costs nearly as much as a draw of a hundred."""


@dataclass(frozen=True, slots=True)
class Episode:
    """From `begin_s` on the water is potable or not, and comes from one campaign; None: from another each time."""

    begin_s: float
    potable: bool
    campaign: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The true composition of the water at a moment, None where the laboratory would leave a gap, and its class."""

    due_s: float
    values: Values
    potable: bool


def source(summary: Summary, rng: np.random.Generator, *, potable: bool) -> int:
    """Return the number of a campaign of a class, drawn by the campaigns' shares."""
    return int(draw(summary, 1, rng, potable=potable).campaign[0])


def samples(
    due: Iterable[float], episodes: Iterator[Episode], summary: Summary, rng: np.random.Generator
) -> Iterator[Sample]:
    """Yield the water at each of the increasing moments; `episodes` are in order and begin at 0."""
    current = next(episodes)
    upcoming = next(episodes, None)
    drawn = _block(current, summary, rng)
    for moment in due:
        while upcoming is not None and moment >= upcoming.begin_s:
            current, upcoming = upcoming, next(episodes, None)
            drawn = _block(current, summary, rng)
        values = next(drawn, None)
        if values is None:
            drawn = _block(current, summary, rng)
            values = next(drawn)
        yield Sample(moment, values, current.potable)


def _block(episode: Episode, summary: Summary, rng: np.random.Generator) -> Iterator[Values]:
    return iter(rows(draw(summary, BLOCK, rng, potable=episode.potable, campaign=episode.campaign)))


def rows(drawn: Drawn) -> list[Values]:
    """Return the drawn samples as tuples, None for a gap."""
    return [tuple(None if math.isnan(value) else value for value in row) for row in drawn.samples.tolist()]
