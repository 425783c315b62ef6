"""Everything that goes wrong over HTTP, answered as RFC 9457 `application/problem+json`.

A problem names the field and the reason and never repeats what was sent: a NaN would break the answer, a megabyte
would come back as a megabyte, and a script would land in somebody's log viewer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import negotiation
from api.texts import REASONS, TITLES
from settings.schema import Language

MEDIA_TYPE: Final = "application/problem+json"
LISTED: Final = 20
"""Mistakes that one answer names at the most: 64 KiB can hold thousands of unknown fields."""

_PARAMETER: Final = {
    "bool_parsing": "not_boolean",
    "string_pattern_mismatch": "not_name",
    "enum": "not_kind",
    "literal_error": "not_choice",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong: a reason (a key of `texts.REASONS`) about a field, "" for the whole body, None for neither."""

    reason: str
    about: str | None = None
    facts: Mapping[str, str | float] = field(default_factory=dict)

    def sentence(self, language: Language) -> str:
        """Return the reason in words."""
        return REASONS[language][self.reason].format(**self.facts).rstrip()

    def place(self, language: Language) -> str:
        """Return what the reason is about, "" when it is the request itself."""
        return REASONS[language]["body"] if self.about == "" else self.about or ""


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """A request that gets an error: its status, the mistakes that explain it, and what else the answer carries."""

    def __init__(
        self,
        status: int,
        *mistakes: Mistake,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """Take at least one mistake; the first `LISTED` are told."""
        super().__init__(f"{status} {mistakes[0].reason}")
        self.status = status
        self.mistakes = mistakes[:LISTED]
        self.headers = headers or {}
        self.members = members or {}

    def response(self, language: Language) -> Response:
        """Return the answer in a language."""
        told = [(m.place(language), m.sentence(language)) for m in self.mistakes]
        document = {
            "type": "about:blank",
            "title": TITLES[language].get(self.status, HTTPStatus(self.status).phrase),
            "status": self.status,
            "detail": "; ".join(f"{place}: {sentence}" if place else sentence for place, sentence in told),
            "errores": [{"campo": place, "motivo": sentence} for place, sentence in told if place],
            **self.members,
        }
        headers = {"Content-Language": language, "Vary": "Accept-Language", **self.headers}
        return Response(json.dumps(document, ensure_ascii=False), self.status, headers, MEDIA_TYPE)


class FieldMistake(BaseModel):
    """An entry of `errores`."""

    campo: str
    motivo: str


class ProblemDocument(BaseModel):
    """The body of every error, as the OpenAPI document shows it."""

    type: str
    title: str
    status: int
    detail: str
    errores: list[FieldMistake]


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI responses of a route that may answer with these errors."""
    schema = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
    schema["properties"]["errores"]["items"] = schema.pop("$defs")["FieldMistake"]
    return {
        status: {"description": TITLES["es"][status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def preferred_language(request: Request) -> Language:
    """Return the language in which a request is answered."""
    return negotiation.language(request.headers.get("accept-language", ""))


def install(app: FastAPI) -> None:
    """Make the app answer every error that is not a bug as a problem; bugs are caught at the edge."""

    @app.exception_handler(Problem)
    async def problem(request: Request, error: Problem) -> Response:
        return error.response(preferred_language(request))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        reason = {404: "not_found", 405: "method"}.get(error.status_code, "bad_request")
        found = Problem(error.status_code, Mistake(reason), headers=error.headers)
        return found.response(preferred_language(request))

    @app.exception_handler(RequestValidationError)
    async def bad_parameter(request: Request, error: RequestValidationError) -> Response:
        # FastAPI itself reads only what stands in addresses; `loc` ends with the parameter's name, which is ours.
        mistakes = [Mistake(_PARAMETER.get(one["type"], "not_whole"), str(one["loc"][-1])) for one in error.errors()]
        return Problem(422, *mistakes).response(preferred_language(request))
