"""What may be asked: the nine measurements by name, read strictly from JSON or from a form."""

import json
import re
from collections.abc import Mapping
from operator import itemgetter
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from api.problems import Mistake, Problem
from model.sample import BY_NAME, EXAMPLE, MEASUREMENTS, NAMES, Measurement, Values


def _field(m: Measurement) -> tuple[Any, None]:
    description = f"{m.label_es}, {m.unit}" if m.unit else m.label_es
    return Annotated[float | None, Field(ge=m.low, le=m.high, description=description)], None


_FIELDS: Final[dict[str, Any]] = {m.name: _field(m) for m in MEASUREMENTS}
# Not strict, JSON's `true` would be pH 1, "7.1" a number and 1e999 infinite; XGBoost scores all of them calmly.
_Sample: Final[type[BaseModel]] = create_model(
    "Muestra", __config__=ConfigDict(strict=True, extra="forbid", allow_inf_nan=False), **_FIELDS
)
_IN_ORDER: Final = itemgetter(*NAMES)
_NOTHING: Final = (None,) * len(NAMES)
_REASONS: Final = {
    "extra_forbidden": "unknown",
    "finite_number": "not_finite",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "model_type": "not_object",
    "model_attributes_type": "not_object",
}
_POSITION: Final = re.compile(r"line (\d+) column (\d+)")
_DECIMAL: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")


def from_json(body: bytes) -> Values:
    """Return the nine values of a JSON body; null and absent both mean that a measurement is missing.

    Raises:
        Problem: 400 when it is no JSON; 422 for anything else than finite, physically possible numbers under our
            nine names, each at most once and at least one of them.

    """
    if not body.strip():
        raise Problem(400, Mistake("empty", ""))
    try:
        sample = _Sample.model_validate_json(body)
    except ValidationError as error:
        raise _problem(error) from None
    # pydantic keeps the last of a name that comes twice. What it accepted is flat, numbers under known names, with
    # one colon each: one more colon than names is a name too many. Counting bytes costs next to nothing.
    if body.count(b":") != len(sample.model_fields_set):
        raise Problem(422, *(Mistake("twice", name) for name in _repeated(body)))
    return _values(sample)


def from_form(fields: Mapping[str, str]) -> Values:
    """Return the nine values of a form as people fill it in: decimal comma or point, empty for missing.

    Raises:
        Problem: 422, as for JSON.

    """
    given = {name: _number(text.strip()) for name, text in fields.items() if text.strip()}
    try:
        return _values(_Sample.model_validate(given))
    except ValidationError as error:
        raise _problem(error) from None


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the body, exact enough to generate requests from."""
    # `not`: at least one measurement has a value. null is said by the type, so no default is needed.
    return {
        **_Sample.model_json_schema(),
        "minProperties": 1,
        "not": {"additionalProperties": {"type": "null"}},
        "examples": [EXAMPLE],
    }


def _values(sample: BaseModel) -> Values:
    values: Values = _IN_ORDER(sample.__dict__)
    if values == _NOTHING:
        raise Problem(422, Mistake("none", ""))
    return values


def _number(text: str) -> float | str:
    # Left as text, the model says that it is no number; so it does of "1.234,5", which could mean two things.
    return float(text.replace(",", ".")) if _DECIMAL.fullmatch(text) else text


def _problem(error: ValidationError) -> Problem:
    mistakes = error.errors(include_url=False, include_input=False)
    if mistakes[0]["type"] == "json_invalid":
        line, column = _POSITION.findall(mistakes[0]["msg"])[-1]
        return Problem(400, Mistake("not_json", "", {"line": line, "column": column}))
    return Problem(422, *map(_mistake, mistakes))


def _mistake(found: ErrorDetails) -> Mistake:
    reason = _REASONS.get(found["type"], "not_number")
    if not found["loc"]:
        return Mistake(reason, "")
    name = str(found["loc"][0])
    if name not in BY_NAME:
        # An unknown name is the client's own text: a plain word may be repeated, anything else may not.
        return Mistake(reason, name if _NAME.fullmatch(name) else "?", {"names": ", ".join(NAMES)})
    known = BY_NAME[name]
    return Mistake(reason, name, {"low": f"{known.low:g}", "high": f"{known.high:.0f}", "unit": known.unit})


def _repeated(body: bytes) -> list[str]:
    # Numbers stay text: Python refuses to read an integer of thousands of digits. Names of inner objects do not count.
    names = json.loads(
        body, object_pairs_hook=lambda pairs: [name for name, _ in pairs], parse_int=str, parse_float=str
    )
    return [name for name in NAMES if names.count(name) > 1]
