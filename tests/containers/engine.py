"""Docker and Compose as the tests call them."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PULL_S = 300.0


@dataclass(frozen=True)
class Engine:
    """The words that begin a command of each."""

    client: str
    composer: tuple[str, ...]

    def docker(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `docker …`; what it says is in the failure's text."""
        return run([self.client, *words], {"DOCKER_BUILDKIT": "1"}, check=check)

    def compose(
        self, environment: Mapping[str, str], *words: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run `docker compose …` on our file."""
        return run([*self.composer, "-f", str(ROOT / "docker-compose.yml"), *words], environment, check=check)

    def has(self, image: str) -> str:
        """Return nothing when the image is here or can be pulled, else the reason."""
        if self.docker("image", "inspect", image, check=False).returncode == 0:
            return ""
        try:
            pulled = run([self.client, "pull", "-q", image], {}, check=False, patience_s=PULL_S)
        except subprocess.TimeoutExpired:
            return f"pulling {image} takes more than {PULL_S:.0f} s"
        return pulled.stderr.strip() if pulled.returncode else ""


def find_engine() -> Engine | str:
    """Return the engine, or why there is none."""
    client = shutil.which(os.environ.get("DOCKER", "docker"))
    if client is None:
        return "no docker on PATH"
    answer = run([client, "info"], {}, check=False)
    if answer.returncode:
        return f"no Docker engine answers: {answer.stderr.strip()}"
    if run([client, "compose", "version"], {}, check=False).returncode == 0:
        return Engine(client, (client, "compose"))
    if shutil.which("docker-compose"):
        return Engine(client, ("docker-compose",))
    return "neither docker compose nor docker-compose is installed"


def run(
    command: list[str], environment: Mapping[str, str], *, check: bool, patience_s: float | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command from the root of the repository."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | environment,
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=patience_s,
    )
    if check and done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done
