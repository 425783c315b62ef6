"""What rules over time cost and buy, checked against what can be worked out by hand."""

import numpy as np
import pytest

from training import sequential

RNG = np.random.default_rng(0)
LABELS = (np.arange(6000) % 2).astype(np.int8)
LOG_ODDS = RNG.normal(np.where(LABELS == 1, 0.7, -0.7), 1.2)


def test_a_single_reading_is_found_as_often_as_its_rates_say() -> None:
    """Geometric waiting times: one in a hundred good readings, 1 / detection among the bad ones."""
    found = sequential.performance(sequential.single, LABELS, LOG_ODDS, 100, seed=1)
    good, bad = LOG_ODDS[LABELS == 0], LOG_ODDS[LABELS == 1]
    assert np.mean(good >= found.limit) == pytest.approx(0.01, rel=0.15)
    assert found.mean_delay == pytest.approx(1 / np.mean(bad >= found.limit), rel=0.1)


def test_one_of_one_is_a_single_reading() -> None:
    """The window rule in its smallest form."""
    alone = sequential.performance(sequential.single, LABELS, LOG_ODDS, 200, seed=1)
    window = sequential.performance(sequential.window(1, 1), LABELS, LOG_ODDS, 200, seed=1)
    assert window == alone


def test_k_of_n_counts_readings_over_the_cut() -> None:
    """Its statistic is the k-th largest of the last n."""
    path = np.array([[3.0, 1.0, 2.0, 0.0, 5.0]])
    assert sequential.window(2, 3)(path).tolist() == [[-np.inf, 1.0, 2.0, 1.0, 2.0]]


def test_the_cumulative_sum_never_falls_below_zero() -> None:
    """S = max(0, S + ratio)."""
    assert sequential.cusum(np.array([[-1.0, 2.0, -0.5, -3.0, 1.0]])).tolist() == [[0.0, 2.0, 1.5, 0.0, 1.0]]


def test_the_cumulative_sum_keeps_its_budget_on_other_readings() -> None:
    """Another seed than the one that set h: mean time to a first false alarm within sampling error."""
    found = sequential.performance(sequential.cusum, LABELS, LOG_ODDS, 500, seed=1)
    other = np.random.default_rng(99).choice(LOG_ODDS[LABELS == 0], (400, 5000))
    before = (np.maximum.accumulate(sequential.cusum(other), axis=1) < found.limit).sum(axis=1)
    assert before.mean() == pytest.approx(500, rel=0.15)


def test_it_is_faster_than_a_single_reading_and_dearer_budgets_are_slower() -> None:
    """Why the rule is there, and what a stricter budget costs."""
    evidence = sequential.evidence(LABELS, LOG_ODDS, seed=1)
    single = sequential.performance(sequential.single, LABELS, LOG_ODDS, 1000, seed=1)
    assert evidence.mean_readings_between_false == 1000
    assert evidence.mean_delay < single.mean_delay / 2
    delays = [budget.mean_delay for budget in evidence.alternatives]
    assert delays == sorted(delays)
