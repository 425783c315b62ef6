"""A bundle's JSON vouches for itself: no number in it can change unnoticed."""

import json
from pathlib import Path
from shutil import copytree

import pytest

from model import bundle
from model.__main__ import CHAMPION
from model.bundle import BundleError


def rewritten(folder: Path, change: dict[str, object]) -> Path:
    """Return a copy of the champion whose JSON says something else."""
    copy = copytree(CHAMPION, folder / "copy")
    known = json.loads((copy / bundle.METADATA).read_text())
    (copy / bundle.METADATA).write_text(json.dumps({**known, **change}))
    return copy


def test_another_layout_of_the_same_facts_is_accepted(tmp_path: Path) -> None:
    """The seal is over what is said, not over blanks."""
    assert bundle.read(rewritten(tmp_path, {})) == bundle.read(CHAMPION)


@pytest.mark.parametrize("change", [{"threshold": 0.9}, {"prior": 0.05}, {"margin": None}, {"seal": None}])
def test_a_changed_number_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    """A threshold edited by hand, or by a failing disk, would change verdicts without a murmur."""
    with pytest.raises(BundleError) as refused:
        bundle.read(rewritten(tmp_path, change))
    assert refused.value.reason == "checksum"


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"format": 1}'])
def test_what_is_no_bundle_is_refused(tmp_path: Path, text: str) -> None:
    """One kind of error, whatever is in the file."""
    copy = rewritten(tmp_path, {})
    (copy / bundle.METADATA).write_text(text)
    with pytest.raises(BundleError) as refused:
        bundle.read(copy)
    assert refused.value.reason == "metadata"
