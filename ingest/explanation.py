"""The facts behind a transition, ready for JSON: what a notification will tell, and what stays with the alarm."""

from typing import Any

import numpy as np

from alerts.transition import Change, Kind
from ingest.decision import Changed
from ingest.outcome import Refused, Scored
from ingest.reading import Mark
from model.classifier import Classifier
from model.sample import NAMES
from model.verdict import Decision


def facts(changed: Changed, classifier: Classifier, decision: Decision) -> dict[str, Any]:
    """Return the facts of a transition of any kind."""
    model = {"model": classifier.metadata.version}
    if changed.transition.kind is Kind.WATER:
        if not isinstance(changed.cause, Scored):  # judged again after a crash, from what the store keeps
            return model
        return _water(changed.cause, classifier, decision) | _lateness(changed) | model
    if changed.transition.kind is Kind.FAULT:
        return _fault(changed) | model
    silence = changed.state.silence
    return {"period_s": silence.period_us / 1e6, "last_us": silence.newest_us} | model


def _water(one: Scored, classifier: Classifier, decision: Decision) -> dict[str, Any]:
    """Return what was measured, how sure the classifier is, and what drove it: log-odds, strongest first."""
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
    }


def _lateness(changed: Changed) -> dict[str, Any]:
    """Return when a late reading that speaks against the water was taken: people are told that it is no news."""
    against = changed.transition.change in {Change.RAISED, Change.CONFIRMED}
    if against and isinstance(changed.cause, Scored) and changed.cause.reading.marks & Mark.LATE:
        return {"late_us": changed.cause.reading.time_us}
    return {}


def _fault(changed: Changed) -> dict[str, Any]:
    """Return the cause, the field that was refused where there is one, and how often in a row."""
    fault = changed.state.fault
    return {
        "cause": fault.cause or "",
        "field": changed.cause.error.field if isinstance(changed.cause, Refused) else "",
        "count": max(fault.refused, fault.equal if fault.stuck else 0),
    }
