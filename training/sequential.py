"""What a rule over time costs and buys, by simulation on out-of-fold scores (pure but for its seed).

Every rule is a statistic per reading and alarms when that reaches a limit. The first passage over any limit can be
read from the statistic's running maximum, so one simulated path serves all limits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from model.bundle import Budget, Evidence
from model.verdict import Vector, logit
from training.data import Labels

Paths: TypeAlias = NDArray[np.float64]
"""Log likelihood ratios or statistics, shape (sensors, readings)."""
Statistic: TypeAlias = Callable[[Paths], Paths]

SENSORS: Final = 1000
GOOD_READINGS: Final = 4000
BAD_READINGS: Final = 400
BUDGETS: Final = (200.0, 500.0, 1000.0, 2000.0, 5000.0)
DEFAULT_BUDGET: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Performance:
    """A rule at its limit: the limit, mean readings to find bad water, and shares found within 5, 10, 20 readings."""

    limit: float
    mean_delay: float
    within: tuple[float, float, float]


def single(ratios: Paths) -> Paths:
    """Return each reading's own log likelihood ratio: alarm at one reading."""
    return ratios


def window(k: int, n: int) -> Statistic:
    """Return the rule k of the last n readings over a cut: its statistic is the k-th largest of the last n."""

    def statistic(ratios: Paths) -> Paths:
        before = np.full((len(ratios), n - 1), -np.inf)
        padded = np.concatenate([before, ratios], axis=1)
        result = np.empty_like(ratios)
        for sensor in range(len(ratios)):  # one at a time: all windows of all sensors would take gigabytes
            views = np.lib.stride_tricks.sliding_window_view(padded[sensor], n)
            result[sensor] = np.partition(views, n - k, axis=1)[:, n - k]
        return result

    return statistic


def cusum(ratios: Paths) -> Paths:
    """Return Page's cumulative sum, S = max(0, S + ratio)."""
    result = np.empty_like(ratios)
    state = np.zeros(len(ratios))
    for reading in range(ratios.shape[1]):
        state = np.maximum(0.0, state + ratios[:, reading])
        result[:, reading] = state
    return result


def performance(rule: Statistic, labels: Labels, log_odds: Vector, budget: float, seed: int) -> Performance:
    """Return the rule at the limit that costs one false alarm in `budget` readings of potable water.

    Args:
        rule: the statistic.
        labels: 1 = not potable.
        log_odds: out-of-fold and calibrated, at the training share of `labels`.
        budget: mean readings between false alarms; from a fresh start to the first one.
        seed: of the drawing of readings, each independent of the one before.

    """
    return performances(rule, labels, log_odds, (budget,), seed)[0]


def performances(
    rule: Statistic, labels: Labels, log_odds: Vector, budgets: tuple[float, ...], seed: int
) -> list[Performance]:
    """Return `performance` for several budgets on the same simulated readings."""
    rng = np.random.default_rng(seed)
    ratios = log_odds - logit(float(np.mean(labels)))
    good = _running(rule, rng.choice(ratios[labels == 0], (SENSORS, GOOD_READINGS)))
    bad = _running(rule, rng.choice(ratios[labels == 1], (SENSORS, BAD_READINGS)))
    return [_at(limit, bad) for limit in (_limit(good, budget) for budget in budgets)]


def evidence(labels: Labels, log_odds: Vector, seed: int) -> Evidence:
    """Return the bundle's parameters: h of the cumulative sum for the default budget, and for others."""
    found = performances(cusum, labels, log_odds, BUDGETS, seed)
    costs = [
        Budget(h=round(p.limit, 3), mean_readings_between_false=budget, mean_delay=round(p.mean_delay, 2))
        for budget, p in zip(BUDGETS, found, strict=True)
    ]
    chosen = costs[BUDGETS.index(DEFAULT_BUDGET)]
    return Evidence(**chosen.model_dump(), alternatives=tuple(costs))


def _running(rule: Statistic, ratios: Paths) -> Paths:
    highest: Paths = np.maximum.accumulate(rule(ratios), axis=1)
    return highest


def _limit(running: Paths, budget: float) -> float:
    """Return the limit whose mean time to a first alarm is the budget; sensors without one count as time survived."""
    low, high = float(running[np.isfinite(running)].min()), float(running.max())
    while high - low > 1e-4:  # noqa: PLR2004 - of a log likelihood ratio
        middle = (low + high) / 2
        low, high = (middle, high) if _mean_time(running, middle) < budget else (low, middle)
    return high


def _mean_time(running: Paths, limit: float) -> float:
    before = np.sum(running < limit, axis=1)
    alarmed = before < running.shape[1]
    return float(np.sum(before + alarmed) / max(1, np.sum(alarmed)))


def _at(limit: float, bad: Paths) -> Performance:
    delay = np.sum(bad < limit, axis=1) + 1
    five, ten, twenty = (float(np.mean(delay <= readings)) for readings in (5, 10, 20))
    return Performance(limit, _mean_time(bad, limit), (five, ten, twenty))
