"""What decides in ingest: the classifier, its rule for a verdict and the rules for alarms, as the settings say."""

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from alerts.rulebook import Rulebook
from ingest import allowed
from ingest.reading import Limits
from model.classifier import Classifier
from model.rates import implied
from model.verdict import Decision, logit
from settings import Settings

log = logging.getLogger(__name__)

SECOND = 1_000_000  # microseconds

NUISANCE = 0.1
"""Share of good water that is called bad, from which on people stop listening, and alarms hardly ever end."""


@dataclass(frozen=True)
class Judge:
    """The classifier and everything that turns its scores into verdicts and alarms."""

    classifier: Classifier
    decision: Decision
    rules: Rulebook
    limits: Limits
    most_per_minute: int | None = None

    @cached_property
    def prior(self) -> float:
        """Log-odds of the share of bad water among the training data: what a score is compared to as evidence."""
        return logit(self.decision.training_share)

    @classmethod
    def load(cls, settings: Settings) -> Self:
        """Load the bundle, and say what the settings cost in false alarms; raises BundleError."""
        classifier = Classifier.load(settings.model.dir)
        decision = classifier.decision(settings.model.prior)
        rates = implied(classifier.metadata.operating_points, decision)
        log.info(
            "model %s, prior %.3g: one reading alone is a false alarm for %.2g %% of good water, finds %.0f %% of bad",
            classifier.metadata.version,
            decision.prior,
            100 * rates.false_alarm,
            100 * rates.detection,
        )
        if rates.false_alarm > NUISANCE:
            log.warning("so many false alarms are muted: set model.prior to your network's own share of bad water")
        rules = Rulebook.made(settings.alerts, classifier.metadata.evidence.h)
        ingest = settings.ingest
        limits = Limits(
            int(ingest.future_tolerance * SECOND), int(ingest.window * SECOND), allowed.read(ingest.allowed)
        )
        return cls(classifier, decision, rules, limits, ingest.most_per_minute)
