"""A week of water at many sensors, as scores: the simulator's draws, seen by the champion.

A week is a matrix of log-odds, shape (sensors, readings), one reading a minute, and one of the same shape that says
which readings are of bad water.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from model import campaigns
from model.campaigns import Summary
from model.classifier import Classifier

DAY: Final = 24 * 60
"""Readings of one sensor a day."""

EPISODE: Final = 60
"""Readings of bad water a day, where there is any."""

BLOCK: Final = 100_000

Scores: TypeAlias = NDArray[np.float64]
Truth: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Week:
    """Log-odds of not potable at the training share, and where the water truly is bad; both (sensors, readings)."""

    log_odds: Scores
    bad: Truth


def potable(sensors: int, days: int) -> Truth:
    """Return a week without bad water."""
    return np.zeros((sensors, days * DAY), dtype=np.bool_)


def episodes(sensors: int, days: int, rng: np.random.Generator) -> Truth:
    """Return a week with an hour of bad water a day at each sensor, somewhere between hours 6 and 22."""
    bad = potable(sensors, days)
    for sensor in range(sensors):
        for day in range(days):
            begin = day * DAY + int(rng.integers(6 * 60, 22 * 60))
            bad[sensor, begin : begin + EPISODE] = True
    return bad


def scored(classifier: Classifier, summary: Summary, bad: Truth, rng: np.random.Generator) -> Week:
    """Return the week with every reading drawn anew from a campaign of its class: independent, as the card has it."""
    log_odds = np.empty(bad.shape)
    for truth in (False, True):
        n = int(np.sum(bad == truth))
        drawn = [_block(classifier, summary, min(BLOCK, n - i), rng, bad=truth) for i in range(0, n, BLOCK)]
        log_odds[bad == truth] = np.concatenate(drawn) if drawn else np.empty(0)
    return Week(log_odds, bad)


def following(week: Week, rho: float, rng: np.random.Generator) -> Week:
    """Return the same scores in an order in which each resembles the one before: an AR(1) copula, `rho` its memory.

    The scores follow each other rather than the measurements: two samples of one Gaussian with correlated errors have
    scores that are correlated far less, which would flatter every rule. As the scores stay the same ones, nothing but
    the order can make a difference. For weeks of one class only.
    """
    sensors, readings = week.log_odds.shape
    noise = np.empty((sensors, readings))
    noise[:, 0] = rng.standard_normal(sensors)
    for i in range(1, readings):
        noise[:, i] = rho * noise[:, i - 1] + np.sqrt(1.0 - rho**2) * rng.standard_normal(sensors)
    ordered = np.empty(noise.size)
    ordered[np.argsort(noise, axis=None)] = np.sort(week.log_odds, axis=None)
    return Week(ordered.reshape(noise.shape), week.bad)


def _block(classifier: Classifier, summary: Summary, n: int, rng: np.random.Generator, *, bad: bool) -> Scores:
    return classifier.log_odds(campaigns.draw(summary, n, rng, potable=not bad).samples)
