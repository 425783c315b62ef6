"""From a calibrated probability to a verdict, at the share of bad water that a site expects (pure).

A classifier trained where 61 % of the samples were not potable says "61 %" when it knows nothing. A network whose
water is nearly always potable must start from its own share, the *prior*: Bayes' rule moves the log-odds by
logit(prior) - logit(training share), and the evidence of the reading itself stays as it is.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]


def logit(p: float) -> float:
    """Return the log-odds of a probability strictly between 0 and 1."""
    return math.log(p) - math.log1p(-p)


def expit(x: Vector) -> Vector:
    """Return the probabilities of log-odds, without overflow at either end."""
    half = np.tanh(0.5 * x)
    return 0.5 * (1.0 + half)


@dataclass(frozen=True)
class Decision:
    """When a sample counts as not potable: its training share, the site's prior, and the cut on P(not potable)."""

    training_share: float
    prior: float
    threshold: float

    @cached_property
    def shift(self) -> float:
        """What the prior adds to the log-odds of every sample."""
        return logit(self.prior) - logit(self.training_share)

    @cached_property
    def cut(self) -> float:
        """The log-odds, at the training share, from which a sample is not potable."""
        return logit(self.threshold) - self.shift

    def probability(self, log_odds: Vector) -> Vector:
        """Return P(not potable) at the site's prior for log-odds given at the training share, shape (n,)."""
        return expit(log_odds + self.shift)

    def not_potable(self, log_odds: Vector) -> NDArray[np.bool_]:
        """Return the verdicts, shape (n,): True is not potable. A sample on the cut is not potable."""
        return log_odds >= self.cut
