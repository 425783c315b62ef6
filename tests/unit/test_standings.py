"""Whose row is written when, and up to where all rows know of all readings."""

import pytest

from alerts.journal import Known
from alerts.rule import Rule
from alerts.sensor import SensorState
from ingest.standings import AT_LEAST, BEHIND, MOST_A_SECOND, ROUND_S, SPACED, Standings


def fleet_of(count: int) -> Standings:
    """Return the standings of so many sensors."""
    standings = Standings()
    known = {f"maipu/s{number}": Known(number, SensorState()) for number in range(1, count + 1)}
    standings.learn(known, lambda _: Rule(h=5.0, off_delay_us=60, presunta_interval_us=60))
    return standings


def test_what_is_no_news_is_not_written_again() -> None:
    """Neither for an empty store, nor for one in which nothing has come."""
    for newest in (0, 7):
        standings = Standings()
        reached = []
        for _ in range(5):
            due = standings.due(100, newest)
            reached.append(due.frontier)
            standings.wrote(due)
        assert reached == [None, newest, None, None, None]


def test_states_take_turns_and_a_round_moves_the_frontier() -> None:
    """What was the newest reading when a round began is the frontier when it has ended."""
    standings = fleet_of(5)
    standings.keep({name: SensorState() for name in standings.fleet}, written=["maipu/s2"])
    rounds = []
    for newest in range(10, 17):
        due = standings.due(2, newest)
        standings.wrote(due)
        rounds.append(([row for row, _ in standings.rows(due.places)], due.frontier))
    assert rounds[:4] == [([1, 3], None), ([4, 5], None), ([], None), ([], 12)]
    assert not any(rows for rows, _ in rounds[4:])


@pytest.mark.parametrize(("sensors", "spaced"), [(10, SPACED), (1_000, SPACED), (30_000, AT_LEAST)])
def test_in_a_flood_each_reading_pays_for_its_part_of_a_state(sensors: int, spaced: int) -> None:
    """However many come at once."""
    standings = fleet_of(sensors)
    standings.share(0, 100.0)
    first = standings.share(7, 100.0)
    shares = [standings.share(7, 100.0) for _ in range(1_600)]
    assert first + sum(shares) == pytest.approx(7 * 1_600 / spaced, abs=min(1_000, sensors / ROUND_S) + 5)
    assert sensors * spaced <= max(BEHIND, sensors * AT_LEAST)


@pytest.mark.parametrize(("sensors", "each_s"), [(10, 2), (1_000, 200), (30_000, MOST_A_SECOND)])
def test_in_a_trickle_all_states_are_written_within_seconds(sensors: int, each_s: int) -> None:
    """Or as many as cost the line little."""
    standings = fleet_of(sensors)
    standings.share(1, 100.0)
    written = sum(standings.share(1, 100.0 + tenth / 10) for tenth in range(1, 201))
    assert written == pytest.approx(20 * each_s, rel=0.1, abs=5)
