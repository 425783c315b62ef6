"""What a sensor may say: the JSON of a reading, checked field by field (pure).

Accepted: a flat object, ThingsBoard's `{"ts": …, "values": {…}}`, an array of these (a backlog being flushed), or a
SenML pack.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import from_json

from ingest import senml
from ingest.rejection import DecodeError, Reason
from model.sample import MEASUREMENTS, NAMES, Values

COUNT: Final = 2**62
"""What `seq` and `boot` stay below, so that a column holds them."""
FIRST_BOOT: Final = 1


Said: TypeAlias = tuple[Values, int | None, int | None, int | None, str | None, str | None]
"""One reading as it was sent: the nine values in their order, its time in UTC microseconds, seq, boot, sitio, sensor.

A bare tuple: it is taken apart at once, and one with names takes 0.6 µs more.
"""


class Payload(BaseModel):
    """The flat form, checked field by field."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    ts: int | str | None = None
    seq: Annotated[int, Field(ge=0, lt=COUNT)] | None = None
    boot: Annotated[int, Field(ge=FIRST_BOOT, lt=COUNT)] | None = None
    sitio: str | None = None
    sensor: str | None = None

    def said(self) -> Said:
        """Return what it says; raises DecodeError when its time is none."""
        values = tuple([getattr(self, name) for name in NAMES])
        time_us = None if self.ts is None else timestamp_us(self.ts)
        return values, time_us, self.seq, self.boot, self.sitio, self.sensor


_FIELDS: Final[dict[str, Any]] = {
    m.name: (Annotated[float, Field(ge=m.low, le=m.high)] | None, None) for m in MEASUREMENTS
}
_PAYLOAD: Final[type[Payload]] = create_model("Payload", __base__=Payload, **_FIELDS)
_REASONS: Final = {
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "finite_number": Reason.NOT_FINITE,
    "greater_than_equal": Reason.OUT_OF_RANGE,
    "less_than_equal": Reason.OUT_OF_RANGE,
    "less_than": Reason.OUT_OF_RANGE,
    "json_invalid": Reason.NOT_JSON,
    "model_type": Reason.NOT_AN_OBJECT,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_EARLIEST_US: Final = (datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LATEST_US: Final = (datetime(2100, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_NAMED: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def payloads(raw: bytes) -> list[Said | DecodeError]:
    """Return what a message holds: one reading, or for an array one reading or error per element.

    Raises:
        DecodeError: when it is no JSON, or an array without elements.

    """
    if b'"values"' not in raw and not raw.lstrip().startswith(b"["):
        flat = _checked(lambda: _PAYLOAD.model_validate_json(raw))
        _refuse_repeated_names(raw)
        return [flat]
    try:
        document = from_json(raw)
    except ValueError as error:
        raise DecodeError(Reason.NOT_JSON, str(error)) from None
    _refuse_repeated_names(raw)
    if senml.is_pack(document):
        document = senml.readings(document)
    if document == []:
        raise DecodeError(Reason.NO_MEASUREMENT, "an array without readings")
    return [_payload(element) for element in (document if isinstance(document, list) else [document])]


def _refuse_repeated_names(raw: bytes) -> None:
    """Refuse an object with a name that stands twice: parsers keep the last one, and nobody knows which was meant.

    Raises:
        DecodeError: naming the field.

    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise DecodeError(Reason.UNKNOWN_FIELD, "stands twice in the same object", _shown(name))
            seen.add(name)
        return dict(pairs)

    with suppress(ValueError):  # what is no JSON, or too deep for this parser, has been judged by the other
        json.loads(raw, object_pairs_hook=once)


def timestamp_us(ts: int | str) -> int:
    """Return UTC microseconds of Unix milliseconds or of an ISO 8601 time with a zone, between 2000 and 2100.

    Raises:
        DecodeError: for anything else.

    """
    if isinstance(ts, int):
        time_us = 1000 * ts
    else:
        try:
            when = datetime.fromisoformat(ts)
        except ValueError:
            raise DecodeError(Reason.BAD_TIMESTAMP, "neither ISO 8601 nor Unix milliseconds", "ts") from None
        if when.tzinfo is None:
            raise DecodeError(Reason.BAD_TIMESTAMP, "has no zone: add Z or an offset", "ts")
        time_us = (when - _EPOCH) // _MICROSECOND
    if not _EARLIEST_US <= time_us <= _LATEST_US:
        raise DecodeError(Reason.BAD_TIMESTAMP, "not between 2000 and 2100; numbers are Unix milliseconds", "ts")
    return time_us


def _payload(element: object) -> Said | DecodeError:
    """Return one element of an array; ThingsBoard's form is the flat one with the values one level down."""
    if isinstance(element, dict) and isinstance(element.get("values"), dict):
        outer = {key: value for key, value in element.items() if key != "values"}
        twice = sorted(outer.keys() & element["values"].keys())
        if twice:
            return DecodeError(Reason.UNKNOWN_FIELD, "stands both outside and inside of values", _shown(twice[0]))
        element = outer | element["values"]
    return _checked(lambda: _PAYLOAD.model_validate(element))


def _checked(validated: Callable[[], Payload]) -> Said | DecodeError:
    try:
        return validated().said()
    except ValidationError as error:
        return _decode_error(error)
    except DecodeError as error:
        return error


def _decode_error(error: ValidationError) -> DecodeError:
    """Name the first mistake, never the value: what a stranger sent has no place in logs."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    reason = _REASONS.get(first["type"], Reason.WRONG_TYPE)
    return DecodeError(reason, first["msg"], _shown(str(first["loc"][0])) if first["loc"] else "")


def _shown(name: str) -> str:
    return name if _NAMED.fullmatch(name) else "(unprintable name)"
