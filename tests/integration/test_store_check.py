"""A store that is damaged, short of room, or no longer the file that it was."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from ingest import database, store_check
from ingest.store import Store, StoreError
from ingest.store_check import StoreDamagedError
from ingest.writer import Writer


def url(folder: Path) -> str:
    """Return the address of the store that `engine` has made."""
    return f"sqlite:///{folder}/store.db"


def write(store: Store) -> None:
    """Commit something."""
    with store.transaction():
        pass


def test_a_whole_store_and_one_that_is_not_there_yet_are_fine(engine: Engine, tmp_path: Path) -> None:
    """Nothing is made by looking."""
    engine.dispose()
    store_check.at_start(url(tmp_path))
    store_check.at_start(f"sqlite:///{tmp_path}/none.db")
    assert not (tmp_path / "none.db").exists()
    store_check.at_start("postgresql+psycopg://nobody@127.0.0.1:1/none")


def test_a_damaged_store_is_told_of_before_anything_is_written(engine: Engine, tmp_path: Path) -> None:
    """With what to do."""
    engine.dispose()
    file = tmp_path / "store.db"
    content = bytearray(file.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 100] = b"x" * 100
    file.write_bytes(content)
    with pytest.raises(StoreDamagedError, match="restore a copy"):
        store_check.at_start(url(tmp_path))
    file.write_bytes(b"this was a database" * 500)
    with pytest.raises(StoreDamagedError, match="not a database"):
        store_check.at_start(url(tmp_path))


def test_a_store_that_somebody_holds_is_no_damaged_one(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ingest starts, waits, and says so by itself."""
    engine.dispose()
    monkeypatch.setattr(store_check, "PATIENCE_S", 0.1)
    with closing(sqlite3.connect(tmp_path / "store.db", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        store_check.at_start(url(tmp_path))


def test_little_room_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not an error: the alarm system must start on a nearly full disk too."""
    monkeypatch.setattr(store_check, "ROOM", shutil.disk_usage(tmp_path).total * 2)
    store_check.at_start(url(tmp_path))
    assert "free for the store" in caplog.text


def test_nothing_is_committed_to_a_file_that_was_moved_away(engine: Engine, tmp_path: Path) -> None:
    """And all goes on when it is back."""
    store = Store(Writer(engine), "0-small")
    store_check.watch(engine, url(tmp_path))
    write(store)
    away = tmp_path / "away.db"
    file = tmp_path / "store.db"
    file.rename(away)
    with pytest.raises(StoreError, match="moved away or replaced"):
        write(store)
    away.replace(file)
    write(store)


def test_nothing_is_committed_beside_another_file_in_its_place(engine: Engine, tmp_path: Path) -> None:
    """Whoever opened that one took our log for its own, and removed it: only a restart helps then."""
    store = Store(Writer(engine), "0-small")
    store_check.watch(engine, url(tmp_path))
    away = tmp_path / "away.db"
    file = tmp_path / "store.db"
    file.rename(away)
    other = database.writer(url(tmp_path))
    database.migrate(other)
    other.dispose()
    with pytest.raises(StoreError, match="moved away or replaced"):
        write(store)
    away.replace(file)
    with pytest.raises(StoreError, match="moved away or replaced"):
        write(store)


def test_a_log_that_was_moved_away_is_noticed(engine: Engine, tmp_path: Path) -> None:
    """What was committed last stands there alone; nothing is acknowledged until it is back."""
    store_check.watch(engine, url(tmp_path))
    store = Store(Writer(engine), "m1")
    log, aside = tmp_path / "store.db-wal", tmp_path / "aside"
    log.rename(aside)
    with pytest.raises(StoreError, match="moved away"), store.transaction():
        pass
    aside.rename(log)
    with store.transaction():
        pass


def test_a_store_that_can_only_be_read_is_no_store(tmp_path: Path) -> None:
    """SQLite opens it without a word; said at start, the process can end and be started again."""
    made = database.writer(url(tmp_path))
    database.migrate(made)
    made.dispose()
    only_read = database.writer(f"{url(tmp_path).replace('sqlite:///', 'sqlite:///file:')}?mode=ro&uri=true")
    with pytest.raises(OperationalError, match="readonly"):
        store_check.writable(only_read)
    only_read.dispose()
