"""The sequential statistic that turns many weak readings into one strong confirmation (pure).

A one-sided CUSUM of log-likelihood ratios (Page 1954): `S ← max(0, S + w·llr)`, promoted at `S >= h`. The budget of
false confirmations behind `h` holds for independent readings; a sensor whose readings follow each other would break
it, so each step is tempered by `w = (1 - ρ) / (1 + ρ)`, ρ being the lag-1 autocorrelation of its own ratios,
estimated as they come.
"""

from typing import Final, NamedTuple

MEMORY: Final = 300
"""Readings over which the autocorrelation is remembered."""

CAP: Final = 2.0
"""The statistic stops at so many times `h`: after a week of bad water an alarm must not need a week to clear."""

REMEMBERED: Final = 60
"""Verdicts that are remembered one by one."""

_MASK: Final = (1 << REMEMBERED) - 1


class Evidence(NamedTuple):
    """The statistic `s` of one sensor, and the running moments of its log-likelihood ratios.

    `count` is the number of readings so far, `last` the newest ratio, `mean` and `variance` their running moments,
    `covariance` the running product of neighbours about the mean. `recent` holds the last verdicts as bits, the newest
    lowest, 1 for not potable.
    """

    s: float = 0.0
    count: int = 0
    last: float = 0.0
    mean: float = 0.0
    variance: float = 0.0
    covariance: float = 0.0
    recent: int = 0


def updated(before: Evidence, llr: float, h: float, *, not_potable: bool) -> Evidence:
    """Return the evidence after one more reading with log-likelihood ratio `llr` (log-odds minus prior log-odds)."""
    s, count, last, mean, variance, covariance, recent = before
    s = min(CAP * h, max(0.0, s + weight(before) * llr))
    recent = (recent << 1 | not_potable) & _MASK
    if count == 0:
        return Evidence(s, 1, llr, llr, 0.0, 0.0, recent)
    rate = 1.0 / min(count + 1, MEMORY)
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


def weight(evidence: Evidence) -> float:
    """Return `w` in (0, 1]: 1 while independent or unknown, less the more a sensor's readings follow each other."""
    rho = autocorrelation(evidence)
    return (1.0 - rho) / (1.0 + rho)


def autocorrelation(evidence: Evidence) -> float:
    """Return the lag-1 autocorrelation in [0, 0.99]; a negative one counts as 0, which is the careful side."""
    if evidence.variance <= 0.0:
        return 0.0
    return min(0.99, max(0.0, evidence.covariance / evidence.variance))
