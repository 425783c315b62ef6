"""The sequential statistic: what it adds up, and that it is not fooled by readings that follow each other."""

import numpy as np
import pytest

from alerts.evidence import CAP, Evidence, autocorrelation, updated, weight

H = 5.0


def fold(ratios: "np.typing.NDArray[np.float64]") -> Evidence:
    """Return the evidence after all ratios."""
    state = Evidence()
    for ratio in ratios.tolist():
        state = updated(state, ratio, H, not_potable=ratio > 0)
    return state


def test_it_adds_up_from_zero_and_never_falls_below() -> None:
    """Page's recursion, while the weight is still one."""
    state = updated(Evidence(), -3.0, H, not_potable=False)
    assert state.s == 0.0
    assert updated(state, 2.0, H, not_potable=True).s == 2.0


def test_it_stops_at_the_cap() -> None:
    """An alarm must be able to clear."""
    assert updated(Evidence(s=CAP * H), 4.0, H, not_potable=True).s == CAP * H


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_autocorrelation_is_found_while_readings_come(rho: float) -> None:
    """From an AR(1) of known coefficient, seeded."""
    noise = np.random.default_rng(7).normal(size=4_000)
    ratios = np.empty_like(noise)
    ratios[0] = noise[0]
    for i in range(1, len(noise)):
        ratios[i] = rho * ratios[i - 1] + np.sqrt(1 - rho**2) * noise[i]
    state = fold(ratios - 0.5)
    assert autocorrelation(state.variance, state.covariance, state.readings) == pytest.approx(rho, abs=0.12)
    assert weight(state.variance, state.covariance, state.readings) == pytest.approx((1 - rho) / (1 + rho), abs=0.2)


def test_a_sensor_that_alternates_counts_as_independent() -> None:
    """A negative correlation would make the steps larger, which is the careless side."""
    state = fold(np.tile([1.0, -1.0], 200))
    assert autocorrelation(state.variance, state.covariance, state.readings) == 0.0


def test_a_constant_sensor_has_no_correlation_to_speak_of() -> None:
    """Zero variance is no division by zero."""
    state = fold(np.full(50, 0.3))
    assert weight(state.variance, state.covariance, state.readings) == 1.0


def test_what_may_be_chance_does_not_temper() -> None:
    """Independent readings keep nearly their full weight; the estimate of their correlation is never quite zero."""
    noise = np.random.default_rng(7).normal(size=(50, 2_000))
    weights = [weight(state.variance, state.covariance, state.readings) for state in map(fold, noise)]
    assert np.mean(weights) > 0.98
