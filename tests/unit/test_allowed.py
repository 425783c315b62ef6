"""The list of sensors that may be heard of."""

from pathlib import Path

import pytest

from ingest import allowed
from ingest.allowed import AllowedError
from ingest.reading import Limits, Message, Reading, decode
from ingest.rejection import DecodeError, Reason

LISTED = Limits(10**12, 10**15, frozenset({"maipu/p-1"}))


def message(sensor: str, payload: bytes = b'{"ph": 7}') -> Message:
    """Return a reading of a sensor."""
    return Message(f"agua/v1/{sensor}/lectura", payload, 10**15)


def test_a_listed_sensor_is_heard() -> None:
    """As ever."""
    [reading] = decode(message("maipu/p-1"), LISTED)
    assert isinstance(reading, Reading)


@pytest.mark.parametrize("payload", [b'{"ph": 7}', b"not even JSON", b'[{"ph": 7}, {"ph": 8}]'])
def test_anybody_else_is_refused_whatever_they_say(payload: bytes) -> None:
    """Before the payload is read."""
    with pytest.raises(DecodeError) as refused:
        decode(message("maipu/p-2", payload), LISTED)
    assert refused.value.reason is Reason.NOT_ALLOWED


def test_the_list_is_a_sensor_a_line_with_remarks(tmp_path: Path) -> None:
    """Empty lines are nothing."""
    file = tmp_path / "sensores"
    file.write_text("# red norte\nmaipu/p-1\n\n  maipu/p-2  # nuevo\n", encoding="utf-8")
    assert allowed.read(file) == frozenset({"maipu/p-1", "maipu/p-2"})
    assert allowed.read(None) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("maipu/p-1\nmaipu p-2\n", ":2: not a sitio/sensor"),
        ("maipu/+\n", ":1: not a sitio/sensor"),
        ("# nobody\n", "names no sensor"),
        (None, "No such file"),
    ],
)
def test_a_list_that_cannot_be_used_ends_the_start_with_a_sentence(
    tmp_path: Path, content: str | None, said: str
) -> None:
    """Rather than refuse every reading, or let everybody in."""
    file = tmp_path / "sensores"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(AllowedError, match=said):
        allowed.read(file)
