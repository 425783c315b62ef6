"""What decides in ingest: the classifier, its rule for a verdict and the rules for alarms, as the settings say."""

import logging
from dataclasses import dataclass
from typing import Self

from alerts.policy import Rule
from ingest.reading import Limits
from model.classifier import Classifier
from model.rates import implied
from model.verdict import Decision
from settings import Settings

log = logging.getLogger(__name__)

SECOND = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Judge:
    """The classifier and everything that turns its scores into verdicts and alarms."""

    classifier: Classifier
    decision: Decision
    rule: Rule
    limits: Limits

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
        alerts = settings.alerts
        rule = Rule(
            h=classifier.metadata.evidence.h,
            off_delay_us=int(alerts.off_delay * SECOND),
            presunta_interval_us=int(alerts.presunta_interval * SECOND),
            least_silence_us=int(alerts.least_silence * SECOND),
        )
        limits = Limits(int(settings.ingest.future_tolerance * SECOND), int(settings.ingest.window * SECOND))
        return cls(classifier, decision, rule, limits)
