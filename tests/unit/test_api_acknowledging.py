"""What an acknowledgement may say."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.acknowledging import from_form, from_json
from api.problems import Problem


def test_who_and_note_are_stripped() -> None:
    """A note is optional and may have several lines."""
    taken = from_json('{"quien": " Ana Díaz ", "nota": "voy\\na ver "}'.encode())
    assert (taken.quien, taken.nota) == ("Ana Díaz", "voy\na ver")
    assert from_form({"quien": "Ana", "otro": "x"}).nota == ""


@pytest.mark.parametrize("sent", [b"", b"{", b"[" * 10_000, b'{"quien": "\\ud800"}', b"\xff"])
def test_what_is_no_json_is_400(sent: bytes) -> None:
    """Half a character is none, and no database would take it."""
    with pytest.raises(Problem) as caught:
        from_json(sent)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("sent", "about"),
    [
        ([], ""),
        ({}, "quien"),
        ({"quien": ""}, "quien"),
        ({"quien": " \t "}, "quien"),
        ({"quien": 7}, "quien"),
        ({"quien": "a\0b"}, "quien"),
        ({"quien": "a\nb"}, "quien"),
        ({"quien": "x" * 65}, "quien"),
        ({"quien": "Ana", "nota": "y" * 501}, "nota"),
        ({"quien": "Ana", "nota": "\x1b[2J"}, "nota"),
        ({"quien": "Ana", "nota": None}, "nota"),
        ({"quien": "Ana", "mas": 1}, ""),
    ],
)
def test_what_is_wrong_is_named(sent: object, about: str) -> None:
    """By our own names only."""
    with pytest.raises(Problem) as caught:
        from_json(json.dumps(sent).encode())
    assert (caught.value.status, caught.value.mistakes[0].about) == (422, about)


@given(st.text(), st.text())
def test_what_is_accepted_is_within_bounds(who: str, note: str) -> None:
    """Whatever is typed is accepted or is a problem."""
    with suppress(Problem):
        taken = from_form({"quien": who, "nota": note})
        assert 1 <= len(taken.quien) <= 64
        assert len(taken.nota) <= 500
