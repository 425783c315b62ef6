"""The scenarios: what a seed repeats, what a fault changes, and that the truth stays true."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from model import campaigns
from model.sample import BY_NAME, NAMES, impossible
from simulator import scenarios, station
from simulator.scenarios import Window
from simulator.station import Noise, Reading, Readings, Spoil, Station

SUMMARY = campaigns.read()
STATION = Station("norte", "tuberia-01", period_s=0.5, phase_s=0.1)
SEEDS = st.integers(0, 2**31)


def told(readings: Readings, seconds: float) -> list[Reading]:
    """Return the readings that are due within so many seconds."""
    return list(itertools.takewhile(lambda reading: reading.due_s < seconds, readings))


def steady(values: float = 7.0) -> Readings:
    """Yield a reading every half second whose nine values count up, so that each is recognised."""
    for number, due_s in enumerate(STATION.due(), start=1):
        yield Reading(STATION, number, due_s, tuple(values + number / 1000 for _ in NAMES), potable=True)


@given(SEEDS)
def test_a_seed_repeats_everything(seed: int) -> None:
    """Who speaks, when, what and with which truth."""

    def run() -> list[Reading]:
        fleet = station.fleet(12, 24.0, np.random.default_rng(seed))
        return told(scenarios.cast(fleet, SUMMARY, seed, Noise(0.02, 0.9)), 5.0)

    assert run() == run()


@given(SEEDS)
def test_another_seed_is_another_run(seed: int) -> None:
    """Nothing is left of the values of the first."""
    first, second = (
        {r.values for r in told(scenarios.play("clean", STATION, SUMMARY, np.random.default_rng([s, 0])), 10.0)}
        for s in (seed, seed + 1)
    )
    assert not first & second


@given(SEEDS, st.integers(1, 40), st.floats(0.5, 200.0))
def test_a_fleet_speaks_in_the_order_of_time(seed: int, n: int, rate: float) -> None:
    """Due times never go back, each sensor counts from 1 without a gap but for its silence, and the rate is kept."""
    fleet = station.fleet(n, rate, np.random.default_rng(seed))
    assert np.isclose(sum(1 / s.period_s for s in fleet), rate)
    readings = list(itertools.islice(scenarios.cast(fleet, SUMMARY, seed), 200))
    assert [r.due_s for r in readings] == sorted(r.due_s for r in readings)
    for one in fleet:
        numbers = [r.number for r in readings if r.station == one]
        assert numbers == sorted(set(numbers))


def test_every_scenario_is_played_by_twelve_sensors_and_most_water_is_clean() -> None:
    """The demo shows all of them."""
    roles = [scenarios.role_of(i) for i in range(12)]
    assert set(roles) == {"clean", "contamination", "drift", "stuck", "silence", "garbage"}
    assert roles.count("clean") == 6


@given(SEEDS)
def test_contamination_starts_and_ends_with_its_episode(seed: int) -> None:
    """The truth is not potable inside the window, and in it alone."""
    window = Window(4.0, 6.0, 20.0)
    episodes = scenarios.contamination(window, SUMMARY, np.random.default_rng(seed))
    for episode in itertools.islice(episodes, 7):
        assert SUMMARY.mixture.components[episode.campaign or 0].potable == episode.potable
        assert (window.into(episode.begin_s) is None) == episode.potable


def test_a_contaminated_sensor_turns_not_potable_soon() -> None:
    """Within nine seconds of the start, and is potable before."""
    for seed in range(20):
        readings = told(scenarios.play("contamination", STATION, SUMMARY, np.random.default_rng(seed)), 60.0)
        turned = next(r.due_s for r in readings if not r.potable)
        assert 2.0 <= turned <= 8.5
        assert all(r.potable for r in readings if r.due_s < turned)


@given(SEEDS)
def test_clean_water_is_always_potable_and_possible(seed: int) -> None:
    """Over many sources, and no instrument could have failed to report it."""
    readings = list(itertools.islice(scenarios.play("clean", STATION, SUMMARY, np.random.default_rng(seed)), 300))
    assert all(r.potable and r.spoil is None for r in readings)
    assert all(impossible(r.values) is None for r in readings)


@given(st.floats(0.0, 1.0), st.floats(0.0, 0.99), SEEDS)
def test_noise_leaves_values_possible_and_gaps_where_they_are(level: float, rho: float, seed: int) -> None:
    """An instrument errs; it does not report what it cannot, nor what it did not measure."""
    exact, noisy = (
        list(itertools.islice(scenarios.play("clean", STATION, SUMMARY, np.random.default_rng(seed), noise), 50))
        for noise in (station.EXACT, Noise(level, rho))
    )
    for before, after in zip(exact, noisy, strict=True):
        assert impossible(after.values) is None
        assert [v is None for v in before.values] == [v is None for v in after.values]


def test_noise_follows_itself_as_told() -> None:
    """The lag-1 autocorrelation and the spread of an instrument's error are those asked for."""
    errors = np.array(list(itertools.islice(station.ar1(Noise(0.05, 0.8), np.random.default_rng(3)), 20_000)))
    assert np.allclose(errors.std(axis=0), 0.05, rtol=0.1)
    for column in errors.T:
        assert abs(np.corrcoef(column[1:], column[:-1])[0, 1] - 0.8) < 0.03


def test_a_stuck_sensor_repeats_itself_and_recovers() -> None:
    """All nine values stand still inside the window; numbers and truth go on."""
    before = told(steady(), 14.0)
    after = told(scenarios.stuck(steady(), Window(2.0, 3.0, 10.0)), 14.0)
    frozen = [new.values for new in after if 2.0 <= new.due_s % 10.0 < 5.0]
    assert len(frozen) == 10
    assert len(set(frozen)) == 2  # the window comes twice
    assert [r.number for r in after] == [r.number for r in before]
    assert all(new == old for old, new in zip(before, after, strict=True) if not 2.0 <= old.due_s % 10.0 < 5.0)


def test_a_silent_sensor_says_nothing_and_keeps_counting() -> None:
    """The gap shows in its numbers."""
    readings = told(scenarios.silence(steady(), Window(2.0, 3.0, 10.0)), 8.0)
    assert not [r for r in readings if 2.0 <= r.due_s < 5.0]
    assert [r.number for r in readings] == [1, 2, 3, 4, *range(11, 17)]


def test_drift_moves_one_measurement_up_to_its_limit() -> None:
    """The others stay; the water itself has not changed."""
    before = told(steady(), 30.0)
    after = told(scenarios.drift(steady(), "ph", 1.0, Window(5.0, 20.0, 100.0)), 30.0)
    for old, new in zip(before, after, strict=True):
        assert new.values[1:] == old.values[1:]
        assert new.potable
        if 5.0 <= old.due_s < 25.0:
            expected = min((old.values[0] or 0.0) + (old.due_s - 5.0), BY_NAME["ph"].high)
            assert abs((new.values[0] or 0.0) - expected) < 1e-4
        else:
            assert new == old


def test_garbage_comes_in_every_kind_and_in_its_share() -> None:
    """A tenth of the readings is spoiled."""
    readings = told(scenarios.garbage(steady(), 0.1, np.random.default_rng(1)), 1000.0)
    spoiled = [r.spoil for r in readings if r.spoil is not None]
    assert set(spoiled) == set(Spoil)
    assert abs(len(spoiled) / len(readings) - 0.1) < 0.03
