"""What people may say of alarms and windows."""

import json
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.problems import Problem
from api.statement import (
    Acknowledging,
    Announcement,
    Ending,
    Shelving,
    Statement,
    Verdict,
    from_form,
    from_json,
    microseconds,
)
from tests.arranged import NOON

SANTIAGO = ZoneInfo("America/Santiago")
WINDOW = {"sitio": "norte", "motivo": "calibracion", "quien": "Ana"}


def test_who_and_note_are_stripped() -> None:
    """A note is optional and may have several lines."""
    taken = from_json(Acknowledging, '{"quien": " Ana Díaz ", "nota": "voy\\na ver "}'.encode())
    assert (taken.quien, taken.nota) == ("Ana Díaz", "voy\na ver")
    assert from_form(Acknowledging, {"quien": "Ana", "otro": "x"}, SANTIAGO).nota == ""


@pytest.mark.parametrize("sent", [b"", b"{", b"[" * 10_000, b'{"quien": "\\ud800"}', b"\xff"])
def test_what_is_no_json_is_400(sent: bytes) -> None:
    """Half a character is none, and no database would take it."""
    with pytest.raises(Problem) as caught:
        from_json(Acknowledging, sent)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("kind", "sent", "about"),
    [
        (Acknowledging, [], ""),
        (Acknowledging, {}, "quien"),
        (Acknowledging, {"quien": ""}, "quien"),
        (Acknowledging, {"quien": " \t "}, "quien"),
        (Acknowledging, {"quien": 7}, "quien"),
        (Acknowledging, {"quien": "a\0b"}, "quien"),
        (Acknowledging, {"quien": "a\nb"}, "quien"),
        (Acknowledging, {"quien": "x" * 65}, "quien"),
        (Acknowledging, {"quien": "Ana", "nota": "y" * 501}, "nota"),
        (Acknowledging, {"quien": "Ana", "nota": "\x1b[2J"}, "nota"),
        (Acknowledging, {"quien": "Ana", "nota": None}, "nota"),
        (Acknowledging, {"quien": "Ana", "mas": 1}, ""),
        (Ending, {"quien": "Ana", "nota": "x"}, ""),
        (Shelving, {"quien": "Ana"}, "minutos"),
        (Shelving, {"quien": "Ana", "minutos": 0}, "minutos"),
        (Shelving, {"quien": "Ana", "minutos": 10_081}, "minutos"),
        (Shelving, {"quien": "Ana", "minutos": "60"}, "minutos"),
        (Shelving, {"quien": "Ana", "minutos": 1.5}, "minutos"),
        (Verdict, {"quien": "Ana", "potable": 1}, "potable"),
        (Verdict, {"quien": "Ana", "potable": "true"}, "potable"),
        (Announcement, WINDOW | {"sitio": "a/b"}, "sitio"),
        (Announcement, WINDOW | {"sitio": "ñ"}, "sitio"),
        (Announcement, WINDOW | {"sensor": "#"}, "sensor"),
        (Announcement, WINDOW | {"sensor": ""}, "sensor"),
        (Announcement, WINDOW | {"motivo": "archivada"}, "motivo"),
        (Announcement, WINDOW | {"hasta": "2026-11-22T12:00:00"}, "hasta"),
        (Announcement, WINDOW | {"hasta": "2026-11-22"}, "hasta"),
        (Announcement, WINDOW | {"hasta": "1795348800"}, "hasta"),
        (Announcement, WINDOW | {"hasta": 1_795_348_800}, "hasta"),
        (Announcement, WINDOW | {"desde": "1999-12-31T23:59:59Z"}, "desde"),
        (Announcement, WINDOW | {"desde": "2100-01-01T00:00:00Z"}, "desde"),
        (Announcement, WINDOW | {"desde": "2026-02-30T00:00:00Z"}, "desde"),
    ],
)
def test_what_is_wrong_is_named(kind: type[Statement], sent: object, about: str) -> None:
    """By our own names only."""
    with pytest.raises(Problem) as caught:
        from_json(kind, json.dumps(sent).encode())
    assert (caught.value.status, caught.value.mistakes[0].about) == (422, about)


def test_a_form_says_the_same_in_strings() -> None:
    """What it leaves empty is not said."""
    assert from_form(Shelving, {"quien": "Ana", "minutos": "60"}, SANTIAGO).minutos == 60
    assert from_form(Verdict, {"quien": "Ana", "potable": "false"}, SANTIAGO).potable is False
    window = from_form(Announcement, WINDOW | {"sensor": "", "desde": "", "hasta": ""}, SANTIAGO)
    assert (window.sensor, window.desde, window.hasta) == (None, None, None)


@pytest.mark.parametrize(
    "written", ["2026-11-22T09:00", "2026-11-22T09:00:00", "2026-11-22T12:00Z", "2026-11-22T13:00+01:00"]
)
def test_times_of_a_form_are_local_unless_it_says_otherwise(written: str) -> None:
    """As the browser's own field for times writes them."""
    hasta = from_form(Announcement, WINDOW | {"hasta": written}, SANTIAGO).hasta
    assert hasta is not None
    assert microseconds(hasta) == NOON


@given(st.text(), st.text())
def test_what_is_accepted_is_within_bounds(who: str, note: str) -> None:
    """Whatever is typed is accepted or is a problem."""
    with suppress(Problem):
        taken = from_form(Acknowledging, {"quien": who, "nota": note}, SANTIAGO)
        assert 1 <= len(taken.quien) <= 64
        assert len(taken.nota) <= 500


@given(
    st.dictionaries(
        st.sampled_from(["sitio", "sensor", "motivo", "desde", "hasta"]), st.text() | st.datetimes().map(str)
    )
)
def test_no_form_of_a_window_breaks_anything(fields: dict[str, str]) -> None:
    """Years that no zone knows included."""
    with suppress(Problem):
        window = from_form(Announcement, WINDOW | fields, SANTIAGO)
        assert window.desde is None or microseconds(window.desde) > 0
