"""A SQLite database that loses nothing that was committed, as rivals open it."""

import sqlite3
from pathlib import Path


def opened(file: Path) -> sqlite3.Connection:
    """Open it; transactions are the caller's to begin, and each statement outside of one is committed by itself."""
    store = sqlite3.connect(file, isolation_level=None)
    for statement in ("journal_mode=WAL", "synchronous=FULL"):
        store.execute(f"PRAGMA {statement}")
    return store
