"""Which transition of an alarm its page explains."""

import pytest

from api.alarms import telling_step
from ingest.queries import Alarm, Step, Story

ALARM = Alarm(1, "norte/a", "agua_no_potable", "presunta", 0, None, None, None, None, None)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["raised"], 0),
        (["raised", "confirmed"], 1),
        (["raised", "confirmed", "cleared"], 1),
        (["raised", "repeated", "escalated"], 0),
        (["raised", "reminded", "repeated", "cleared"], 1),
    ],
)
def test_the_newest_reading_against_the_water_explains_the_alarm(changes: list[str], told: int) -> None:
    """Not the one that ended it, nor one that only tells again."""
    steps = tuple(Step(n, change, "presunta", 0, 0, True, {}, ()) for n, change in enumerate(changes))  # noqa: FBT003 - a row
    assert telling_step(Story(ALARM, steps)) == steps[told]


def test_an_alarm_without_a_cause_is_shown_all_the_same() -> None:
    """Whatever wrote it."""
    assert telling_step(Story(ALARM, ())) is None
