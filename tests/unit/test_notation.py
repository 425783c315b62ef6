"""Numbers and times as people read them."""

import pytest

from alerts.notation import Notation

SPANISH = Notation("es", "America/Santiago")


@pytest.mark.parametrize(("share", "shown"), [(0.9999, "> 99 %"), (0.0001, "< 1 %"), (0.5, "50 %")])
def test_a_probability_never_reads_as_certainty(share: float, shown: str) -> None:
    """The model is not that sure of anything."""
    assert SPANISH.percent(share) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (-1, "0 s"),
        (59.6, "1 min"),
        (150, "2 min 30 s"),
        (3600, "1 h"),
        (3725, "1 h 2 min"),
        (93600, "1 d 2 h"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, shown: str) -> None:
    """Nobody needs the seconds of a day."""
    assert SPANISH.duration(seconds * 1e6) == shown


@pytest.mark.parametrize(
    ("value", "spanish", "english"), [(20_791.3, "20.791", "20,791"), (5.1, "5,10", "5.10"), (-0.5, "-0,50", "-0.50")]
)
def test_a_number_has_three_digits_at_least(value: float, spanish: str, english: str) -> None:
    """And the language's own comma and point."""
    assert (SPANISH.number(value), Notation("en", "UTC").number(value)) == (spanish, english)
