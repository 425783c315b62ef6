"""docker-compose.yml under both generations of Compose; no engine is needed, only their programs."""

import os
import shutil

import pytest

from tests.containers.engine import ROOT, run

PROFILES = ("--profile", "demo", "--profile", "train")


def composer(generation: str) -> list[str]:
    """Return the words that call it, or skip."""
    client = shutil.which(os.environ.get("DOCKER", "docker"))
    if generation == "docker compose":
        if client is None or run([client, "compose", "version"], {}, check=False).returncode:
            pytest.skip("docker has no plugin compose")
        return [client, "compose"]
    if not (old := shutil.which("docker-compose")):
        pytest.skip("docker-compose is not installed")
    return [old]


@pytest.mark.parametrize("generation", ["docker compose", "docker-compose"])
def test_the_file_is_clean(generation: str) -> None:
    """Valid with every profile, and nothing to warn of: no unset variable, nothing obsolete."""
    words = [*composer(generation), "-f", str(ROOT / "docker-compose.yml"), *PROFILES, "config"]
    done = run(words, {}, check=True)
    assert done.stderr == ""
    services = run([*words, "--services"], {}, check=True).stdout.split()
    assert {"mosquitto", "ingest", "api", "prometheus", "grafana", "sink", "simulator", "train", "mlflow"} <= set(
        services
    )
