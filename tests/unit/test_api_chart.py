"""Charts: what was measured becomes paths, and what was not measured is not drawn."""

from datetime import UTC, datetime

import numpy as np

from api import period
from api.chart import HEIGHT, WIDTH, Point, Rule, chart
from api.tile import HEIGHT as TILE
from api.tile import POINTS, heights, line
from model.verdict import Decision

HALF = Decision(training_share=0.5, prior=0.5, threshold=0.5)
STRICT = Decision(training_share=0.6, prior=0.05, threshold=0.2)


def flat(at: float, value: float = 7.0) -> Point:
    """Return a point without a band."""
    return Point(at, value, value, value)


def test_nothing_measured_is_no_chart() -> None:
    """Rather than an empty one that looks calm."""
    assert chart([], 0.1) is None


def test_a_gap_breaks_the_line() -> None:
    """Two pieces, and neither is joined to the other."""
    drawn = chart([flat(0.0), flat(0.05), flat(0.5), flat(0.55)], 0.1)
    assert drawn is not None
    assert (drawn.line.count("M"), drawn.band.count("Z")) == (2, 2)
    assert drawn.line.startswith("M0.0 ")
    assert f"M{WIDTH / 2}" in drawn.line


def test_everything_lies_within_the_box() -> None:
    """Also where all values are the same, and at the ends."""
    for values in ([7.0], [0.0, 0.0], [-3.0, 1e6], [7.0, 7.1, 6.9]):
        drawn = chart([flat(i / 10, value) for i, value in enumerate(values)], 0.2)
        assert drawn is not None
        places = [float(pair.split()[1]) for pair in drawn.line.replace("M", "L").split("L")[1].split(",")]
        assert all(0 <= place <= HEIGHT for place in places)
        assert all(0 <= tick.y <= HEIGHT for tick in drawn.ticks)


def test_a_norm_far_from_what_was_measured_does_not_flatten_it() -> None:
    """A near one is drawn; of two that lie together only one is named."""
    drawn = chart([flat(0, 6.8), flat(0.1, 7.2)], 0.2, rules=[Rule(6.5, "NCh"), Rule(6.49, "EPA"), Rule(500, "far")])
    assert drawn is not None
    assert [rule.name for rule in drawn.rules] == ["NCh", ""]
    assert drawn.low == 6.8


def test_the_threshold_lies_at_half_of_a_tile_line() -> None:
    """Whatever its value: one look tells on which side a sensor is."""
    for decision in (HALF, STRICT):
        places = heights([-50.0, decision.cut, 50.0], decision).tolist()
        assert places == [TILE, TILE // 2, 0]


def test_a_tile_line_ends_at_the_right() -> None:
    """A sensor with few readings has a short line, and one with none has none."""
    assert line([]) == ""
    assert line([10]) == f"M{(POINTS - 1) * 3} 10l0 0"
    assert line([10, 7, 12]) == f"M{(POINTS - 3) * 3} 10l3 -3 3 5"
    assert line(np.full(POINTS, 4).tolist()).startswith("M0 4l3 0")


def test_marks_of_the_time_axis_are_round_local_times() -> None:
    """Each hour has six, a week has a midnight a day."""
    until = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
    assert [text for _, text in period.marks("1h", until)] == ["11:10", "11:20", "11:30", "11:40", "11:50", "12:00"]
    assert [text for _, text in period.marks("24h", until)] == ["16:00", "20:00", "00:00", "04:00", "08:00", "12:00"]
    assert len(period.marks("7d", until)) == 7
    assert all(0 <= place < 1 for name in period.LENGTHS for place, _ in period.marks(name, until))
