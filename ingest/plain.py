"""The plain form of a payload, read in one step (pure): one flat object with nothing odd about it, as nearly all are.

`ingest.payload` reads whatever a sensor may say, and knows what is wrong with the rest; of the plain form that takes it
four times as long. What is declined here is left for it. What is accepted here it would accept too, as the same
reading: tests/unit/test_plain.py holds both together.
"""

from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ingest.payload import COUNT, FIRST_BOOT, Said, timestamp_us
from model.sample import MEASUREMENTS, NAMES

_MEASURED: Final = len(NAMES)
_OTHERS: Final[list[tuple[str, Any, Any]]] = [
    ("ts", int | str | None, None),
    ("seq", Annotated[int, Meta(ge=0, lt=COUNT)] | None, None),
    ("boot", Annotated[int, Meta(ge=FIRST_BOOT, lt=COUNT)] | None, None),
    ("sitio", str | None, None),
    ("sensor", str | None, None),
]
_VALUES: Final[list[tuple[str, Any]]] = [
    (m.name, Annotated[float, Meta(ge=m.low, le=m.high)] | None) for m in MEASUREMENTS
]
_Full: Final = msgspec.defstruct("Full", [*_VALUES, *_OTHERS], forbid_unknown_fields=True, gc=False)
_Sparse: Final = msgspec.defstruct(
    "Sparse",
    [*((name, kind | UnsetType, UNSET) for name, kind in _VALUES), *_OTHERS],
    forbid_unknown_fields=True,
    gc=False,
)
# With all nine names there need be no count of those that are not, which takes as long as all the rest.
_full: Final = msgspec.json.Decoder(_Full).decode
_sparse: Final = msgspec.json.Decoder(_Sparse).decode
_fields: Final = msgspec.structs.astuple


def read(raw: bytes) -> Said | None:
    """Return what a payload says, or None where it is not plain.

    Raises:
        DecodeError: its time is none.

    """
    try:
        fields, absent = _fields(_full(raw)), 0
    except msgspec.ValidationError:
        try:
            fields = _fields(_sparse(raw))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        absent = fields.count(UNSET)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    others = fields[_MEASURED:]
    ts, seq, boot, sitio, sensor = others
    # Each name and each string has two quotation marks. If there are more, a name stands twice, or a string has an
    # escape, or a null stands where nothing at all would say the same.
    quoted = len(fields) - absent - others.count(None) + isinstance(ts, str)
    if sitio is not None or sensor is not None:
        quoted += (sitio is not None) + (sensor is not None)
    if raw.count(b'"') != 2 * quoted:
        return None
    values = fields[:_MEASURED]
    if absent:
        values = tuple([None if value is UNSET else value for value in values])
    return values, None if ts is None else timestamp_us(ts), seq, boot, sitio, sensor
