"""The sequential statistic that turns many weak readings into one strong confirmation (pure).

A one-sided CUSUM of log-likelihood ratios (Page 1954): `S ← max(0, S + w·llr)`, promoted at `S >= h`. The budget of
false confirmations behind `h` holds for independent readings; a sensor whose readings follow each other would break
it, so each step is tempered by `w = (1 - ρ) / (1 + ρ)`, ρ being the lag-1 autocorrelation of its own ratios,
estimated as they come, less one standard error of that estimate: what may be chance must not cost delay.
"""

import math
from typing import Final, NamedTuple

MEMORY: Final = 300
"""Readings over which the autocorrelation is remembered."""

CAP: Final = 2.0
"""The statistic stops at so many times `h`: after a week of bad water an alarm must not need a week to clear."""

MOST: Final = 0.99
"""Autocorrelation above which a sensor would say nothing any more."""

ERROR: Final = (1.0, *(1.0 / math.sqrt(count) for count in range(1, 2 * MEMORY + 1)))
"""Standard error of the autocorrelation after so many readings; a memory of 300 is worth 600 that count alike."""

REMEMBERED: Final = 60
"""Verdicts that are remembered one by one."""

_MASK: Final = (1 << REMEMBERED) - 1


class Evidence(NamedTuple):
    """The statistic `s` of one sensor, and the running moments of its log-likelihood ratios.

    `readings` is their number so far, `last` the newest ratio, `mean` and `variance` their running moments,
    `covariance` the running product of neighbours about the mean. `recent` holds the last verdicts as bits, the newest
    lowest, 1 for not potable.
    """

    s: float = 0.0
    readings: int = 0
    last: float = 0.0
    mean: float = 0.0
    variance: float = 0.0
    covariance: float = 0.0
    recent: int = 0


def updated(before: Evidence, llr: float, h: float, *, not_potable: bool) -> Evidence:
    """Return the evidence after one more reading with log-likelihood ratio `llr` (log-odds minus prior log-odds)."""
    s, count, last, mean, variance, covariance, recent = before
    s += weight(variance, covariance, count) * llr
    if s < 0.0:
        s = 0.0
    elif s > CAP * h:
        s = CAP * h
    recent = (recent << 1 | not_potable) & _MASK
    if count == 0:
        return Evidence(s, 1, llr, llr, 0.0, 0.0, recent)
    rate = 1.0 / (count + 1 if count < MEMORY else MEMORY)
    ahead = llr - mean
    mean += rate * ahead
    return Evidence(
        s,
        count + 1,
        llr,
        mean,
        (1.0 - rate) * (variance + rate * ahead * ahead),
        (1.0 - rate) * covariance + rate * (llr - mean) * (last - mean),
        recent,
    )


def weight(variance: float, covariance: float, count: int) -> float:
    """Return `w` in (0, 1]: 1 while independent or unknown, less the more a sensor's readings follow each other."""
    rho = autocorrelation(variance, covariance, count)
    return (1.0 - rho) / (1.0 + rho)


def autocorrelation(variance: float, covariance: float, count: int) -> float:
    """Return what the lag-1 autocorrelation is at least, in [0, 0.99]: the estimate less its standard error.

    A negative one counts as 0, which is the careful side.
    """
    if variance <= 0.0 or covariance <= 0.0:
        return 0.0
    rho = covariance / variance - ERROR[min(2 * MEMORY, count)]
    if rho <= 0.0:
        return 0.0
    return min(MOST, rho)
