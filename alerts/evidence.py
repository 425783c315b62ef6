"""The sequential statistic that turns many weak readings into one strong confirmation (pure).

A one-sided CUSUM of log-likelihood ratios (Page 1954): `S ← max(0, S + w·llr)`, promoted at `S >= h`. The budget of
false confirmations behind `h` holds for independent readings; a sensor whose readings follow each other would break
it, so each step is tempered by `w = (1 - ρ) / (1 + ρ)`, ρ being the lag-1 autocorrelation of its own ratios,
estimated as they come.
"""

from dataclasses import dataclass

MEMORY = 300
"""Readings over which the autocorrelation is remembered."""

CAP = 2.0
"""The statistic stops at so many times `h`: after a week of bad water an alarm must not need a week to clear."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The statistic `s` of one sensor, and the running moments of its log-likelihood ratios.

    `count` is the number of readings so far, `last` the newest ratio, `mean` and `variance` their running moments,
    `covariance` the running product of neighbours about the mean.
    """

    s: float = 0.0
    count: int = 0
    last: float = 0.0
    mean: float = 0.0
    variance: float = 0.0
    covariance: float = 0.0


def updated(before: Evidence, llr: float, h: float) -> Evidence:
    """Return the evidence after one more reading with log-likelihood ratio `llr` (log-odds minus prior log-odds)."""
    s = min(CAP * h, max(0.0, before.s + weight(before) * llr))
    if before.count == 0:
        return Evidence(s=s, count=1, last=llr, mean=llr)
    rate = 1.0 / min(before.count + 1, MEMORY)
    ahead = llr - before.mean
    mean = before.mean + rate * ahead
    return Evidence(
        s=s,
        count=before.count + 1,
        last=llr,
        mean=mean,
        variance=(1.0 - rate) * (before.variance + rate * ahead * ahead),
        covariance=(1.0 - rate) * before.covariance + rate * (llr - mean) * (before.last - mean),
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
