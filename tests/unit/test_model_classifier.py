"""What a sample scores: the margin and the trees together, alone or in any company, with masks or with XGBoost."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import xgboost

from model import bundle, campaigns
from model.__main__ import CHAMPION
from model.bundle import Bundle, BundleError, Golden
from model.classifier import CHUNK, FEW, Classifier
from model.margin import Margin
from model.matrix import Matrix
from model.sample import NAMES
from model.verdict import Vector
from training import data

SAMPLES = campaigns.draw(campaigns.read(), 2 * CHUNK + 30, np.random.default_rng(3)).samples


def by_xgboost(folder: Path, rows: Matrix) -> Vector:
    """Return the log-odds as XGBoost has them: `Booster.predict` on top of the margin, then Platt's correction."""
    known = bundle.read(folder)
    booster = xgboost.Booster()
    booster.load_model(bytearray(known.trees))
    start = None if known.metadata.margin is None else Margin(known.metadata.margin).log_odds(rows)
    table = xgboost.DMatrix(rows, feature_names=list(NAMES), base_margin=start)
    correction = known.metadata.calibration
    return np.asarray(correction.slope * booster.predict(table, output_margin=True) + correction.intercept)


def test_the_whole_data_set_scores_as_with_xgboost_and_gets_the_same_verdicts(real_data: Path) -> None:
    """All 3,276 rows, at the bundle's prior and where bad water is rare."""
    rows = data.read(real_data).samples
    classifier = Classifier.load(CHAMPION)
    expected = by_xgboost(CHAMPION, rows)
    scored = classifier.log_odds(rows)
    np.testing.assert_allclose(scored, expected, rtol=0, atol=1e-6)
    alone = np.concatenate([classifier.scores([row]).log_odds for row in map(tuple, rows.tolist())])
    np.testing.assert_allclose(alone, expected, rtol=0, atol=1e-6)
    for prior in (None, 0.5, 0.05, 0.001):
        decision = classifier.decision(prior)
        np.testing.assert_array_equal(decision.not_potable(scored), decision.not_potable(expected))
        np.testing.assert_array_equal(decision.not_potable(alone), decision.not_potable(expected))


@pytest.mark.parametrize("n", [0, 1, FEW, FEW + 1, CHUNK, CHUNK + 1, 2 * CHUNK + FEW])
def test_a_sample_scores_the_same_in_any_company(n: int) -> None:
    """Whatever waits with it, on both sides of every change of method."""
    classifier = Classifier.load(CHAMPION)
    expected = by_xgboost(CHAMPION, SAMPLES)[:n]
    np.testing.assert_allclose(classifier.log_odds(SAMPLES[:n]), expected, rtol=0, atol=1e-6)
    # As sensors have them: numbers of double the precision, and None for a gap.
    doubles = SAMPLES[:n].astype(np.float64) * (1 + 1e-9)
    log_odds, unlike = classifier.scores([tuple(None if np.isnan(v) else v for v in row) for row in doubles.tolist()])
    np.testing.assert_allclose(log_odds, expected, rtol=0, atol=1e-6)
    assert unlike == classifier.unlike_training(SAMPLES[:n]).tolist()


def test_a_bundle_without_a_margin_starts_from_its_base_score(small_bundle: Path) -> None:
    """Plain XGBoost takes the same path."""
    rows = np.random.default_rng(0).uniform(0, 14, (100, len(NAMES))).astype(np.float32)
    classifier = Classifier.load(small_bundle)
    np.testing.assert_allclose(classifier.log_odds(rows), by_xgboost(small_bundle, rows), rtol=0, atol=1e-6)
    alone = classifier.scores([tuple(rows[0].tolist())]).log_odds
    np.testing.assert_allclose(alone, by_xgboost(small_bundle, rows[:1]), rtol=0, atol=1e-6)


def deep(rows: Matrix) -> tuple[xgboost.Booster, Golden]:
    """Return trees of more leaves than the masks hold, and what they say of three samples."""
    table = xgboost.DMatrix(rows, label=np.arange(len(rows)) % 2, feature_names=list(NAMES))
    trees = xgboost.train({"objective": "binary:logistic", "max_depth": 12, "min_child_weight": 0}, table, 2)
    golden = rows[~np.isnan(rows).any(axis=1)][:3]
    told = trees.inplace_predict(golden, predict_type="margin")
    return trees, Golden(rows=tuple(map(tuple, golden.tolist())), log_odds=tuple(told.tolist()))


def test_trees_that_the_masks_do_not_hold_are_left_to_xgboost_and_the_log_says_so(
    small_bundle: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Training may make any trees; the price of large ones is time."""
    trees, golden = deep(SAMPLES)
    raw = bytes(trees.save_raw("ubj"))
    known = bundle.read(small_bundle).metadata
    changed = known.model_copy(update={"golden": golden, "sha256": hashlib.sha256(raw).hexdigest()})
    classifier = Classifier(Bundle(changed, raw))
    assert "XGBoost itself scores" in caplog.text
    expected = trees.inplace_predict(SAMPLES, predict_type="margin")
    np.testing.assert_allclose(classifier.log_odds(SAMPLES), expected, rtol=0, atol=1e-6)
    assert classifier.log_odds(SAMPLES[:0]).shape == (0,)


def test_trees_that_do_not_answer_as_recorded_are_refused(small_bundle: Path) -> None:
    """The golden set is scored before anything else is."""
    known = bundle.read(small_bundle)
    golden = known.metadata.golden.model_copy(
        update={"log_odds": tuple(x + 0.1 for x in known.metadata.golden.log_odds)}
    )
    with pytest.raises(BundleError) as refused:
        Classifier(Bundle(known.metadata.model_copy(update={"golden": golden}), known.trees))
    assert refused.value.reason == "golden"
