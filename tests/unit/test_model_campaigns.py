"""The shipped summary, and what is drawn from it."""

import json

import numpy as np
import pytest

from model import campaigns
from model.sample import MEASUREMENTS, NAMES

SUMMARY = campaigns.read()


def test_the_summary_is_a_few_hundred_numbers_and_no_row() -> None:
    """It may be committed because nobody can read a sample of the data in it."""

    def numbers(part: object) -> int:
        if isinstance(part, dict | list):
            return sum(numbers(inner) for inner in (part.values() if isinstance(part, dict) else part))
        return isinstance(part, float)

    assert 250 < numbers(json.loads(campaigns.SHIPPED.read_text())) < 320
    assert len(SUMMARY.mixture.components) == 16


def test_a_seed_repeats_the_draw() -> None:
    """The simulator promises the same day for the same seed."""
    first, second = (campaigns.draw(SUMMARY, 100, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first.samples, second.samples)
    np.testing.assert_array_equal(first.potable, second.potable)


def test_samples_are_float32_with_gaps_at_the_rates_of_the_data() -> None:
    """A draw looks like the input of the classifier."""
    drawn = campaigns.draw(SUMMARY, 20_000, np.random.default_rng(0))
    assert drawn.samples.dtype == np.float32
    assert drawn.samples.shape == (20_000, 9)
    gaps = dict(zip(NAMES, np.isnan(drawn.samples).mean(axis=0), strict=True))
    assert gaps["ph"] == pytest.approx(0.15, abs=0.01)
    assert gaps["Sulfate"] == pytest.approx(0.238, abs=0.01)
    assert gaps["Hardness"] == 0
    assert not np.isnan(campaigns.draw(SUMMARY, 99, np.random.default_rng(0), gaps=False).samples).any()


def test_values_stay_within_what_an_instrument_reports() -> None:
    """No negative concentration and no pH of 15, however long the tail."""
    samples = campaigns.draw(SUMMARY, 50_000, np.random.default_rng(0)).samples
    assert np.all(np.nanmin(samples, axis=0) >= [m.low for m in MEASUREMENTS])
    assert np.all(np.nanmax(samples, axis=0) <= [m.high for m in MEASUREMENTS])


@pytest.mark.parametrize("potable", [True, False])
def test_one_class_can_be_asked_for(potable: bool) -> None:  # noqa: FBT001
    """Clean water, or an episode of bad water."""
    drawn = campaigns.draw(SUMMARY, 500, np.random.default_rng(0), potable=potable)
    assert set(drawn.potable.tolist()) == {potable}
    assert set(SUMMARY.mixture.potable()[drawn.campaign].tolist()) == {potable}
    assert len(set(drawn.campaign.tolist())) == 8


def test_one_campaign_can_be_kept_for_an_episode() -> None:
    """A source water does not change its character from reading to reading."""
    drawn = campaigns.draw(SUMMARY, 500, np.random.default_rng(0), campaign=3)
    assert set(drawn.campaign.tolist()) == {3}
    with pytest.raises(ValueError, match="campaign 3 is potable"):
        campaigns.draw(SUMMARY, 1, np.random.default_rng(0), campaign=3, potable=False)
