"""What a sensor may say: the JSON of a reading, checked field by field (pure).

Accepted: a flat object, ThingsBoard's `{"ts": …, "values": {…}}`, an array of these (a backlog being flushed), or a
SenML pack.
"""

import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import from_json

from ingest import senml
from ingest.rejection import DecodeError, Reason
from model.sample import MEASUREMENTS, NAMES, Values

_values: Final = itemgetter(*NAMES)


class _Common(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)

    ts: int | str | None = None
    seq: Annotated[int, Field(ge=0, lt=2**62)] | None = None
    boot: Annotated[int, Field(ge=1, lt=2**62)] | None = None
    sitio: str | None = None
    sensor: str | None = None


class Payload(_Common):
    """One reading as it was sent."""

    def strings(self) -> int:
        """Return how many strings its JSON holds, names of fields included, if none is written with an escape."""
        named = (self.sitio is not None) + (self.sensor is not None)
        return len(self.model_fields_set) + named + isinstance(self.ts, str)

    def values(self) -> Values:
        """Return the nine values in their order."""
        values: Values = _values(
            self.__dict__
        )  # one call for all nine; attribute by attribute takes three times as long
        return values


_FIELDS: Final[dict[str, Any]] = {
    m.name: (Annotated[float, Field(ge=m.low, le=m.high)] | None, None) for m in MEASUREMENTS
}
_PAYLOAD: Final[type[Payload]] = create_model("Payload", __base__=Payload, **_FIELDS)
# The validator itself: what pydantic puts around it for Python's sake takes a sixth of the time.
_validate_json: Final = _PAYLOAD.__pydantic_validator__.validate_json
_REASONS: Final = {
    "extra_forbidden": Reason.UNKNOWN_FIELD,
    "finite_number": Reason.NOT_FINITE,
    "greater_than_equal": Reason.OUT_OF_RANGE,
    "less_than_equal": Reason.OUT_OF_RANGE,
    "less_than": Reason.OUT_OF_RANGE,
    "json_invalid": Reason.NOT_JSON,
    "model_type": Reason.NOT_AN_OBJECT,
}
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NAMED: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def payloads(raw: bytes) -> list[Payload | DecodeError]:
    """Return what a message holds: one payload, or for an array one payload or error per element.

    Raises:
        DecodeError: when it is no JSON, or an array without elements.

    """
    # The common case is one flat object, and pydantic reads it in one go; only the other forms are worth a detour.
    if b'"values"' not in raw and not raw.lstrip().startswith(b"["):
        try:
            payload: Payload = _validate_json(raw)
        except ValidationError as error:
            return [_decode_error(error)]
        if raw.count(b'"') != 2 * payload.strings():
            _refuse_repeated_names(raw)
        return [payload]
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
    try:
        when = _EPOCH + timedelta(milliseconds=ts) if isinstance(ts, int) else datetime.fromisoformat(ts)
    except (ValueError, OverflowError):
        raise DecodeError(Reason.BAD_TIMESTAMP, "neither ISO 8601 nor Unix milliseconds", "ts") from None
    if when.tzinfo is None:
        raise DecodeError(Reason.BAD_TIMESTAMP, "has no zone: add Z or an offset", "ts")
    if not _EARLIEST <= when <= _LATEST:
        raise DecodeError(Reason.BAD_TIMESTAMP, "not between 2000 and 2100; numbers are Unix milliseconds", "ts")
    return (when - _EPOCH) // _MICROSECOND


def _payload(element: object) -> Payload | DecodeError:
    """Return one element of an array; ThingsBoard's form is the flat one with the values one level down."""
    if isinstance(element, dict) and isinstance(element.get("values"), dict):
        outer = {key: value for key, value in element.items() if key != "values"}
        twice = sorted(outer.keys() & element["values"].keys())
        if twice:
            return DecodeError(Reason.UNKNOWN_FIELD, "stands both outside and inside of values", _shown(twice[0]))
        element = outer | element["values"]
    try:
        return _PAYLOAD.model_validate(element)
    except ValidationError as error:
        return _decode_error(error)


def _decode_error(error: ValidationError) -> DecodeError:
    """Name the first mistake, never the value: what a stranger sent has no place in logs."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    reason = _REASONS.get(first["type"], Reason.WRONG_TYPE)
    return DecodeError(reason, first["msg"], _shown(str(first["loc"][0])) if first["loc"] else "")


def _shown(name: str) -> str:
    return name if _NAMED.fullmatch(name) else "(unprintable name)"
