"""`GET /`: JSON for programs, for people the overview of the control room."""

from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from api import negotiation
from api.bench import Bench
from api.description import describe
from api.overview import Overview
from api.parameters import SiteFilter
from api.problems import documented, preferred_language

CONTENT: Final = {"application/json": {"schema": {"type": "object"}}, "text/html": {"schema": {"type": "string"}}}


def install(app: FastAPI, bench: Bench, overview: Overview) -> None:
    """Add the route."""

    @app.get(
        "/",
        summary="Qué es este servicio; a personas, el panorama",
        responses={200: {"content": CONTENT}, **documented(422)},
    )
    async def home(request: Request, sitio: SiteFilter = None) -> Response:
        if negotiation.wants_page(request.headers.get("accept", "")):
            return await run_in_threadpool(overview.page, request, sitio)
        language = preferred_language(request)
        headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
        return JSONResponse(describe(bench, language), headers=headers)
