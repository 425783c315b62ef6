"""The masks score what XGBoost scores, for every tree that training may make; what they cannot, they refuse."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st

from model import trees
from model.matrix import Matrix
from model.sample import NAMES
from model.trees import Trees, UncoveredError

SHAPES: dict[str, dict[str, Any]] = {
    "stumps": {"max_depth": 1},
    "as deep as 16 leaves": {"max_depth": 4},
    "as deep as 32 leaves": {"max_depth": 5},
    "as deep as 64 leaves": {"max_depth": 6, "min_child_weight": 0},
    "best leaf first": {"max_depth": 0, "max_leaves": 64, "grow_policy": "lossguide", "min_child_weight": 0},
    "pruned": {"max_depth": 5, "gamma": 2.0},
    "several trees in a round": {"max_depth": 3, "num_parallel_tree": 3, "subsample": 0.5},
    "few columns, exact thresholds": {"max_depth": 3, "colsample_bytree": 0.2, "tree_method": "exact"},
    "nothing to learn": {"max_depth": 3, "gamma": 1e9},
    "own base score": {"max_depth": 2, "base_score": 0.9},
}


@cache
def booster(seed: int = 0, rounds: int = 12, **params: Any) -> xgboost.Booster:  # noqa: ANN401 - XGBoost's own names
    """Return a booster trained on 400 made-up samples with gaps."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(400, len(NAMES))).astype(np.float32)
    label = rows[:, 0] * rows[:, 1] + rng.normal(size=400) > 0
    rows[rng.random(rows.shape) < 0.2] = np.nan
    table = xgboost.DMatrix(rows, label=label, feature_names=list(NAMES))
    return xgboost.train({"objective": "binary:logistic", "nthread": 1, "seed": seed, **params}, table, rounds)


def awkward(of: xgboost.Booster, seed: int, n: int = 300) -> Matrix:
    """Return samples made of thresholds of the booster, their neighbours in float32, gaps, zeros and extremes."""
    table = of.trees_to_dataframe()
    thresholds = table["Split"].dropna().to_numpy(dtype=np.float32)
    up, down = np.float32(np.inf), np.float32(-np.inf)
    near = [thresholds, np.nextafter(thresholds, up), np.nextafter(thresholds, down)]
    values = np.concatenate([*near, np.array([np.nan, 0.0, -0.0, 3e38, -3e38, up, down], np.float32)])
    rng = np.random.default_rng(seed)
    return np.where(rng.random((n, len(NAMES))) < 0.2, np.float32(np.nan), rng.choice(values, (n, len(NAMES))))


def by_xgboost(of: xgboost.Booster, rows: Matrix, start: np.ndarray | None) -> np.ndarray:
    """Return the margins as `Booster.predict` has them."""
    # A matrix of its own refuses infinity unless it is told that it may be there; in-place prediction takes it.
    return np.asarray(of.inplace_predict(rows, predict_type="margin", base_margin=start))


def check(of: xgboost.Booster, seed: int) -> None:
    """Compare samples alone and in a batch with XGBoost, from a margin and from the trees' own base."""
    masks, rows = Trees(of), awkward(of, seed)
    start = np.random.default_rng(seed).normal(scale=3.0, size=len(rows))
    expected = by_xgboost(of, rows, start)
    np.testing.assert_allclose(masks.many(rows, start), expected, rtol=0, atol=1e-6)
    alone = [masks.one(row, begin) for row, begin in zip(rows.tolist(), start.tolist(), strict=True)]
    np.testing.assert_array_equal(np.array(alone, np.float32), masks.many(rows, start))
    base = np.full(len(rows), masks.base)
    np.testing.assert_allclose(masks.many(rows, base), by_xgboost(of, rows, None), rtol=0, atol=1e-6)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_equals_xgboost_at_every_threshold_and_gap(shape: str) -> None:
    """Ties in float32, what lies just beside them, both zeros, and infinity."""
    check(booster(**SHAPES[shape]), seed=1)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 2**31),
    rounds=st.integers(1, 8),
    depth=st.integers(1, 6),
    weight=st.integers(0, 20),
    share=st.floats(0.3, 1),
)
def test_it_equals_xgboost_whatever_training_comes_to(
    seed: int, rounds: int, depth: int, weight: int, share: float
) -> None:
    """Any parameters that the search for the best ones may try."""
    booster.cache_clear()
    check(booster(seed, rounds, max_depth=depth, min_child_weight=weight, subsample=share), seed)


def test_it_equals_a_matrix_of_xgboosts_own() -> None:
    """`Booster.predict` and in-place prediction are the same function here."""
    of = booster(max_depth=4)
    rows = awkward(of, seed=2)
    rows[np.isinf(rows)] = np.nan
    table = xgboost.DMatrix(rows, feature_names=list(NAMES))
    expected = of.predict(table, output_margin=True)
    np.testing.assert_allclose(Trees(of).many(rows, np.full(len(rows), Trees(of).base)), expected, rtol=0, atol=1e-6)


def test_no_trees_leave_what_they_would_have_started_from() -> None:
    """All is in the margin then."""
    masks = Trees(booster(rounds=0))
    rows = np.full((3, len(NAMES)), 7, np.float32)
    assert masks.many(rows, np.array([0.5, -2.0, 0.0])).tolist() == [0.5, -2.0, 0.0]
    assert masks.one(rows[0].tolist(), -2.0) == -2.0


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"max_depth": 9, "min_child_weight": 0}, "leaves"),
        ({"booster": "gblinear"}, "gblinear"),
        ({"booster": "dart"}, "dart"),
        ({"objective": "reg:squarederror"}, "objective"),
        ({"objective": "multi:softprob", "num_class": 2}, "objective"),
    ],
)
def test_what_it_does_not_cover_is_refused(params: dict[str, Any], reason: str) -> None:
    """Such a booster is XGBoost's own affair, and never scored nearly right."""
    with pytest.raises(UncoveredError, match=reason):
        Trees(booster(**params))


def test_splits_by_category_are_refused() -> None:
    """A category has no place among thresholds."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 5, (400, len(NAMES))).astype(np.float32)
    table = xgboost.DMatrix(
        rows, label=rows[:, 0] % 2, feature_names=list(NAMES), feature_types=["c"] * 9, enable_categorical=True
    )
    of = xgboost.train({"objective": "binary:logistic", "max_cat_to_onehot": 1}, table, 2)
    with pytest.raises(UncoveredError, match="category"):
        Trees(of)


def test_too_many_masks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, whatever training comes to."""
    monkeypatch.setattr(trees, "LARGEST", 1000)
    with pytest.raises(UncoveredError, match="12 trees have"):
        Trees(booster(max_depth=4))
