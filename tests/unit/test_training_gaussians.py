"""Gaussians are found in rows with gaps, alone and in mixtures."""

import numpy as np
import pytest

from training.gaussians import covariance, mixture

SHAPE = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, -0.3], [0.0, -0.3, 0.5]])


def rows(n: int, shape: np.ndarray = SHAPE, seed: int = 0) -> np.ndarray:
    """Return zero-mean Gaussian rows."""
    return np.random.default_rng(seed).multivariate_normal(np.zeros(len(shape)), shape, n)


def test_without_gaps_it_is_the_mean_of_the_outer_products() -> None:
    """Up to the ridge."""
    complete = rows(2000)
    assert covariance(complete) == pytest.approx(complete.T @ complete / 2000, abs=1e-3)


def test_gaps_at_random_do_not_bend_it() -> None:
    """Filling gaps with means would shrink variances and correlations; marginalising does not."""
    holed = rows(20_000)
    holed[np.random.default_rng(1).random(holed.shape) < 0.3] = np.nan
    assert covariance(holed[~np.isnan(holed).all(axis=1)]) == pytest.approx(SHAPE, abs=0.03)


def test_a_handful_of_rows_still_gives_a_positive_definite_answer() -> None:
    """A campaign of two rows must not stop a training."""
    assert np.linalg.eigvalsh(covariance(rows(2))).min() > 0


def test_two_clouds_about_one_centre_are_told_apart() -> None:
    """No mean differs; only the shapes do."""
    along, across = np.diag([4.0, 0.1]), np.diag([0.1, 4.0])
    both = np.concatenate([rows(500, along), rows(500, across, seed=1)])
    fit = mixture(both, 2, restarts=8, rng=np.random.default_rng(0))
    found = sorted(fit.shapes.tolist(), key=lambda shape: float(shape[0][0]))
    assert np.array(found) == pytest.approx(np.array([across, along]), abs=0.5)
    assert fit.weights.sum() == pytest.approx(1)


def test_the_same_seed_finds_the_same_mixture() -> None:
    """Training is repeatable."""
    fits = [mixture(rows(300), 3, restarts=4, rng=np.random.default_rng(5)) for _ in range(2)]
    np.testing.assert_array_equal(fits[0].shapes, fits[1].shapes)
