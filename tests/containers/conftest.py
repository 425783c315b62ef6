"""What the container tests may ask for: an engine, our images, and the whole stack with its demo profile.

They run by `make docker-test` (which sets DOCKER_TEST=1) where a Docker engine answers, and say why where they do not.
DOCKER names another client than `docker`.

`engine` (session): the commands `docker` and `docker compose` or `docker-compose`.

`images` (session): the names of the two images, built from this tree.

`stack` (session): everything up, with secrets, ports and volumes of its own. Services whose image can neither be found
nor pulled are left out; `stack.left_out` says which and why.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.engine import ROOT, Engine, find_engine
from tests.containers.stack import SENSOR, Stack

TAG = "docker-test"


@pytest.fixture(scope="session")
def engine() -> Engine:
    """Find Docker, or skip and say why."""
    if os.environ.get("DOCKER_TEST") != "1":
        pytest.skip("needs a Docker engine and minutes: make docker-test")
    found = find_engine()
    if isinstance(found, str):
        pytest.skip(found)
    return found


@pytest.fixture(scope="session")
def images(engine: Engine) -> dict[str, str]:
    """Build both images; return their names by target."""
    names = {"runtime": f"vigia:{TAG}", "train": f"vigia-train:{TAG}"}
    for target, name in names.items():
        engine.docker("build", "--target", target, "-t", name, str(ROOT))
    return names


@pytest.fixture(scope="session")
def stack(engine: Engine, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Start it, and take it away with its volumes."""
    assert images
    folder: Path = tmp_path_factory.mktemp("stack")
    made = Stack(engine, folder, TAG, SENSOR)
    try:
        made.up()
        yield made
    finally:
        made.remove()
