"""Replaying a CSV file: every row once, exact, at believable times; and errors that name the place."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.sample import NAMES, Values
from simulator import replay
from simulator.replay import ReplayError, Row
from simulator.station import Station

HEADER = ",".join(NAMES)
NOW_US = 1_790_000_000_000_000
FLEET = [Station("norte", f"tuberia-{i}", 1.0, 0.0) for i in range(3)]
numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


def file(folder: Path, *lines: str) -> Path:
    """Write a CSV file."""
    path = folder / "water.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_empty_fields_and_nan_are_missing(tmp_path: Path) -> None:
    """As pandas writes and reads them."""
    path = file(tmp_path, HEADER + ",Potability", ",1,nan,NaN,NA,6,7,8,9.25,1", "1,2,3,4,5,6,7,8,9,0")
    assert replay.read(path) == [
        Row((None, 1.0, None, None, None, 6.0, 7.0, 8.0, 9.25), potable=True),
        Row((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0), potable=False),
    ]


def test_a_file_without_labels_has_no_truth(tmp_path: Path) -> None:
    """And other columns, in any order, do not disturb."""
    path = file(tmp_path, "id," + ",".join(reversed(NAMES)), "x,9,8,7,6,5,4,3,2,1")
    assert replay.read(path) == [Row((1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0), potable=None)]


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([HEADER, "1,2,3,4,5,6,7,8,9", "1,2,3,4,five,6,7,8,9"], "water.csv:3: Sulfate: 'five' is no number"),
        ([HEADER, "1,2,3,4,inf,6,7,8,9"], "water.csv:2: Sulfate: 'inf' is no finite number"),
        ([HEADER + ",Potability", "1,2,3,4,5,6,7,8,9,2"], "water.csv:2: Potability: 2.0 is neither 0 nor 1"),
        ([HEADER.replace("ph", "pH")], "water.csv:1: there is no column ph"),
    ],
)
def test_what_cannot_be_read_is_named_by_line_and_column(tmp_path: Path, lines: list[str], place: str) -> None:
    """Nothing is published of such a file."""
    with pytest.raises(ReplayError) as error:
        replay.read(file(tmp_path, *lines))
    assert str(error.value).endswith(place)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """As an error of ours, not a traceback."""
    with pytest.raises(ReplayError, match=r"absent\.csv"):
        replay.read(tmp_path / "absent.csv")


@given(st.lists(st.tuples(*(numbers for _ in NAMES)), max_size=40), st.integers(1, 3))
def test_every_row_is_sent_once_in_order_and_exactly(rows: list[Values], sensors: int) -> None:
    """Over one sensor or several; each sensor's timestamps increase and none lies in the future."""
    sent = list(replay.messages([Row(v, potable=None) for v in rows], FLEET[:sensors], NOW_US, 5, rate=None))
    bodies = [json.loads(m.payload) for m in sent]
    assert [tuple(body[name] for name in NAMES) for body in bodies] == rows
    assert all(m.due_s == 0.0 and m.truth is None for m in sent)
    for station in FLEET[:sensors]:
        own = [body for m, body in zip(sent, bodies, strict=True) if m.station == station]
        assert [body["seq"] for body in own] == list(range(1, len(own) + 1))
        assert [body["ts"] for body in own] == sorted({body["ts"] for body in own})
        assert all(body["ts"] < "2026-09-21T14:13:20.000000Z" for body in own)


def test_a_long_file_still_fits_into_the_consumers_window() -> None:
    """A hundred thousand rows are spread over half a day, not over more than one."""
    rows = [Row((7.0,) * 9, potable=True)] * 100_000
    first = next(replay.messages(rows, FLEET, NOW_US, 5, rate=None))
    assert json.loads(first.payload)["ts"] > "2026-09-21T02:13:19"


def test_a_rate_spreads_the_rows() -> None:
    """Ten a second are a tenth of a second apart."""
    sent = list(replay.messages([Row((7.0,) * 9, potable=True)] * 3, FLEET, NOW_US, 5, rate=10.0))
    assert [m.due_s for m in sent] == [0.0, 0.1, 0.2]
