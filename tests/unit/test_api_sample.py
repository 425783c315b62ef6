"""What counts as a sample over HTTP, and what is said of everything else."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import sample
from api.problems import Mistake, Problem
from model.sample import MEASUREMENTS, NAMES, values_of

OPTIONAL = {m.name: st.none() | st.floats(m.low, m.high) for m in MEASUREMENTS}
SAMPLES = st.fixed_dictionaries({}, optional=OPTIONAL).filter(
    lambda sent: any(value is not None for value in sent.values())
)


def refused(body: bytes) -> tuple[int, list[tuple[str | None, str]]]:
    """Return the status and the (field, reason) pairs with which a body is refused."""
    with pytest.raises(Problem) as caught:
        sample.from_json(body)
    return caught.value.status, pairs(caught.value.mistakes)


def pairs(mistakes: tuple[Mistake, ...]) -> list[tuple[str | None, str]]:
    """Return field and reason of each mistake."""
    return [(mistake.about, mistake.reason) for mistake in mistakes]


@given(SAMPLES)
def test_what_is_sent_is_what_is_judged(sent: Mapping[str, float | None]) -> None:
    """Absent and null are both missing; every possible number arrives unchanged."""
    assert sample.from_json(json.dumps(sent).encode()) == values_of(sent)


@given(SAMPLES, st.sampled_from(NAMES), st.none() | st.floats(0, 14))
def test_a_name_that_comes_twice_is_refused_by_name(
    sent: Mapping[str, float | None], name: str, again: float | None
) -> None:
    """Whichever of the two would have won."""
    parts = [f"{json.dumps(n)}: {json.dumps(v)}" for n, v in [*sent.items(), (name, sent.get(name)), (name, again)]]
    if not any(value is not None for value in (*sent.values(), again)):
        return
    assert refused(f"{{{', '.join(parts)}}}".encode()) == (422, [(name, "twice")])


@pytest.mark.parametrize(
    ("body", "status", "mistakes"),
    [
        (b"", 400, [("", "empty")]),
        (b" \n", 400, [("", "empty")]),
        (b"{", 400, [("", "not_json")]),
        (b'{"ph": 7} {}', 400, [("", "not_json")]),
        (b"\xff\xfe", 400, [("", "not_json")]),
        (b"[" * 60_000, 400, [("", "not_json")]),
        (b'{"ph": ' + b"9" * 5_000 + b"}", 400, [("", "not_json")]),
        (b"[]", 422, [("", "not_object")]),
        (b"null", 422, [("", "not_object")]),
        (b"7.1", 422, [("", "not_object")]),
        (b"{}", 422, [("", "none")]),
        (b'{"ph": null}', 422, [("", "none")]),
        (b'{"ph": NaN}', 422, [("ph", "not_finite")]),
        (b'{"ph": -Infinity}', 422, [("ph", "not_finite")]),
        (b'{"ph": 1e999}', 422, [("ph", "not_finite")]),
        (b'{"ph": "7.1"}', 422, [("ph", "not_number")]),
        (b'{"ph": true}', 422, [("ph", "not_number")]),
        (b'{"ph": {"ph": 7}}', 422, [("ph", "not_number")]),
        (b'{"ph": 14.1}', 422, [("ph", "out_of_range")]),
        (b'{"Solids": -1}', 422, [("Solids", "out_of_range")]),
        (b'{"ph": 7, "pH": 7}', 422, [("pH", "unknown")]),
        (b'{"ph": 7, "<script>": 7}', 422, [("?", "unknown")]),
        (b'{"ph": 7, "ph": 7}', 422, [("ph", "twice")]),
        (b'{"ph": "a:b", "ph": 7}', 422, [("ph", "twice")]),
        (b'{"ph": {"Solids": 1, "Solids": 2}, "ph": 7}', 422, [("ph", "twice")]),
        (b'{"ph": 7, "p\\u0068": 7}', 422, [("ph", "twice")]),
        (b'{"ph": NaN, "Sulfate": "x"}', 422, [("ph", "not_finite"), ("Sulfate", "not_number")]),
    ],
)
def test_each_mistake_has_its_status_field_and_reason(
    body: bytes, status: int, mistakes: list[tuple[str, str]]
) -> None:
    """400 for what is no JSON, 422 for what is no sample."""
    assert refused(body) == (status, mistakes)


def test_thousands_of_mistakes_are_told_in_part() -> None:
    """An answer stays small whatever was sent."""
    body = json.dumps({f"x{number}": 1 for number in range(5_000)}).encode()
    _, mistakes = refused(body)
    assert len(mistakes) == 20


@pytest.mark.parametrize(
    ("typed", "read"), [("7,1", 7.1), (" 7.1 ", 7.1), ("7", 7.0), ("1e1", 10.0), ("", None), ("  ", None)]
)
def test_a_form_takes_numbers_as_people_write_them(typed: str, read: float | None) -> None:
    """In Chile with a decimal comma."""
    assert sample.from_form({"ph": typed, "Sulfate": "333"}) == values_of({"ph": read, "Sulfate": 333.0})


@pytest.mark.parametrize("typed", ["siete", "1.234,5", "1_0", "nan", "inf", "0x10", "--7"])
def test_a_form_refuses_what_could_mean_something_else(typed: str) -> None:
    """1.234,5 has two readings, and Python's own spellings are not people's."""
    with pytest.raises(Problem) as caught:
        sample.from_form({"Solids": typed})
    assert pairs(caught.value.mistakes) == [("Solids", "not_number")]


def test_the_schema_tells_units_and_ranges_of_the_nine() -> None:
    """From the one place where they are written down."""
    schema = sample.json_schema()
    assert tuple(schema["properties"]) == NAMES
    number, null = schema["properties"]["Trihalomethanes"]["anyOf"]
    assert (number["minimum"], number["maximum"], null["type"]) == (0, 100_000, "null")
    assert "µg/L" in json.dumps(schema["properties"]["Trihalomethanes"], ensure_ascii=False)
    assert schema["additionalProperties"] is False
