"""A verdict alone, and the same verdict with everything that explains it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import norms
from api.judge import Judge
from model.classifier import Classifier
from model.matrix import matrix
from model.sample import MEASUREMENTS, Values, values_of

GOOD = values_of({"ph": 7.5})
BAD = values_of({"ph": 10.0})
SAMPLES = st.tuples(*(st.none() | st.floats(m.low, min(m.high, 14)) for m in MEASUREMENTS))


@pytest.fixture(scope="module")
def classifier(small_bundle: Path) -> Classifier:
    """Return a classifier to whom pH outside 6.5-8.5 is not potable."""
    return Classifier.load(small_bundle)


def judge(classifier: Classifier, prior: float | None = None) -> Judge:
    """Return a judge at a prior, or the bundle's own."""
    return Judge(classifier, classifier.decision(prior), norms.load())


def test_water_is_judged(classifier: Classifier) -> None:
    """One good sample and one bad one."""
    assert judge(classifier).potable(GOOD) is True
    assert judge(classifier).potable(BAD) is False


def test_the_prior_of_the_settings_decides(classifier: Classifier) -> None:
    """Where bad water is next to impossible, one bad pH is not believed."""
    assert judge(classifier, prior=1e-6).potable(BAD) is True


@given(values=SAMPLES, prior=st.floats(0.001, 0.999))
def test_verdict_explanation_and_the_decision_itself_agree(
    classifier: Classifier, values: Values, prior: float
) -> None:
    """The judge works the cut out once; what it says is what `Decision` says."""
    judging = judge(classifier, prior)
    log_odds = classifier.log_odds(matrix([values]))
    expected = bool(judging.decision.not_potable(log_odds)[0])
    assert judging.potable(values) is not expected
    explained = judging.explain(values)
    assert explained.potable is not expected
    assert explained.probability == pytest.approx(float(judging.decision.probability(log_odds)[0]))


def test_an_explanation_names_what_drove_the_verdict(classifier: Classifier) -> None:
    """And the norms that the sample is outside of."""
    explained = judge(classifier).explain(BAD)
    assert explained.potable is False
    assert explained.probability > 0.5
    assert explained.contributions[0].name == "ph"
    assert np.isfinite([part.log_odds for part in explained.contributions]).all()
    assert {e.norm.name for e in explained.exceedances} == {"NCh 409/1.Of2005", "EPA SMCL"}
