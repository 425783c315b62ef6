"""The one place where the HTTP service judges water: a verdict alone, or with everything that explains it."""

import logging
from dataclasses import dataclass

import numpy as np

from alerts.norms import Exceedance, Norms
from model.classifier import Classifier, Contribution
from model.rates import Rates, implied
from model.sample import Values
from model.verdict import Decision

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Explained:
    """A verdict with its reasons: P(not potable) at the prior, contributions strongest first, norms as context."""

    values: Values
    potable: bool
    probability: float
    contributions: list[Contribution]
    exceedances: list[Exceedance]


class Judge:
    """A loaded model with the decision that the settings ask for. Used from one thread, that of the event loop."""

    def __init__(self, classifier: Classifier, decision: Decision, norms: Norms) -> None:
        """Work out what the decision implies."""
        self.classifier = classifier
        self.metadata = classifier.metadata
        self.decision = decision
        self.rates: Rates = implied(classifier.metadata.operating_points, decision)
        self._cut = decision.cut
        self._norms = norms

    def potable(self, values: Values) -> bool:
        """Return the verdict on a sample; 10 µs, so the event loop itself does it and nobody waits for company."""
        return self.classifier.one(values) < self._cut

    def explain(self, values: Values) -> Explained:
        """Return the verdict on a sample and what explains it."""
        log_odds = self.classifier.one(values)
        return Explained(
            values,
            potable=log_odds < self._cut,
            probability=float(self.decision.probability(np.array([log_odds]))[0]),
            contributions=self.classifier.contributions(values),
            exceedances=self._norms.above(values),
        )

    def tell_rates(self) -> None:
        """Log what prior and threshold imply."""
        log.info(
            "at prior %.3g and threshold %.3g a single reading: %.1f %% false alarms, %.1f %% detection",
            self.decision.prior,
            self.decision.threshold,
            100 * self.rates.false_alarm,
            100 * self.rates.detection,
        )
