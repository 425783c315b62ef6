"""The images: what is in them, and above all what is not."""

import io
import json
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.containers.engine import Engine
from tests.waiting import wait_until

BASE = "python:3.11-slim-bookworm"
TRAINING = ("mlflow", "optuna", "pandas", "sklearn", "matplotlib")
LARGEST = 280_000_000
LARGE = 1_000_000
SUSPICIOUS = {
    "name": re.compile(rb"(\.key|/pip\.conf|/\.env|/\.netrc|/sensors\.json|(^|/)secrets/.*)$"),
    "private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "password in an address": re.compile(rb"index-url\s*=\s*\w+://[^/\s]+:[^/\s]+@"),
}


def config(engine: Engine, image: str) -> dict[str, Any]:
    """Return what the engine knows about an image."""
    [known] = json.loads(engine.docker("image", "inspect", image).stdout)
    assert isinstance(known, dict)
    return known


def shell(engine: Engine, image: str, script: str, *options: str) -> str:
    """Run a script in a container of the image, and return what it prints."""
    return engine.docker("run", "--rm", *options, "--entrypoint", "sh", image, "-c", script).stdout.strip()


@pytest.mark.parametrize("target", ["runtime", "train"])
def test_it_runs_as_nobody_in_particular_and_holds_no_tools(
    engine: Engine, images: dict[str, str], target: str
) -> None:
    """No root, no pip by any door, no compiler."""
    image = images[target]
    assert shell(engine, image, "id -u; id -g") == "10001\n10001"
    assert shell(engine, image, "command -v pip pip3 gcc cc g++ make curl wget git || true") == ""
    assert shell(engine, image, "python -c 'import pip' 2>&1 || true").endswith("No module named 'pip'")
    assert shell(engine, image, "python -c 'import ensurepip' 2>&1 || true").endswith("No module named 'ensurepip'")


def test_the_runtime_has_no_training_packages(engine: Engine, images: dict[str, str]) -> None:
    """Nothing that was only needed to make the model."""
    found = f"from importlib.util import find_spec; print([name for name in {TRAINING} if find_spec(name)])"
    assert shell(engine, images["runtime"], f'python -c "{found}"') == "[]"
    assert (
        shell(engine, images["runtime"], "ls -d training tests data secrets .git vigia.yaml 2>/dev/null || true") == ""
    )


def test_the_runtime_adds_no_more_than_280_mb_to_its_base(engine: Engine, images: dict[str, str]) -> None:
    """As the engine counts: all layers, uncompressed."""
    assert config(engine, images["runtime"])["Size"] - config(engine, BASE)["Size"] <= LARGEST


@pytest.mark.parametrize("target", ["runtime", "train"])
def test_no_layer_holds_a_secret(engine: Engine, images: dict[str, str], target: str, tmp_path: Path) -> None:
    """Not even one that a later layer hides: no file named like one, no private key, no password in an address."""
    archive = tmp_path / "image.tar"
    engine.docker("save", "-o", str(archive), images[target])
    found = [
        f"{path}: {why}"
        for path, content in layers(archive)
        for why, pattern in SUSPICIOUS.items()
        if pattern.search(path.encode() if why == "name" else content)
    ]
    assert found == []


def layers(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Return path and content of the files in every layer that we add to the base; large ones cannot be secrets."""
    with tarfile.open(archive) as image:
        manifest = json.load(image.extractfile("manifest.json") or io.BytesIO())
        for name in manifest[0]["Layers"][1:]:  # the first is the base image's
            with tarfile.open(fileobj=image.extractfile(name)) as layer:
                for member in layer:
                    if member.isfile() and member.size < LARGE:
                        yield member.name, (layer.extractfile(member) or io.BytesIO()).read()


@pytest.mark.parametrize("target", ["runtime", "train"])
def test_no_variable_and_no_history_holds_a_secret(engine: Engine, images: dict[str, str], target: str) -> None:
    """They are shown to whoever has the image."""
    image = images[target]
    variables = [entry.split("=")[0] for entry in config(engine, image)["Config"]["Env"]]
    assert [name for name in variables if any(word in name for word in ("PASSWORD", "TOKEN", "_KEY", "PIP_"))] in (
        [],
        ["PIP_CERT"],  # a base image of a company may name its own authorities
    )
    history = engine.docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", image).stdout
    assert "PRIVATE KEY" not in history
    assert "index-url" not in history


def test_it_says_what_it_is(engine: Engine, images: dict[str, str]) -> None:
    """Labels, signal and health check are there for who finds the image without its repository."""
    known = config(engine, images["runtime"])["Config"]
    labels = known["Labels"]
    assert labels["org.opencontainers.image.title"] == "Vigía"
    assert labels["org.opencontainers.image.licenses"] == "MIT"
    assert known["StopSignal"] == "SIGTERM"
    assert known["Healthcheck"]["Test"][:2] == ["CMD", "python"]


@pytest.mark.parametrize("moment", ["starts", "serves"])
@pytest.mark.parametrize("program", ["ingest", "api"])
def test_sigterm_ends_it_in_order(engine: Engine, images: dict[str, str], program: str, moment: str) -> None:
    """As process 1, with exit code 0 and before Docker would send SIGKILL, on a read-only root file system."""
    hardened = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"]
    places = ["--tmpfs", "/tmp", "-v", "/data"]  # noqa: S108 - the container's own
    container = engine.docker("run", "-d", *hardened, *places, images["runtime"], program).stdout.strip()
    try:
        if moment == "starts":
            wait_until(lambda: engine.docker("logs", container).stderr, f"{program} says its first line")
        else:
            url = "http://127.0.0.1:9108/livez" if program == "ingest" else "http://127.0.0.1:8000/livez"
            healthy = ("exec", container, "python", "-S", "containers/healthy.py", url)
            wait_until(lambda: engine.docker(*healthy, check=False).returncode == 0, f"{program} answers")
        engine.docker("stop", "-t", "5", container)
        [known] = json.loads(engine.docker("inspect", container).stdout)
        assert known["State"]["ExitCode"] == 0, engine.docker("logs", container).stderr
    finally:
        engine.docker("rm", "-f", "-v", container)
