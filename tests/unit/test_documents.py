"""Documents say what is true of the tree."""

import importlib.metadata
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from settings.__main__ import shown_default
from settings.schema import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("model", "alerts", "ingest", "api", "training", "simulator", "settings")


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "README.md", "README.es.md"])
def test_every_path_that_a_document_names_exists(document: str) -> None:
    """Between backticks, with a slash, and below one of our folders."""
    named = re.findall(
        r"`((?:model|alerts|ingest|api|training|simulator|settings|tests|docs)/[\w./-]*)`", text(document)
    )
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_readme_lists_every_setting_with_its_default_and_meaning() -> None:
    """One row each, and none that is gone."""
    listed = re.findall(r"^\| `(VIGIA_\w+)` \| `(.*?)` \| (.*) \|$", text("README.md"), re.MULTILINE)
    assert listed == list(rows(Settings, "VIGIA_"))


def test_no_installed_distribution_owns_one_of_our_names() -> None:
    """Or `python -m api` might one day run somebody else's."""
    assert {name for name in PACKAGES if name in importlib.metadata.packages_distributions()} == set()


def test_no_source_file_is_longer_than_300_lines() -> None:
    """Above that there is a second idea inside."""
    long = [
        path for name in PACKAGES for path in (ROOT / name).rglob("*.py") if len(path.read_text().splitlines()) > 300
    ]
    assert long == []


def rows(model: type[BaseModel], prefix: str) -> list[tuple[str, str, str]]:
    """Return variable, default and meaning of every setting."""
    found: list[tuple[str, str, str]] = []
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found += rows(field.annotation, f"{prefix}{name.upper()}__")
        else:
            found.append((f"{prefix}{name.upper()}", shown_default(field), str(field.description)))
    return found


def text(document: str) -> str:
    """Return a document of the root."""
    return (ROOT / document).read_text(encoding="utf-8")
