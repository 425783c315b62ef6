"""Is the service alive, can it do its job, and which version is it."""

import asyncio
import logging
import platform
from typing import Annotated, Final, Literal

import xgboost
from fastapi import FastAPI
from pydantic import BaseModel, Field
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from api import VERSION
from api.bench import Bench
from api.problems import Mistake, Problem, documented
from api.records import is_missing
from ingest import database

PATIENCE: Final = 3.0
"""Seconds that the store has to answer a probe."""

log = logging.getLogger(__name__)


class Checks(BaseModel):
    """What readiness looked at; `modelo` is "ok" or the reason why the bundle was refused."""

    modelo: str
    almacen: Literal["ok", "sin crear", "error"]


class Ready(BaseModel):
    """The service answers `POST /potabilidad`."""

    listo: Literal[True] = True
    comprobaciones: Checks


class Alive(BaseModel):
    """The process runs."""

    vivo: Literal[True] = True


class Version(BaseModel):
    """Versions of what judges."""

    vigia: Annotated[str, Field(examples=[VERSION])]
    modelo: str | None
    python: str
    xgboost: str


class Store:
    """The database that ingest writes and this service reads."""

    def __init__(self, url: str) -> None:
        """Only take note: the engine is made when it is first needed."""
        self._url = url
        self._engine: Engine | None = None

    def state(self) -> Literal["ok", "sin crear", "error"]:
        """Return how the store answers `SELECT 1`; why it does not is logged."""
        try:
            if is_missing(self._url):
                return "sin crear"
            self._engine = self._engine or database.reader(self._url)
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except (SQLAlchemyError, ImportError, OSError) as error:  # ImportError: the driver is not installed
            log.warning("the store does not answer: %s", type(error).__name__)  # the text could hold the password
            return "error"
        return "ok"


def install(app: FastAPI, bench: Bench, store: Store) -> None:
    """Add `/livez`, `/readyz` and `/version`."""

    @app.get("/livez", summary="El proceso vive")
    async def livez() -> Alive:
        return Alive()

    @app.get("/readyz", summary="El servicio puede responder", responses=documented(503))
    async def readyz() -> Ready:
        # The model decides alone. Where only spot checks are wanted ingest never runs and there is no store, and a
        # store that fails must not take /potabilidad out of the load balancer with it: its state is told beside.
        try:
            almacen = await asyncio.wait_for(asyncio.to_thread(store.state), PATIENCE)
        except TimeoutError:
            almacen = "error"
        checks = Checks(modelo="ok" if bench.judge else bench.reason, almacen=almacen)
        if bench.judge is None:
            members = {"listo": False, "comprobaciones": checks.model_dump()}
            raise Problem(503, Mistake("no_model", facts={"reason": bench.reason}), members=members)
        return Ready(comprobaciones=checks)

    @app.get("/version", summary="Versiones")
    async def version() -> Version:
        return Version(
            vigia=VERSION,
            modelo=bench.judge.metadata.version if bench.judge else None,
            python=platform.python_version(),
            xgboost=xgboost.__version__,
        )
