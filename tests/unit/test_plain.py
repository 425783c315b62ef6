"""The short way of reading a payload says what the careful way says, or declines."""

import json
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import plain
from ingest.payload import Said, payloads
from ingest.rejection import DecodeError
from model.sample import EXAMPLE, MEASUREMENTS, NAMES

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))

NUMBERS = st.one_of(st.integers(-1, 20), st.floats(), st.floats(0, 14), st.just(1e999), st.integers())
TIMES = st.one_of(
    st.datetimes().map(lambda when: f"{when.isoformat()}Z"),
    st.from_regex(
        r"20[0-9]{2}-[01][0-9]-[0-3][0-9][T ][0-9]{2}:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,9})?(Z|z|[+-][0-9:]+)?"
    ),
    st.integers(0, 5_000_000_000_000),
    st.floats(),
    st.text(max_size=5),
    st.none(),
)
FLAT = st.fixed_dictionaries(
    {},
    optional={
        **{m.name: st.one_of(st.none(), st.floats(m.low, m.high), NUMBERS) for m in MEASUREMENTS},
        "ts": TIMES,
        "seq": st.one_of(st.none(), st.integers(-1, 2**62)),
        "boot": st.one_of(st.none(), st.integers(-1, 2**62)),
        "sitio": st.one_of(st.none(), st.text(max_size=5)),
        "sensor": st.one_of(st.none(), st.text(max_size=5)),
        "x": st.just(1),
    },
)


def agreed(raw: bytes) -> bool:
    """Hold both ways together; return whether the short one took it."""
    short: Said | DecodeError | None
    try:
        short = plain.read(raw)
    except DecodeError as error:
        short = error
    if short is None:
        return False
    [careful] = payloads(raw)
    assert facts(short) == facts(careful)
    return True


def facts(outcome: Said | DecodeError) -> object:
    """Return what can be compared."""
    return (outcome.reason, outcome.field) if isinstance(outcome, DecodeError) else outcome


@settings(max_examples=EXAMPLES)
@given(FLAT)
def test_any_flat_object(document: dict[str, object]) -> None:
    """In range and out of it, with gaps, nulls, odd times and names that nobody knows."""
    agreed(json.dumps(document).encode())


@settings(max_examples=EXAMPLES)
@given(FLAT, st.data())
def test_any_damage(document: dict[str, object], data: st.DataObject) -> None:
    """Bytes changed, missing, or said twice."""
    whole = json.dumps(document).encode()
    at, gone = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 5))
    put = data.draw(st.one_of(st.binary(max_size=5), st.sampled_from([whole, whole[1:], b'"ph":7,', b"null"])))
    agreed(whole[:at] + put + whole[at + gone :])


@settings(max_examples=EXAMPLES)
@given(st.permutations([*NAMES, "ts", "seq", "boot"]), st.integers(0, 12), st.integers(0, 12))
def test_a_name_that_stands_twice_is_declined(order: list[str], at: int, instead: int) -> None:
    """Even in the place of another one, so that as many names stand there as there ought to be."""
    said: dict[str, object] = {**EXAMPLE, "ts": "2026-11-22T12:00:00Z", "seq": 1, "boot": 1}
    pairs = [(name, said[name]) for name in order]
    pairs[instead % len(pairs)] = pairs[at % len(pairs)]
    raw = "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}"
    taken = plain.read(raw.encode()) is not None
    assert taken == (len(dict(pairs)) == len(pairs))


@pytest.mark.parametrize(
    "document",
    [
        EXAMPLE,
        {**EXAMPLE, "ts": "2026-11-22T12:00:00.123Z", "seq": 7, "boot": 2},
        {**EXAMPLE, "ph": None, "ts": 1_795_348_800_000},
        {**EXAMPLE, "sitio": "maipu", "sensor": "p-1"},
        {"ph": 7.1, "ts": "2026-11-22T12:00:00-03:00"},
    ],
)
def test_what_sensors_usually_say_is_plain(document: dict[str, object]) -> None:
    """Otherwise nobody would notice that it is of no use."""
    assert agreed(json.dumps(document).encode())
