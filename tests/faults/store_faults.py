"""Faults of the store: held by others, no room, no right to write, the disk lost, another file in its place."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from typing import Final

from tests.faults.fault import LASTS_S, Fault, unnoticed
from tests.faults.process import PATIENCE_S, until
from tests.faults.rig import Rig

NOTICED_S: Final = 30.0
"""Those who write take turns with one connection, and each is patient for some seconds."""
UNREADY: Final = 503
REFUSED: Final = 2
"""Exit code of an ingest that cannot begin."""


@contextlib.contextmanager
def locked(rig: Rig) -> Iterator[None]:
    """Hold the write lock."""
    with contextlib.closing(sqlite3.connect(rig.consumer.store, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def store_locked(rig: Rig) -> None:
    """Hold the write lock for longer than ingest is patient."""
    with locked(rig):
        _noticed(rig, "nothing can be written")


def store_read(rig: Rig) -> None:
    """Read for long, as a backup does: the WAL cannot start anew, and the stream must not notice."""
    with contextlib.closing(sqlite3.connect(rig.consumer.store, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM sensors").fetchall()
        unnoticed(rig, 2 * LASTS_S)
        other.execute("ROLLBACK")


def store_full(rig: Rig) -> None:
    """Leave no byte on the disk."""
    ballast = rig.consumer.store.with_name("ballast")
    rig.disk.fill(ballast)
    try:
        _noticed(rig, "the disk is full")
    finally:
        ballast.unlink()


def store_read_only(rig: Rig) -> None:
    """Refuse every write to the open files, and allow them again: all goes on by itself."""
    file = rig.consumer.store
    with rig.disk.untouchable(file, file.with_name(f"{file.name}-wal")):
        _noticed(rig, "no write is allowed")


def store_read_only_at_start(rig: Rig) -> None:
    """Start ingest on a disk that is mounted read-only: it ends or waits, and serves when the disk is as usual."""
    rig.consumer.kill()
    rig.disk.remount("ro")
    try:
        rig.consumer.start()
        until(lambda: rig.consumer.has_ended() or rig.consumer.says() == UNREADY, PATIENCE_S, "it ends or says 503")
        time.sleep(LASTS_S)
        assert not rig.consumer.ready(), "/readyz says 200 on a read-only disk"
    finally:
        rig.disk.remount("rw")
    if rig.consumer.has_ended():
        assert rig.consumer.wait() == REFUSED, "only with a word and this exit code may it end by itself"
        rig.consumer.start()


def store_disk_failed(rig: Rig) -> None:
    """Have the kernel give the disk up under the open store: read-only, and what was not synced is gone.

    It needs people to bring the disk back, and ingest a new start.
    """
    rig.disk.fail()
    until(lambda: rig.consumer.has_ended() or not rig.consumer.ready(), NOTICED_S, "/readyz says 503 without a disk")
    time.sleep(LASTS_S)
    rig.consumer.end()
    rig.disk.repair()
    rig.consumer.start()


def moved(suffix: str) -> Fault:
    """Return the fault that moves a file of the database away under the open connection, and puts it back."""

    def fault(rig: Rig) -> None:
        file = rig.consumer.store.with_name(f"{rig.consumer.store.name}{suffix}")
        away = file.with_name("away")
        file.rename(away)
        try:
            _noticed(rig, "what is written would be lost")
        finally:
            away.replace(file)

    return fault


def store_replaced(rig: Rig) -> None:
    """Put another database into the place of ours under the open connection: nothing is written to either of them."""
    file = rig.consumer.store
    away, other = file.with_name("away.db"), file.with_name("other.db")
    with contextlib.closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE readings (id INTEGER PRIMARY KEY)")
    content = other.read_bytes()
    file.rename(away)
    other.rename(file)
    try:
        _noticed(rig, "another file is in its place")
    finally:
        file.rename(other)
        away.rename(file)
    assert other.read_bytes() == content, "the file in its place was written to"
    other.unlink()


def _noticed(rig: Rig, what: str) -> None:
    """Expect of ingest that it says that it is not ready, and wait for a while longer."""
    until(lambda: not rig.consumer.ready(), NOTICED_S, f"/readyz says 503 while {what}")
    time.sleep(LASTS_S)
