"""Answers that are JSON for programs and a page for people, at the same address."""

from collections.abc import Mapping
from typing import Final

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import Response

VARY: Final = {"Vary": "Accept"}


def as_json(document: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a document as JSON; a cache must not give it to somebody who wants the page."""
    return Response(document.model_dump_json(), status, {**VARY, **(headers or {})}, "application/json")


def here(request: Request) -> str:
    """Return the address asked for within this service, without its language."""
    query = request.url.remove_query_params("lang").query
    return f"{request.url.path}?{query}" if query else request.url.path
