"""`POST /alarmas/{id}/reconocer`: somebody says that an alarm is theirs, by JSON or by the form of its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, SecretStr, StringConstraints, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from alerts import acknowledgement
from alerts.acknowledgement import Acknowledgement
from alerts.clock import now_us
from api import body, guard, negotiation
from api.alarm_document import Acknowledged, of_acknowledgement
from api.alarms import AlarmPage, story_of
from api.answer import as_json
from api.parameters import AlarmId
from api.problems import Mistake, Problem, documented
from api.records import Records
from api.rendering import page_language

_MISTAKES: Final = {"quien": "not_who", "nota": "not_note"}

# No control characters but the ends of lines in a note: PostgreSQL takes no NUL, and a terminal obeys the others.
_Who: TypeAlias = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^\P{Cc}*$")
]
_Note: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=r"^[\P{Cc}\n]*$")]


class Taken(BaseModel):
    """The body: who takes the alarm on, and what they have to say."""

    model_config = ConfigDict(strict=True, extra="forbid", json_schema_extra={"examples": [{"quien": "M. Rojas"}]})

    quien: _Who
    nota: _Note = ""


class Answer(BaseModel):
    """Who acknowledged the alarm; `ya_reconocida`: somebody else had before, and that stays."""

    alarma: int
    reconocida: Acknowledged
    ya_reconocida: bool


@dataclass(frozen=True, slots=True)
class Door:
    """Where acknowledgements come in."""

    records: Records
    page: AlarmPage
    key: SecretStr | None

    async def by_json(self, request: Request, alarm_id: int) -> Response:
        """Answer a program."""
        guard.check_key(self.key, guard.key_in_header(request))
        taken = from_json(await body.read(request))
        return as_json(await run_in_threadpool(self._acknowledge, alarm_id, taken))

    async def by_form(self, request: Request, alarm_id: int) -> Response:
        """Answer a person: the page again, which says who acknowledged, or what was wrong."""
        guard.check_origin(request)
        # A form's line ends with two characters, and counts as one.
        fields = {name: value.replace("\r\n", "\n") for name, value in (await body.form(request)).items()}
        try:
            guard.check_key(self.key, guard.key_in_header(request) or fields.get("clave", "").encode())
            await run_in_threadpool(self._acknowledge, alarm_id, from_form(fields))
        except Problem as problem:
            if problem.status not in {401, 422} or not negotiation.wants_page(request.headers.get("accept", "")):
                raise
            story = await run_in_threadpool(story_of, self.records, alarm_id)
            typed = {"quien": fields.get("quien", "")[:64], "nota": fields.get("nota", "")[:500]}
            return await run_in_threadpool(self.page.render, request, story, typed, problem)
        asked = f"?lang={page_language(request)}" if "lang" in request.query_params else ""
        return RedirectResponse(f"/alarmas/{alarm_id}{asked}", 303)

    def _acknowledge(self, alarm_id: int, taken: Taken) -> Answer:
        mine = Acknowledgement(now_us(), taken.quien, taken.nota)
        found = self.records.write(lambda connection: acknowledgement.acknowledge(connection, alarm_id, mine))
        if found is None:
            raise Problem(404, Mistake("no_alarm"))
        return Answer(alarma=alarm_id, reconocida=of_acknowledgement(found), ya_reconocida=found is not mine)


def from_json(text: bytes) -> Taken:
    """Read a body; raises Problem 422, or 400 for what is no JSON."""
    try:
        return Taken.model_validate_json(text)
    except ValidationError as error:
        raise _problem(error) from None


def from_form(fields: Mapping[str, str]) -> Taken:
    """Read a form; raises Problem 422."""
    try:
        return Taken(quien=fields.get("quien", ""), nota=fields.get("nota", ""))
    except ValidationError as error:
        raise _problem(error) from None


def install(app: FastAPI, door: Door) -> None:
    """Add the route."""
    described = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": Taken.model_json_schema()}}}
    }

    @app.post(
        "/alarmas/{id}/reconocer",
        summary="Reconocer una alarma; no la termina",
        response_model=Answer,
        responses=documented(400, 401, 403, 404, 408, 413, 415, 422, 503),
        openapi_extra=described,
    )
    async def acknowledge(request: Request, id: AlarmId) -> Response:  # noqa: A002 - the name in the address
        kind = body.media_type(request)
        if kind == body.FORM:
            return await door.by_form(request, id)
        # Only these types: a page elsewhere cannot send them without asking us first, and we never allow it.
        if kind == "application/json" or kind.endswith("+json"):
            return await door.by_json(request, id)
        raise Problem(415, Mistake("json_or_form"))


def _problem(error: ValidationError) -> Problem:
    mistakes = error.errors(include_url=False, include_input=False)
    if mistakes[0]["type"] == "json_invalid":
        return Problem(400, Mistake("not_acknowledgement", ""))
    named = dict.fromkeys(str(one["loc"][0]) for one in mistakes if one["loc"])
    known = [Mistake(_MISTAKES[name], name) for name in named if name in _MISTAKES]
    return Problem(422, *(known or [Mistake("not_acknowledgement", "")]))
