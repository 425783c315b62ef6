"""SenML packs (RFC 8428) as flat readings (pure): records of one time become one reading."""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ingest.rejection import DecodeError, Reason
from model.sample import BY_NAME

RELATIVE: Final = 2**28
"""Times below this many seconds are relative to now (RFC 8428, 4.5.3); only "now" itself is taken."""

UNITS: Final = {
    "": {"pH", "/"},
    "mg/L": {"mg/L", "mg/l"},
    "µg/L": {"µg/L", "ug/L", "ug/l"},
    "µS/cm": {"µS/cm", "uS/cm"},
    "NTU": {"NTU"},
}
"""What a record may say for each of our units."""


def is_pack(document: object) -> bool:
    """Return whether an array is a SenML pack: records with a name, none of which is a reading of ours."""
    return (
        isinstance(document, list)
        and bool(document)
        and all(isinstance(record, dict) and record.keys() & {"n", "bn"} for record in document)
    )


def readings(pack: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one flat reading for each time in a pack, in order of first appearance.

    Raises:
        DecodeError: a record has no number, an unknown name or unit, or a time relative to another clock.

    """
    base: dict[str, Any] = {"bn": "", "bt": 0.0, "bv": 0.0, "bu": None}
    found: dict[int | None, dict[str, Any]] = {}
    for record in pack:
        base |= {key: record[key] for key in base if key in record}
        if "n" not in record and "v" not in record:
            continue  # a record that only sets the base
        name = _name(f"{base['bn']}{record.get('n', '')}")
        _check_unit(name, record.get("u", base["bu"]))
        value = _number(record.get("v"), "v") + _number(base["bv"], "bv")
        ts = _milliseconds(_number(base["bt"], "bt") + _number(record.get("t", 0), "t"))
        reading = found.setdefault(ts, {} if ts is None else {"ts": ts})
        if name in reading:
            raise DecodeError(Reason.UNKNOWN_FIELD, "is there more than once for one time", name)
        reading[name] = value
    return list(found.values())


def _name(full: str) -> str:
    """Return the measurement that a full name ends with, as in `urn:dev:mac:0024befffe804ff1:ph`."""
    name = re.split(r"[:/.]", full)[-1]
    if name not in BY_NAME:
        raise DecodeError(Reason.UNKNOWN_FIELD, "names none of the nine measurements", "n")
    return name


def _check_unit(name: str, unit: object) -> None:
    if unit is not None and unit not in UNITS[BY_NAME[name].unit]:
        raise DecodeError(Reason.WRONG_TYPE, f"the unit must be {BY_NAME[name].unit or 'pH'}", name)


def _number(value: object, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DecodeError(Reason.WRONG_TYPE, "should be a number", field)
    if not math.isfinite(value):
        raise DecodeError(Reason.NOT_FINITE, "should be a finite number", field)
    return float(value)


def _milliseconds(seconds: float) -> int | None:
    """Return Unix milliseconds, or None for now."""
    if seconds == 0:
        return None
    if seconds < RELATIVE:
        raise DecodeError(Reason.BAD_TIMESTAMP, "relative times other than now are not taken", "t")
    return round(seconds * 1000)
