"""The one place where the HTTP service judges water: a verdict alone, or with everything that explains it."""

import logging
from dataclasses import dataclass
from typing import Self

import numpy as np

from alerts.norms import Exceedance, Norms
from api.problems import Mistake, Problem
from model.bundle import BundleError
from model.classifier import Classifier, Contribution
from model.rates import Rates, implied
from model.sample import Values, matrix
from model.verdict import Decision
from settings.schema import Model

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
        self.metadata = classifier.metadata
        self.decision = decision
        self.rates: Rates = implied(classifier.metadata.operating_points, decision)
        self._cut = decision.cut
        self._classifier = classifier
        self._norms = norms

    def potable(self, values: Values) -> bool:
        """Return the verdict on a sample; 10 µs, so the event loop itself does it and nobody waits for company."""
        return self._log_odds(values) < self._cut

    def explain(self, values: Values) -> Explained:
        """Return the verdict on a sample and what explains it."""
        log_odds = self._log_odds(values)
        return Explained(
            values,
            potable=log_odds < self._cut,
            probability=float(self.decision.probability(np.array([log_odds]))[0]),
            contributions=self._classifier.contributions(values),
            exceedances=self._norms.above(values),
        )

    def _log_odds(self, values: Values) -> float:
        return float(self._classifier.log_odds(matrix([values]))[0])


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the judge sits, or the reason why there is none: the service starts and explains itself without one."""

    judge: Judge | None
    reason: str = ""

    @classmethod
    def load(cls, settings: Model, norms: Norms) -> Self:
        """Load the bundle that the settings name; one that cannot be used is logged."""
        try:
            classifier = Classifier.load(settings.dir)
        except BundleError as error:
            log.error("no usable model, /potabilidad answers 503: %s", error)  # noqa: TRY400 - the text says it all
            return cls(None, error.reason)
        return cls(Judge(classifier, classifier.decision(settings.prior), norms))

    def seated(self) -> Judge:
        """Return the judge.

        Raises:
            Problem: 503 when there is none.

        """
        if self.judge is None:
            raise Problem(503, Mistake("no_model", facts={"reason": self.reason}))
        return self.judge
