"""What a sensor may say, and what is said to it when it may not."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reading import Limits, Mark, Message, Reading, decode
from ingest.rejection import DecodeError, Reason
from model.sample import MEASUREMENTS, NAMES

NOON = 1_795_348_800_000_000  # 2026-11-22T12:00:00Z
LIMITS = Limits(future_us=300_000_000, window_us=86_400_000_000)
TOPIC = "agua/v1/centro/p-07/lectura"


def message(payload: object, topic: str = TOPIC, *, redelivered: bool = False, retained: bool = False) -> Message:
    """Return a message that arrives at noon; anything but bytes is sent as JSON."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return Message(topic, raw, NOON, redelivered, retained)


def one(payload: object, *, redelivered: bool = False, retained: bool = False) -> Reading:
    """Return the only reading of a message."""
    [reading] = decode(message(payload, redelivered=redelivered, retained=retained), LIMITS)
    assert isinstance(reading, Reading)
    return reading


def refusal(payload: object, topic: str = TOPIC) -> DecodeError:
    """Return why a message is refused."""
    with pytest.raises(DecodeError) as caught:
        decode(message(payload, topic), LIMITS)
    return caught.value


def test_a_flat_object_is_a_reading_in_the_order_of_the_measurements() -> None:
    """Absent and null measurements are missing ones."""
    reading = one({"ts": "2026-11-22T11:59:59.5Z", "Sulfate": 300, "ph": 7.25, "Turbidity": None})
    assert reading.sensor == "centro/p-07"
    assert reading.values == (7.25, None, None, None, 300.0, None, None, None, None)
    assert reading.time_us == reading.ordinal == NOON - 500_000
    assert reading.boot == 0
    assert reading.marks == Mark.NONE


@pytest.mark.parametrize(
    "ts", ["2026-11-22T12:00:00Z", "2026-11-22T09:00:00-03:00", "20261122T120000+00:00", NOON // 1000]
)
def test_a_time_is_iso_8601_with_a_zone_or_unix_milliseconds(ts: object) -> None:
    """All of these are noon."""
    assert one({"ts": ts, "ph": 7}).time_us == NOON


def test_boot_and_seq_together_are_the_order_of_a_sensor_without_a_clock() -> None:
    """One of them alone is not enough: a sequence begins again at every start."""
    assert (one({"ph": 7, "boot": 3, "seq": 0}).boot, one({"ph": 7, "boot": 3, "seq": 9}).ordinal) == (3, 9)
    alone = one({"ph": 7, "seq": 9})
    assert (alone.boot, alone.ordinal) == (0, NOON)


def test_thingsboard_form_is_accepted_alone_and_in_an_array() -> None:
    """Its values stand one level down."""
    form = {"ts": NOON // 1000, "values": {"ph": 7.5}}
    assert one(form).values[0] == one([form]).values[0] == 7.5


def test_a_senml_pack_is_a_reading_for_each_time() -> None:
    """With base name, base time and base unit, as RFC 8428 has it."""
    pack = [
        {"bn": "urn:dev:mac:0024befffe804ff1:", "bt": NOON / 1e6, "n": "ph", "u": "pH", "v": 7.5},
        {"n": "Sulfate", "u": "mg/l", "v": 300},
        {"n": "ph", "t": 60, "v": 7.6},
    ]
    first, second = decode(message(pack), LIMITS)
    assert isinstance(first, Reading)
    assert isinstance(second, Reading)
    assert (first.values[0], first.values[4], first.time_us) == (7.5, 300.0, NOON)
    assert (second.values[0], second.values[4], second.time_us) == (7.6, None, NOON + 60_000_000)


def test_a_senml_record_without_a_time_is_now() -> None:
    """The time of arrival stands for it."""
    assert one([{"n": "ph", "v": 7.5}]).marks == Mark.NO_TIME


def test_one_bad_element_of_an_array_does_not_spoil_the_others() -> None:
    """It takes its own place in the answer."""
    first, second, third = decode(message([{"ph": 7}, {"ph": "7"}, {"ph": 8}]), LIMITS)
    assert isinstance(first, Reading)
    assert isinstance(third, Reading)
    assert isinstance(second, DecodeError)
    assert (second.reason, second.field) == (Reason.WRONG_TYPE, "ph")
    assert first.ordinal < third.ordinal, "without a time each keeps its place"


@pytest.mark.parametrize(
    ("payload", "reason", "field"),
    [
        (b"", Reason.NOT_JSON, ""),
        (b"{", Reason.NOT_JSON, ""),
        (b"\xff\xfe", Reason.NOT_JSON, ""),
        (b"[" * 100_000, Reason.NOT_JSON, ""),
        (b'"ph"', Reason.NOT_AN_OBJECT, ""),
        ([], Reason.NO_MEASUREMENT, ""),
        ({}, Reason.NO_MEASUREMENT, ""),
        ({"ph": None}, Reason.NO_MEASUREMENT, ""),
        (b'{"ph": NaN}', Reason.NOT_FINITE, "ph"),
        (b'{"ph": 1e999}', Reason.NOT_FINITE, "ph"),
        (b'{"Solids": ' + b"9" * 400 + b"}", Reason.NOT_FINITE, "Solids"),
        (b'[{"ph": Infinity}]', Reason.NOT_FINITE, "ph"),
        ({"ph": "7.1"}, Reason.WRONG_TYPE, "ph"),
        ({"ph": True}, Reason.WRONG_TYPE, "ph"),
        ({"ph": 14.5}, Reason.OUT_OF_RANGE, "ph"),
        ({"Sulfate": -1}, Reason.OUT_OF_RANGE, "Sulfate"),
        ({"ph": 7, "pH": 7}, Reason.UNKNOWN_FIELD, "pH"),
        ({"ph": 7, "<b>": 7}, Reason.UNKNOWN_FIELD, "(unprintable name)"),
        ({"ph": 7, "ts": "yesterday"}, Reason.BAD_TIMESTAMP, "ts"),
        ({"ph": 7, "ts": "2026-11-22T12:00:00"}, Reason.BAD_TIMESTAMP, "ts"),
        ({"ph": 7, "ts": NOON // 1_000_000}, Reason.BAD_TIMESTAMP, "ts"),
        ({"ph": 7, "ts": 10**30}, Reason.BAD_TIMESTAMP, "ts"),
        ({"ph": 7, "ts": 1.5}, Reason.WRONG_TYPE, "ts"),
        ({"ph": 7, "sensor": "p-08"}, Reason.WRONG_ID, "sensor"),
        ({"ph": 7, "boot": 0, "seq": 1}, Reason.OUT_OF_RANGE, "boot"),
        ({"ts": 1, "values": {"ts": 2, "ph": 7}}, Reason.UNKNOWN_FIELD, "ts"),
        ([{"n": "ph", "v": 7, "u": "g/L"}], Reason.WRONG_TYPE, "ph"),
        ([{"n": "iron", "v": 7}], Reason.UNKNOWN_FIELD, "n"),
        ([{"n": "ph", "vs": "7"}], Reason.WRONG_TYPE, "v"),
        ([{"n": "ph", "v": 7, "t": -60}], Reason.BAD_TIMESTAMP, "t"),
        ([{"n": "ph", "v": 7}, {"n": "ph", "v": 8}], Reason.UNKNOWN_FIELD, "ph"),
        ([{"n": "ph", "v": 99}], Reason.OUT_OF_RANGE, "ph"),
        (b" " * 300_000, Reason.TOO_LARGE, ""),
    ],
)
def test_a_refusal_names_the_reason_and_the_field(payload: object, reason: Reason, field: str) -> None:
    """The sensor's engineer reads these in the quarantine."""
    error = refusal(payload)
    assert (error.reason, error.field) == (reason, field)


@pytest.mark.parametrize(
    "topic",
    [
        "agua/v1/centro/<img src=x onerror=alert(1)>/lectura",
        "agua/v1/centro/p\u202e7/lectura",
        f"agua/v1/centro/{'p' * 65}/lectura",
        "agua/v1/centro/p-07/estado",
        "agua/v1/centro/p-07/lectura\n",
        "(not UTF-8)",
    ],
)
def test_an_id_that_could_do_harm_later_is_refused_at_the_edge(topic: str) -> None:
    """Ids end up in pages, logs and topics."""
    assert refusal({"ph": 7}, topic).reason is Reason.BAD_TOPIC


def test_what_is_remarkable_is_marked_not_refused() -> None:
    """Clocks are wrong and backlogs are old, and the water is what it is."""
    minute = 60_000
    assert one({"ph": 7}).marks == Mark.NO_TIME
    assert one({"ph": 7, "ts": NOON // 1000 + 6 * minute}).marks == Mark.FUTURE
    assert one({"ph": 7, "ts": NOON // 1000 + 4 * minute}).marks == Mark.NONE
    assert one({"ph": 7, "ts": NOON // 1000 - 25 * 60 * minute}).marks == Mark.OLD
    assert one({"ph": 7}, retained=True, redelivered=True).marks == Mark.NO_TIME | Mark.RETAINED | Mark.REDELIVERED


def test_the_digest_tells_values_apart_and_nothing_else() -> None:
    """It is how the same key with other values is noticed."""
    assert one({"ph": 7}).digest == one({"ph": 7.0, "ts": NOON // 1000}).digest
    assert one({"ph": 7}).digest != one({"ph": 7.0000001}).digest


SAMPLES = st.fixed_dictionaries(
    {}, optional={m.name: st.none() | st.floats(m.low, m.high, allow_nan=False) for m in MEASUREMENTS}
).filter(lambda sample: any(value is not None for value in sample.values()))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from([*NAMES, "ts", "values", "seq", "n", "v", "bn", "t"]) | st.text(), inner)
    ),
)


@given(SAMPLES)
def test_every_possible_sample_survives_the_journey(sample: dict[str, float | None]) -> None:
    """Round trip through JSON, bit by bit."""
    values = one(sample).values
    assert values == tuple(sample.get(name) for name in NAMES)


@given(st.binary() | ANYTHING)
def test_anything_else_is_a_reading_or_a_decode_error(payload: object) -> None:
    """No other exception leaves decode, and no reading holds what the model must not see."""
    try:
        decoded = decode(message(payload), LIMITS)
    except DecodeError:
        return
    for item in decoded:
        if isinstance(item, Reading):
            assert any(value is not None for value in item.values)
            assert all(value is None or math.isfinite(value) for value in item.values)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"ph": 7, "ph": 8}',
        b'{"ph" : 7, "ph": 8, "ts": "2026-11-22T12:00:00Z"}',
        b'{"ts": 1795348800000, "values": {"ph": 7, "ph": 8}}',
        b'[{"ph": 7}, {"ph": 7, "ph": 8}]',
    ],
)
def test_a_name_that_stands_twice_is_refused(payload: bytes) -> None:
    """Parsers keep the last one, and nobody knows which was meant."""
    with pytest.raises(DecodeError, match="ph: stands twice"):
        decode(Message("agua/v1/norte/a/lectura", payload, NOON), LIMITS)


def test_escapes_in_a_string_are_no_reason_to_refuse() -> None:
    """They only make the look for repeated names take longer."""
    payload = b'{"ph": 7, "sitio": "n\\u006frte", "sensor": "a", "ts": "2026-11-22T12:00:00Z"}'
    [reading] = decode(Message("agua/v1/norte/a/lectura", payload, NOON), LIMITS)
    assert isinstance(reading, Reading)
