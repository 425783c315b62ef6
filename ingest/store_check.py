"""Whether the store can be relied on: whole and with room at start, and the same file all the time."""

import logging
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, update
from sqlalchemy.engine import make_url
from sqlalchemy.pool import PoolProxiedConnection

from ingest.schema import frontier

log = logging.getLogger(__name__)

ROOM: Final = 1 << 30
"""Bytes; below it a warning at start. A million readings take about 200 MB."""

PATIENCE_S: Final = 10.0
"""Seconds for the look at start: water must not wait until gigabytes are read."""

STEPS: Final = 10_000
"""Instructions of SQLite's machine between two looks at the clock."""


class StoreDamagedError(Exception):
    """The database is not whole: writing to it could lose more."""


def at_start(url: str) -> None:
    """Look at a SQLite store before anything is written to it; other databases look after themselves.

    Raises:
        StoreDamagedError: the file is there and damaged.

    """
    file = _file(url)
    if file is None:
        return
    if file.parent.is_dir():
        free = shutil.disk_usage(file.parent).free
        if free < ROOM:
            log.warning("only %d MB are free for the store in %s", free >> 20, file.parent.absolute())
    if file.is_file():
        _quick_check(file)


def writable(writer: Engine) -> None:
    """Write something: SQLite opens a read-only file without a word, and then never writes to it in this process.

    Raises:
        sqlalchemy.exc.DBAPIError: nothing can be written.

    """
    with writer.begin() as connection:
        connection.execute(update(frontier).values(reading_id=frontier.c.reading_id))


def watch(writer: Engine, url: str) -> None:
    """Refuse to write when a file of the database was moved away or replaced under the open connection.

    What is written then would be gone with the process: what was committed last stands in the file beside it, `-wal`,
    alone. As with a full disk nothing is acknowledged, and all goes on when the file is back, or after a restart.
    """
    file = _file(url)
    if file is None:
        return
    ours = {one: _identity(one) for one in (str(file), f"{file}-wal")}
    begin = writer.dialect.do_begin

    def same_file(connection: PoolProxiedConnection) -> None:
        for one, known in ours.items():
            if _identity(one) != known:
                raise sqlite3.OperationalError(f"{one} was moved away or replaced")
        begin(connection)

    writer.dialect.do_begin = same_file  # type: ignore[assignment,method-assign]


def _quick_check(file: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    with closing(sqlite3.connect(file, timeout=PATIENCE_S)) as connection:
        connection.set_progress_handler(lambda: int(time.monotonic() > deadline), STEPS)
        try:
            [[found]] = connection.execute("PRAGMA quick_check(1)").fetchall()
        except sqlite3.OperationalError as error:
            # Interrupted, or locked by somebody else: no word on its health. Whoever writes finds out.
            log.info("the store was not looked through: %s", error)
            return
        except sqlite3.DatabaseError as error:
            found = str(error)
    if found != "ok":
        raise StoreDamagedError(f"the store {file} is damaged: {found}; restore a copy, or move it away to begin anew")


def _file(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        return None
    return Path(parsed.database)


def _identity(file: str) -> tuple[int, int] | None:
    try:
        known = os.stat(file)  # noqa: PTH116 - asked for before each transaction, and pathlib takes twice as long
    except OSError:
        return None
    return known.st_dev, known.st_ino
