"""Readings unlike the training data are flagged, at every pattern of gaps."""

import numpy as np

from model import campaigns
from model.matrix import matrix
from training.covering import domain

DRAWN = campaigns.draw(campaigns.read(), 4000, np.random.default_rng(0)).samples
DOMAIN = domain(DRAWN, seed=7)


def test_hardly_any_training_row_is_flagged() -> None:
    """A flag that is always up says nothing."""
    assert 0.002 < DOMAIN.outside(DRAWN).mean() < 0.03


def test_real_tap_water_is_flagged() -> None:
    """900 mg/L of dissolved solids is fine water and nothing this data set knows of."""
    tap = (7.5, 200.0, 900.0, 7.0, 330.0, 430.0, 14.0, 66.0, 4.0)
    usual = (7.5, 200.0, 22000.0, 7.0, 330.0, 430.0, 14.0, 66.0, 4.0)
    assert DOMAIN.outside(matrix([tap, usual])).tolist() == [True, False]


def test_many_unusual_values_together_are_flagged_though_each_is_in_range() -> None:
    """Far from the middle in every direction at once."""
    corner = np.add(DOMAIN.centre, 2.8 * np.array(DOMAIN.scale)).astype(np.float32)
    inside = np.clip(corner, DOMAIN.low, DOMAIN.high).astype(np.float32)
    assert DOMAIN.outside(inside[None]).tolist() == [True]


def test_gaps_do_not_count() -> None:
    """A sample without any measurement is not unlike anything."""
    assert DOMAIN.outside(np.full((1, 9), np.nan, dtype=np.float32)).tolist() == [False]
    assert not DOMAIN.one([np.nan] * 9)


def test_each_sample_is_judged_as_the_definition_says() -> None:
    """Ranges one by one, and the distance from the middle over what is there."""
    rows = DRAWN.copy()
    rows[np.random.default_rng(2).random(rows.shape) < 0.3] = np.nan
    rows[::7] *= np.float32(1.4)

    def outside(row: np.ndarray) -> bool:
        there = ~np.isnan(row)
        low, high, centre, scale = (
            np.array(part)[there] for part in (DOMAIN.low, DOMAIN.high, DOMAIN.centre, DOMAIN.scale)
        )
        far = (np.inf, *DOMAIN.far)[there.sum()]
        distance = (((row[there] - centre) / scale) ** 2).sum()
        return bool(((row[there] < low) | (row[there] > high)).any() or distance > far)

    flagged = DOMAIN.outside(rows)
    assert flagged.tolist() == [outside(row) for row in rows.astype(np.float64)]
    assert flagged.tolist() == [DOMAIN.one(row) for row in rows.tolist()]
    assert 0.05 < flagged.mean() < 0.5
