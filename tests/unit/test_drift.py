"""Drift: the training data have none, other water has, and too few readings say nothing."""

import csv
from pathlib import Path

import numpy as np
import pytest

from ingest import drift
from model import bundle, campaigns
from model.bundle import Metadata
from model.matrix import Matrix
from model.sample import NAMES
from settings.schema import CHAMPION


@pytest.fixture(scope="module")
def metadata() -> Metadata:
    """Return that of the shipped bundle."""
    return bundle.read(CHAMPION).metadata


def drawn(n: int, seed: int = 1) -> Matrix:
    """Return samples as the training data could have been."""
    return campaigns.draw(campaigns.read(), n, np.random.default_rng(seed)).samples


def test_the_deciles_of_the_bundle_are_those_of_the_training_data(metadata: Metadata, real_data: Path) -> None:
    """Derived from a mixture and two moments, they cut the real columns into ten shares that are nearly equal."""
    with real_data.open(encoding="utf-8") as file:
        rows = [[float(row[name]) if row[name] else np.nan for name in NAMES] for row in csv.DictReader(file)]
    found = drift.indices(drift.deciles(metadata), np.array(rows, dtype=np.float32))
    assert found.keys() == set(NAMES)
    assert max(found.values()) < 0.02


def test_water_like_that_of_the_training_has_no_drift(metadata: Metadata) -> None:
    """Every measurement stays far below 0.1, although some values are missing."""
    assert max(drift.indices(drift.deciles(metadata), drawn(2_000)).values()) < 0.03


@pytest.mark.parametrize("name", NAMES)
def test_a_measurement_that_has_moved_is_told_apart_from_the_others(metadata: Metadata, name: str) -> None:
    """By one standard deviation, as a badly calibrated instrument would move it."""
    rows = drawn(2_000)
    column = NAMES.index(name)
    rows[:, column] += np.nanstd(rows[:, column])
    found = drift.indices(drift.deciles(metadata), rows)
    assert found.pop(name) > 0.25
    assert max(found.values()) < 0.03


def test_a_value_that_is_frozen_is_the_largest_drift_there_is(metadata: Metadata) -> None:
    """Nine shares are empty, and the index stays a number."""
    found = drift.index(drift.deciles(metadata)["ph"], np.full(2_000, 7.0))
    assert found is not None
    assert 5 < found < 10


def test_too_few_values_have_no_index(metadata: Metadata) -> None:
    """And a gap is no value."""
    values = np.full(drift.LEAST, 7.0)
    inner = drift.deciles(metadata)["ph"]
    assert drift.index(inner, values) is not None
    values[0] = np.nan
    assert drift.index(inner, values) is None


def test_a_bundle_that_tells_nothing_of_its_training_data_has_no_reference(small_bundle: Path) -> None:
    """So nothing is claimed."""
    assert drift.deciles(bundle.read(small_bundle).metadata) == {}
