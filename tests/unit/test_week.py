"""The week's promises on a day of a few sensors, and the parts that measure them."""

from pathlib import Path

import numpy as np
import pytest

from alerts.transition import Severity
from benchmarks import week, week_life, week_plot, week_telling, week_water
from benchmarks.week_life import Alarm
from benchmarks.week_telling import People
from benchmarks.week_water import DAY, Week
from model import campaigns
from model.classifier import Classifier
from settings.schema import CHAMPION

PRESUNTA, CONFIRMADA = Severity.PRESUNTA, Severity.CONFIRMADA


@pytest.fixture(scope="module")
def bench() -> week.Bench:
    """Return the champion, and the settings as shipped."""
    return week.Bench(Classifier.load(CHAMPION))


@pytest.fixture(scope="module")
def good(bench: week.Bench) -> Week:
    """Return a day of potable water at 40 sensors: some 58,000 readings."""
    rng = np.random.default_rng(7)
    return week_water.scored(bench.classifier, campaigns.read(), week_water.potable(40, 1), rng)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_good_water_is_confirmed_as_bad_no_more_often_than_promised(bench: week.Bench, good: Week, rho: float) -> None:
    """Within half of the budget more, however much readings resemble each other; some thirty are expected."""
    judged = week_water.following(good, rho, np.random.default_rng(1)) if rho else good
    figures = week.false_alarms(bench, bench.alarms(judged, 0.05), judged)
    assert figures["false confirmations"] > 0
    assert figures["of the budget"] < 1.5


def test_bad_water_is_confirmed_as_soon_as_the_card_says(bench: week.Bench) -> None:
    """Within a quarter more, at a low prior too."""
    rng = np.random.default_rng(7)
    mixed = week_water.scored(bench.classifier, campaigns.read(), week_water.episodes(40, 1, rng), rng)
    figures = week.delays(bench, bench.alarms(mixed, 0.05), mixed)
    assert figures["episodes"] == 40
    assert figures["missed"] == 0
    assert 0.7 < figures["of the card's"] < 1.4  # 1.16 over a week; forty episodes leave a tenth to chance


def test_scores_that_follow_each_other_are_the_same_scores(good: Week) -> None:
    """Only their order differs, and it has the autocorrelation that was asked for."""
    ordered = week_water.following(good, 0.9, np.random.default_rng(1))
    assert (np.sort(ordered.log_odds, axis=None) == np.sort(good.log_odds, axis=None)).all()
    pairs = np.corrcoef(ordered.log_odds[:, :-1].ravel(), ordered.log_odds[:, 1:].ravel())
    assert pairs[0, 1] == pytest.approx(0.9, abs=0.05)


def test_a_confirmed_alarm_leaves_nothing_to_confirm() -> None:
    """The readings that it lasts are not at risk of being the next false confirmation."""
    alarms = [[Alarm(10, confirmed=[20], cleared=[120])], [Alarm(5)]]
    assert week_life.false_confirmations(alarms, np.zeros((2, 200), dtype=np.bool_)) == (1, 300)


def test_delay_counts_the_readings_of_an_episode() -> None:
    """The first bad reading is the first; episodes without a confirmation, or with an earlier one, are told apart."""
    bad = np.zeros((3, 300), dtype=np.bool_)
    bad[:, 100:160] = True
    found = week_life.detection(
        [[Alarm(100, confirmed=[106])], [Alarm(101)], [Alarm(50, confirmed=[60], cleared=[200])]], bad
    )
    assert (found.delays, found.missed, found.already) == ([7], 1, 1)


@pytest.mark.parametrize(
    ("people", "heard"),
    [
        # Told at 10, repeated at 25, 55 and 115; the second list's turn is at 40, once.
        (People(acknowledge=None, repeat=(15, 30, 60)), [10, 25, 40, 55, 115, 130, 145, 175, 200]),
        (People(acknowledge=5), [10, 130, 200]),
        (People(acknowledge=5, least=CONFIRMADA), [130, 200]),
        (People(acknowledge=20), [10, 25, 130, 145, 200]),
    ],
    ids=["never acknowledged", "at once", "confirmed only", "late"],
)
def test_people_hear_of_an_alarm_by_the_rules(people: People, heard: list[int]) -> None:
    """Raised at 10, confirmed at 130, over at 200."""
    alarm = Alarm(10, told=[(10, PRESUNTA), (130, CONFIRMADA), (200, CONFIRMADA)], confirmed=[130], cleared=[200])
    assert sorted(set(week_telling.heard(alarm, people, 1000))) == heard


def test_ten_minutes_are_counted_over_all_sensors() -> None:
    """Two presuntas in the first ten minutes, one in the last."""
    found = [[Alarm(minute, told=[(minute, PRESUNTA)], cleared=[minute + 1])] for minute in (1, 9, DAY - 1)]
    counted = week_telling.per_ten_minutes(found, People(acknowledge=5), DAY)
    assert (len(counted), counted[0], counted[-1], counted.sum()) == (DAY // 10, 2, 1, 3)


def test_the_picture_shows_every_week(bench: week.Bench, tmp_path: Path) -> None:
    """As an SVG that is the same for the same figures."""
    results, courses = week.trials(bench, sensors=2, days=1, seed=1)
    week_plot.draw(courses, tmp_path / "a.svg")
    week_plot.draw(courses, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert "potable, rho 0.9" in results
