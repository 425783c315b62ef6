"""The tables explain what XGBoost's TreeSHAP explains; what they cannot, they refuse."""

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from model import shapley
from model.sample import NAMES
from model.shapley import Shapley
from model.trees import UncoveredError
from tests.unit.test_model_trees import SHAPES, awkward, booster


def check(of: xgboost.Booster, seed: int) -> None:
    """Compare samples at and beside the thresholds, with gaps, with `pred_contribs`."""
    rows = awkward(of, seed, n=100)
    rows[np.isinf(rows)] = np.nan
    table = xgboost.DMatrix(rows, feature_names=list(NAMES))
    expected = of.predict(table, pred_contribs=True)[:, :-1]
    explained = [Shapley(of).contributions(row) for row in rows]
    # Float32's own rounding: XGBoost adds up in it.
    np.testing.assert_allclose(explained, expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("shape", sorted(SHAPES.keys() - {"best leaf first"}))
def test_it_equals_xgboost_at_every_threshold_and_gap(shape: str) -> None:
    """Also where a path asks twice of one measurement, and where there is nothing to explain."""
    check(booster(**SHAPES[shape]), seed=1)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**31), rounds=st.integers(1, 8), depth=st.integers(1, 6), weight=st.integers(0, 20))
def test_it_equals_xgboost_whatever_training_comes_to(seed: int, rounds: int, depth: int, weight: int) -> None:
    """Any parameters that the search for the best ones may try."""
    booster.cache_clear()
    check(booster(seed, rounds, max_depth=depth, min_child_weight=weight), seed)


def test_tables_that_grow_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, whatever training comes to: XGBoost itself explains then."""
    monkeypatch.setattr(shapley, "LARGEST", 1000)
    with pytest.raises(UncoveredError, match="leaves have up to"):
        Shapley(booster(max_depth=4))


def test_other_kinds_of_trees_are_refused() -> None:
    """They are never explained nearly right."""
    with pytest.raises(UncoveredError, match="dart"):
        Shapley(booster(booster="dart"))


def test_without_trees_nothing_is_added() -> None:
    """All is in the margin then."""
    assert not Shapley(booster(rounds=0)).contributions(np.full(len(NAMES), 7, np.float32)).any()
