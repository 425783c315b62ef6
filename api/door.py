"""Where people do something by HTTP: by JSON, or by a form of our own pages, with the key where one is set."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Generic
from zoneinfo import ZoneInfo

from fastapi import Request, Response
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from api import body, guard, negotiation, statement
from api.problems import Mistake, Problem
from api.rendering import page_language
from api.statement import Said

ERRORS: Final = (400, 401, 403, 404, 408, 413, 415, 422, 503)
LONGEST: Final = 500
"""Characters of a field that are shown again when the form comes back."""


@dataclass(frozen=True, slots=True)
class Deed(Generic[Said]):
    """What somebody may do: by saying what, what comes of it, and what a person sees then.

    `do` and `again` work on the store, in a thread. `again` shows the form's page with what was typed and what was
    wrong with it; `back` is where the form leads when all is well.
    """

    said: type[Said]
    do: Callable[[Said], Response]
    again: Callable[[Request, Mapping[str, str], Problem], Response]
    back: str


@dataclass(frozen=True, slots=True)
class Door:
    """Lets in what may be done; times in forms without an offset are of `zone`."""

    key: SecretStr | None
    zone: ZoneInfo

    async def admit(self, request: Request, deed: Deed[Said]) -> Response:
        """Do it and answer.

        Raises:
            Problem: 401 without the key, 403 for a form from elsewhere, 415, and whatever the body or `do` has.

        """
        kind = body.media_type(request)
        if kind == body.FORM:
            return await self._by_form(request, deed)
        # Only these types: a page elsewhere cannot send them without asking us first, and we never allow it.
        if kind == "application/json" or kind.endswith("+json"):
            return await self._by_json(request, deed)
        raise Problem(415, Mistake("json_or_form"))

    async def _by_json(self, request: Request, deed: Deed[Said]) -> Response:
        guard.check_key(self.key, guard.key_in_header(request))
        return await run_in_threadpool(deed.do, statement.from_json(deed.said, await body.read(request)))

    async def _by_form(self, request: Request, deed: Deed[Said]) -> Response:
        guard.check_origin(request)
        # A form's line ends with two characters, and counts as one.
        fields = {name: value.replace("\r\n", "\n") for name, value in (await body.form(request)).items()}
        try:
            guard.check_key(self.key, guard.key_in_header(request) or fields.get("clave", "").encode())
            await run_in_threadpool(deed.do, statement.from_form(deed.said, fields, self.zone))
        except Problem as problem:
            if problem.status not in {401, 422} or not negotiation.wants_page(request.headers.get("accept", "")):
                raise
            typed = {name: fields.get(name, "")[:LONGEST] for name in deed.said.model_fields}
            return await run_in_threadpool(deed.again, request, typed, problem)
        asked = f"?lang={page_language(request)}" if "lang" in request.query_params else ""
        return RedirectResponse(f"{deed.back}{asked}", 303)
