"""The margin is the exact log-odds of two classes of Gaussians, and says what each measurement added to it."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from model import campaigns
from model.margin import Margin
from model.matrix import Matrix
from model.mixture import Mixture

MIXTURE = campaigns.read().mixture


def drawn(n: int, seed: int = 0) -> Matrix:
    """Return samples with gaps, of every campaign."""
    return campaigns.draw(campaigns.read(), n, np.random.default_rng(seed)).samples


def by_scipy(row: np.ndarray, mixture: Mixture = MIXTURE) -> float:
    """Return the log-odds of one standardised row, worked out density by density."""
    there = ~np.isnan(row)
    scores = np.array(
        [
            np.log(weight) + multivariate_normal.logpdf(row[there], cov=shape[np.ix_(there, there)])
            for weight, shape in zip(mixture.weights(), mixture.covariances(), strict=True)
        ]
    )
    potable = mixture.potable()
    return float(logsumexp(scores[~potable]) - logsumexp(scores[potable]))


def test_it_equals_the_densities_of_scipy_with_every_pattern_of_gaps() -> None:
    """Missing measurements are marginalised, not filled in."""
    samples = drawn(200)
    samples[:30, :5] = np.where(np.random.default_rng(1).random((30, 5)) < 0.5, np.nan, samples[:30, :5])
    samples = samples[~np.isnan(samples[:, :5]).all(axis=1)]
    expected = [by_scipy(row) for row in MIXTURE.standardised(samples)]
    assert Margin(MIXTURE).log_odds(samples) == pytest.approx(expected, abs=1e-9)


def test_a_sample_without_measurements_gets_the_log_odds_of_the_classes() -> None:
    """Knowing nothing leaves the share of the training data."""
    nothing = np.full((1, 9), np.nan, dtype=np.float32)
    share = MIXTURE.weights()[~MIXTURE.potable()].sum()
    assert Margin(MIXTURE).log_odds(nothing) == pytest.approx(np.log(share / (1 - share)))


def test_contributions_add_up_and_a_missing_measurement_adds_nothing() -> None:
    """Shapley values are efficient; a measurement that was not taken is a dummy player."""
    margin = Margin(MIXTURE)
    nothing = margin.log_odds(np.full((1, 9), np.nan, dtype=np.float32))[0]
    for row in drawn(20, seed=3):
        row[0] = np.nan
        parts = margin.contributions(row[None])
        assert parts.sum() + nothing == pytest.approx(margin.log_odds(row[None])[0], abs=1e-9)
        assert parts[margin.columns.index("ph")] == pytest.approx(0, abs=1e-12)


def test_a_batch_scores_as_its_rows_do_alone() -> None:
    """What a reading scores does not depend on what else waits."""
    margin, samples = Margin(MIXTURE), drawn(50, seed=5)
    alone = [margin.log_odds(row[None])[0] for row in samples]
    assert margin.log_odds(samples) == pytest.approx(alone, abs=1e-9)
    assert [margin.one(row) for row in samples.tolist()] == pytest.approx(alone, abs=1e-9)


def test_a_class_may_have_fewer_campaigns_than_the_other() -> None:
    """Seven of potable water and nine of not potable, with any gaps, as scipy has it."""
    kept = [c for c in MIXTURE.components if not c.potable] + [c for c in MIXTURE.components if c.potable][:-2]
    total = sum(c.weight for c in kept)
    uneven = MIXTURE.model_copy(
        update={"components": tuple(c.model_copy(update={"weight": c.weight / total}) for c in kept)}
    )
    samples = drawn(100, seed=6)
    expected = [by_scipy(row, uneven) for row in uneven.standardised(samples)]
    assert Margin(uneven).log_odds(samples) == pytest.approx(expected, abs=1e-9)
    assert [Margin(uneven).one(row) for row in samples[:5].tolist()] == pytest.approx(expected[:5], abs=1e-9)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"columns": ("ph", "Hardness", "Solids", "Chloramines", "Lead")}, "names of measurements"),
        ({"centre": (0.0,)}, "same length"),
        ({"square_root": ("Turbidity",)}, "square_root"),
        ({"components": MIXTURE.components[:4]}, "add up to 1"),
        ({"scale": (1.0, 1.0, 1.0, 1.0, 0.0)}, "greater than 0"),
    ],
)
def test_a_mixture_that_cannot_be_is_refused(change: dict[str, object], complaint: str) -> None:
    """A bundle's numbers are checked before anything is computed from them."""
    with pytest.raises(ValidationError, match=complaint):
        Mixture.model_validate({**MIXTURE.model_dump(), **change})


def test_a_covariance_that_is_none_is_refused() -> None:
    """A negative variance has no density."""
    first = MIXTURE.components[0].model_dump() | {"covariance": (-1.0, *MIXTURE.components[0].covariance[1:])}
    parts = (first, *[c.model_dump() for c in MIXTURE.components[1:]])
    with pytest.raises(ValidationError, match="positive definite"):
        Mixture.model_validate({**MIXTURE.model_dump(), "components": parts})
