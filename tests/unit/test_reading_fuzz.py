"""Whatever arrives on whatever topic is a reading within its bounds or a refusal with a reason, and nothing else.

`FUZZ_EXAMPLES` says how many of each kind are tried; `make faults` tries 10,000.
"""

import json
import math
import os

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.reading import Limits, Message, Reading, decode
from ingest.rejection import DecodeError, Reason
from model.sample import MEASUREMENTS, NAMES

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "250"))
TOPIC = "agua/v1/maipu/p-1/lectura"
NOW_US = 1_780_000_000_000_000
LIMITS = Limits(300_000_000, 86_400_000_000)
LARGEST_INTEGER = 2**63
"""What fits into a column."""

KEYS = st.sampled_from([*NAMES, "ts", "seq", "boot", "sitio", "sensor", "values", "n", "bn", "bt", "t", "u", "v", "x"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.floats(0, 14),
    st.text(max_size=20),
    st.sampled_from(["maipu", "p-1", "2026-01-01T00:00:00Z", "2026-01-01", "mg/L", "9" * 400, "1e999"]),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(KEYS, inner, max_size=12)),
    max_leaves=30,
)
NEARLY = st.fixed_dictionaries(
    {}, optional={m.name: st.one_of(st.none(), st.floats(m.low, m.high), LEAVES) for m in MEASUREMENTS}
).flatmap(lambda flat: st.dictionaries(KEYS, LEAVES, max_size=2).map(lambda other: {**flat, **other}))
DOCUMENTS = st.one_of(TREES, NEARLY, st.lists(NEARLY, max_size=4))


def checked(topic: str, payload: bytes) -> None:
    """Decode, and hold every outcome to its contract."""
    message = Message(topic, payload, NOW_US)
    try:
        outcomes = decode(message, LIMITS)
    except DecodeError as error:
        outcomes = [error]
    assert outcomes
    for one in outcomes:
        if isinstance(one, DecodeError):
            assert one.reason in Reason
            assert one.detail
        else:
            _check_reading(one, topic)


def _check_reading(one: Reading, topic: str) -> None:
    assert f"agua/v1/{one.sensor}/lectura" == topic
    assert all(0 <= number < LARGEST_INTEGER for number in (one.boot, one.ordinal, one.time_us, one.digest))
    assert any(value is not None for value in one.values)
    for value, measurement in zip(one.values, MEASUREMENTS, strict=True):
        assert value is None or (math.isfinite(value) and measurement.low <= value <= measurement.high)


@settings(max_examples=EXAMPLES)
@given(DOCUMENTS)
def test_any_json(document: object) -> None:
    """Flat, nested, packed, nearly right, with NaN and numbers of any size."""
    checked(TOPIC, json.dumps(document).encode())


@settings(max_examples=EXAMPLES)
@given(st.binary(max_size=300))
def test_any_bytes(payload: bytes) -> None:
    """Not even text."""
    checked(TOPIC, payload)


@settings(max_examples=EXAMPLES)
@given(NEARLY, st.data())
def test_any_damage(document: object, data: st.DataObject) -> None:
    """A good payload with bytes changed, missing, or said twice."""
    whole = json.dumps(document).encode()
    at = data.draw(st.integers(0, len(whole)))
    gone = data.draw(st.integers(0, 5))
    put = data.draw(st.one_of(st.binary(max_size=5), st.just(whole)))
    checked(TOPIC, whole[:at] + put + whole[at + gone :])


@settings(max_examples=EXAMPLES)
@given(st.one_of(st.text(max_size=200), st.from_regex(r"agua/v1/[^/]*/[^/]*/lectura", fullmatch=True)))
def test_any_topic(topic: str) -> None:
    """Only ids of the alphabet that is allowed speak for a sensor."""
    checked(topic, b'{"ph": 7}')
