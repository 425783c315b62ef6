"""SECURITY.md and docs/reliability.md promise nothing that no test, file or command of ours stands behind."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("SECURITY.md", "docs/reliability.md")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_exists(document: str) -> None:
    """Between backticks, with a slash, and below one of our folders."""
    named = re.findall(r"`((?:tests|mosquitto|containers|ingest|alerts|docs)/[\w./-]+)`", text(document))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_test_that_is_named_exists() -> None:
    """Somewhere below tests."""
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = {name for document in DOCUMENTS for name in re.findall(r"`(test_\w+)`", text(document))}
    assert len(named) > 10
    assert sorted(name for name in named if f"def {name}(" not in written) == []


def test_every_fault_and_target_that_is_named_exists() -> None:
    """What the documents tell people to type works."""
    makefile = text("Makefile")
    faults = text("tests/faults/faults.py")
    for document in DOCUMENTS:
        assert [name for name in re.findall(r"`make ([a-z-]+)", text(document)) if f"\n{name}:" not in makefile] == []
        assert [name for name in re.findall(r"--only ([a-z0-9-]+)", text(document)) if f'"{name}"' not in faults] == []


def text(document: str) -> str:
    """Return a document of the root."""
    return (ROOT / document).read_text(encoding="utf-8")
