"""Crash points are those of a batch: whatever is written at start is none of them, or nothing would ever be tried."""

import subprocess
import sys
from pathlib import Path

import pytest

OPENED = """
import sys
from ingest import crash, database
from ingest.store import Store
from ingest.writer import Writer
crash.arm(sys.argv[1])
writer = database.writer(f"sqlite:///{sys.argv[2]}/store.db")
database.migrate(writer)
Store(Writer(writer), "m1")
print("alive")
"""


@pytest.mark.parametrize("point", ["after-score", "mid-transaction"])
def test_a_store_is_opened_without_dying(point: str, tmp_path: Path) -> None:
    """Both lie inside of a transaction, and there are others before the first batch."""
    command = [sys.executable, "-c", OPENED, point, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout) == (0, "alive\n")
