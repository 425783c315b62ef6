"""The version that the service tells is the project's."""

import tomllib
from pathlib import Path

import api


def test_the_version_is_that_of_pyproject() -> None:
    """It is written twice because no image carries pyproject.toml."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == api.VERSION
