"""The payload on the wire: what a consumer accepts, and what it must refuse."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading import Limits, Message, decode
from ingest.rejection import DecodeError, Reason
from model.sample import MEASUREMENTS, NAMES, Values
from simulator import message
from simulator.station import Reading, Spoil, Station

STATION = Station("norte", "tuberia-01", 1.0, 0.0)
START_US = 1_790_000_000_123_456
LIMITS = Limits(future_us=300_000_000, window_us=86_400_000_000)
VALUES: Values = (7.1, 200.0, 20_000.0, 7.0, None, 400.0, 14.0, 66.0, 4.0)


def sent(values: Values, spoil: Spoil | None = None, due_s: float = 1.5) -> message.Message:
    """Return the message of a reading."""
    reading = Reading(STATION, 3, due_s, values, potable=False, spoil=spoil)
    return next(message.messages(iter([reading]), START_US, boot=9))


def incoming(payload: bytes) -> Message:
    """Return the payload as the consumer receives it."""
    return Message(STATION.topic("lectura"), payload, received_us=START_US + 10_000_000)


possible = st.tuples(*(st.none() | st.floats(m.low, m.high) for m in MEASUREMENTS))


@given(possible.filter(lambda values: any(v is not None for v in values)), st.floats(0, 9))
def test_a_reading_arrives_as_it_was_measured(values: Values, due_s: float) -> None:
    """Every digit, every gap, the microsecond, the number and the boot."""
    [decoded] = decode(incoming(sent(values, due_s=due_s).payload), LIMITS)
    assert not isinstance(decoded, DecodeError)
    assert decoded.values == values
    assert decoded.time_us == START_US + round(due_s * 1e6)
    assert (decoded.sensor, decoded.boot, decoded.ordinal) == ("norte/tuberia-01", 9, 3)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (Spoil.CUT, Reason.NOT_JSON),
        (Spoil.NAN, Reason.NOT_FINITE),
        (Spoil.OUT_OF_RANGE, Reason.OUT_OF_RANGE),
        (Spoil.UNKNOWN_FIELD, Reason.UNKNOWN_FIELD),
    ],
)
def test_garbage_is_refused_for_the_reason_it_was_made_for(spoil: Spoil, reason: Reason) -> None:
    """Each kind of garbage tries another check of the consumer."""
    with pytest.raises(DecodeError) as refused:
        decode(incoming(sent(VALUES, spoil).payload), LIMITS)
    assert refused.value.reason is reason


def test_the_truth_carries_the_timestamp_of_its_reading() -> None:
    """So that the two can be joined; potable is 0 or 1 as in the data set."""
    one = sent(VALUES)
    assert one.truth is not None
    assert json.loads(one.truth) == {"ts": json.loads(one.payload)["ts"], "potable": 0}


def test_garbage_has_no_truth() -> None:
    """Nobody could join it to anything."""
    assert sent(VALUES, Spoil.CUT).truth is None


@given(st.integers(0, 4_000_000_000_000_000))
def test_a_timestamp_keeps_its_microseconds(us: int) -> None:
    """ISO 8601, UTC, six decimals always."""
    stamp = message.timestamp(us)
    assert len(stamp) == len("2026-11-22T12:00:00.000000Z")
    back = datetime.fromisoformat(stamp) - datetime(1970, 1, 1, tzinfo=UTC)
    assert (back.days * 86_400 + back.seconds) * 1_000_000 + back.microseconds == us


def test_the_payload_is_flat_with_the_nine_names() -> None:
    """As the topic's contract has it."""
    assert list(json.loads(sent(VALUES).payload)) == ["ts", "seq", "boot", *NAMES]
