"""Engines for the store, with the settings that SQLite needs, and the migration to this program's schema."""

import logging
import sqlite3
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

log = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parent / "migrations"
PATIENCE_MS: Final = 2_000
"""How long a lock is waited for. Others write for milliseconds; whoever takes longer is a fault to be told of soon."""

FIXED_WAL: Final = (3, 51, 3)
"""SQLite before this version can, in a rare race, corrupt a WAL that two connections write or checkpoint."""

CHECKPOINT: Final = 2_000
"""Pages of the log, 8 MB, after which they are carried over into the file, while the line waits: 3 ms after as many
readings alone, 7 at 5,000 a second. SQLite's own 1,000 takes hardly less and comes twice as often; 4,000 takes 13."""


def writer(url: str) -> Engine:
    """Return the engine that writes, by one connection at a time: see `ingest.writer`."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if sqlite3.sqlite_version_info < FIXED_WAL:
        log.info("SQLite %s: one writing process only (a second one needs 3.51.3)", sqlite3.sqlite_version)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    # What the dialect does at the begin of a transaction; an event that executes a statement takes 30 µs longer.
    engine.dialect.do_begin = _begin_immediate  # type: ignore[assignment,method-assign]
    return engine


def reader(url: str) -> Engine:
    """Return an engine for reading; it must not be used to write."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the store to this program's schema; a store that is there already is left as it is."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare(connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own signature
    # Transactions are ours to begin (see below), not the driver's.
    connection.isolation_level = None
    cursor = connection.cursor()
    waits, log_pages = f"busy_timeout={PATIENCE_MS}", f"wal_autocheckpoint={CHECKPOINT}"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", waits, log_pages):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:  # noqa: ANN401 - the driver's own
    # A deferred transaction that reads first and writes later fails at once when another wrote in between.
    if not connection.in_transaction:  # `ingest.writer.Begun` does so before SQLAlchemy
        connection.execute("BEGIN IMMEDIATE")
