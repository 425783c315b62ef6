"""Crash points are those of a batch: what is written at start is none of them, or nothing would ever be tried."""

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

MARKED = """
import sys, threading
from ingest import crash, database
from ingest.pipeline import Pipeline
from ingest.writer import Writer
writer = Writer(database.writer(f"sqlite:///{sys.argv[2]}/store.db"))
def mark():
    with writer.begin():
        pass
def process(self):
    other = threading.Thread(target=mark)
    other.start()
    other.join()
Pipeline.process = process
crash.arm(sys.argv[1])
Pipeline.process(None)
print("alive")
"""


@pytest.mark.parametrize("point", ["after-score", "mid-transaction"])
@pytest.mark.parametrize("script", [OPENED, MARKED], ids=["opened", "marked"])
def test_others_transactions_are_no_points(script: str, point: str, tmp_path: Path) -> None:
    """Both lie inside of a transaction, and there are others: before the first batch, and by those who notify."""
    command = [sys.executable, "-c", script, point, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stdout) == (0, "alive\n")
