"""The facts behind a transition: what was measured, how sure the classifier is, and what drove it."""

from typing import Any

import numpy as np

from ingest.scored import Scored
from model.classifier import Classifier
from model.sample import NAMES
from model.verdict import Decision


def facts(one: Scored, classifier: Classifier, decision: Decision) -> dict[str, Any]:
    """Return what is stored with a transition, ready for JSON; `contributions` are in log-odds, strongest first."""
    values = dict(zip(NAMES, one.reading.values, strict=True))
    return {
        "values": values,
        "log_odds": one.log_odds,
        "probability": float(decision.probability(np.array([one.log_odds]))[0]),
        "threshold": decision.threshold,
        "prior": decision.prior,
        "contributions": [
            {"name": part.name, "value": values[part.name], "log_odds": part.log_odds}
            for part in classifier.contributions(one.reading.values)
        ],
        "model": classifier.metadata.version,
    }
