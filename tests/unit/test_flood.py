"""A flood is kept out of the store, and nothing that matters with it."""

from ingest import flood
from ingest.flood import MINUTE_US, Tally
from ingest.outcome import Scored
from ingest.reading import Message, Reading
from ingest.rejection import Reason
from model.sample import NAMES

EMPTY = Tally(0, {})


def sent(number: int, sensor: str = "norte/a", *, bad: bool = False, minute: int = 7) -> list[Scored]:
    """Return so many readings of one minute."""
    at_us = minute * MINUTE_US
    message = Message(f"agua/v1/{sensor}/lectura", b"{}", at_us)
    reading = Reading(sensor, (7.0,) * len(NAMES), 1, 1, at_us, at_us, 0, 0)
    return [Scored(message, reading, -2.0, bad)] * number


def test_a_sensor_of_good_manners_never_hears_of_it() -> None:
    """Nor do a hundred of them together."""
    batch = [one for n in range(100) for one in sent(3, f"norte/{n}")]
    admitted = flood.admit(batch, EMPTY, 3)
    assert (admitted.kept, admitted.refused, admitted.left_out) == (batch, [], 0)


def test_beyond_the_limit_one_is_put_on_record_and_all_are_counted() -> None:
    """The rest of the site is kept as ever."""
    admitted = flood.admit([*sent(10), *sent(2, "norte/b")], EMPTY, 4)
    assert [one.sensor for one in admitted.kept] == ["norte/a"] * 4 + ["norte/b"] * 2
    assert [one.error.reason for one in admitted.refused] == [Reason.TOO_MANY]
    assert admitted.left_out == 5


def test_bad_water_is_never_left_out() -> None:
    """However much of it there is."""
    flooded = flood.admit(sent(10), EMPTY, 4)
    assert len(flood.admit(sent(10, bad=True), flooded.tally, 4).kept) == 10


def test_each_minute_begins_anew() -> None:
    """And what came before in it counts, whatever batch it was in."""
    first = flood.admit(sent(3), EMPTY, 4)
    assert len(flood.admit(sent(3), first.tally, 4).kept) == 1
    assert len(flood.admit(sent(3, minute=8), first.tally, 4).kept) == 3
