"""What people may say of alarms and windows, as JSON and as the fields of a form (pure)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from api.parameters import NAME
from api.problems import Mistake, Problem

LONGEST_SHELF: Final = 7 * 24 * 60
"""Minutes for which an alarm may be shelved: whoever wants more looks at it again."""
LOCAL: Final = ("desde", "hasta")
"""Fields of forms that hold the utility's local time."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_MISTAKES: Final = {
    "quien": "not_who",
    "nota": "not_note",
    "minutos": "not_minutes",
    "potable": "not_boolean",
    "sitio": "not_name",
    "sensor": "not_name",
    "motivo": "not_reason",
    "desde": "not_time",
    "hasta": "not_time",
}


def _written_out(value: object) -> object:
    """Refuse seconds since 1970, which would be taken for a time."""
    if not isinstance(value, str) or not re.match(r"\d{4}-", value):
        msg = "not ISO 8601"
        raise ValueError(msg)
    return value


# No control characters but the ends of lines in a note: PostgreSQL takes no NUL, and a terminal obeys the others.
_Who: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^\P{Cc}*$")
]
_Note: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[\P{Cc}\n]*$")]
_Name: TypeAlias = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
_Time: TypeAlias = Annotated[
    AwareDatetime,
    Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC), strict=False),
    BeforeValidator(_written_out),
]


def _config(example: Mapping[str, Any]) -> ConfigDict:
    return ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [dict(example)]})


class Statement(BaseModel):
    """Whatever is said, somebody says it."""

    quien: _Who


class Acknowledging(Statement):
    """Who takes an alarm on, and what they have to say."""

    model_config = _config({"quien": "M. Rojas", "nota": "voy a ver"})

    nota: _Note = ""


class Shelving(Statement):
    """For how many minutes an alarm is put aside, by whom, and why."""

    model_config = _config({"quien": "M. Rojas", "minutos": 60, "nota": "se sabe, cuadrilla en camino"})

    minutos: int = Field(ge=1, le=LONGEST_SHELF)
    nota: _Note = ""


class Verdict(Statement):
    """What the laboratory found in the water behind an alarm."""

    model_config = _config({"quien": "Laboratorio", "potable": False, "nota": "muestra 4711"})

    potable: bool
    nota: _Note = ""


class Announcement(Statement):
    """A window on a site, or on one sensor of it; without `desde` from now on."""

    model_config = _config(
        {
            "sitio": "maipu-centro",
            "sensor": "p-017",
            "motivo": "calibracion",
            "hasta": "2099-11-22T10:00:00-03:00",
            "quien": "M. Rojas",
            "nota": "tampón de pH 4",
        }
    )

    sitio: _Name
    sensor: _Name | None = None
    motivo: Literal["calibracion", "mantencion", "fuera_de_servicio"]
    desde: _Time | None = None
    hasta: _Time | None = Field(None, description="Solo fuera_de_servicio puede no tener fin.")
    nota: _Note = ""


class Ending(Statement):
    """Who ends a window, or a shelf, before its time."""

    model_config = _config({"quien": "M. Rojas"})


Said = TypeVar("Said", bound=Statement)


def from_json(kind: type[Said], text: bytes) -> Said:
    """Read a body; raises Problem 422, or 400 for what is no JSON."""
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise _problem(kind, error) from None


def from_form(kind: type[Said], fields: Mapping[str, str], zone: ZoneInfo) -> Said:
    """Read a form, whose times without an offset are of a zone; raises Problem 422."""
    given = {name: fields[name] for name in kind.model_fields if fields.get(name)}  # forms send empty fields too
    given |= {name: _with_offset(given[name], zone) for name in LOCAL if name in given}
    try:
        return kind.model_validate_strings(given)
    except ValidationError as error:
        raise _problem(kind, error) from None


def microseconds(time: datetime) -> int:
    """Return a time with its offset as UTC microseconds."""
    return (time - EPOCH) // timedelta(microseconds=1)


def described(kind: type[Statement]) -> dict[str, Any]:
    """Return what the OpenAPI document says of a body."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": kind.model_json_schema()}}}}


def _with_offset(text: str, zone: ZoneInfo) -> str:
    try:
        time = datetime.fromisoformat(text)
        return text if time.tzinfo else time.replace(tzinfo=zone).isoformat()
    except (ValueError, OverflowError):
        return text  # and the model says what is wrong with it


def _problem(kind: type[Statement], error: ValidationError) -> Problem:
    mistakes = error.errors(include_url=False, include_input=False)
    whole = Mistake("not_statement", "", {"names": ", ".join(kind.model_fields)})
    if mistakes[0]["type"] == "json_invalid":
        return Problem(400, whole)
    named = dict.fromkeys(str(one["loc"][0]) for one in mistakes if one["loc"])
    known = [Mistake(_MISTAKES[name], name) for name in named if name in kind.model_fields]
    return Problem(422, *(known or [whole]))
