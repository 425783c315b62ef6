"""The whole of docker-compose.yml with its demo profile, beside whatever else runs on this computer."""

import json
import subprocess
import urllib.request
import uuid
from pathlib import Path
from typing import Any

from simulator.broker import HOST, free_port
from tests.containers.engine import Engine
from tests.containers.secured import form, make_secrets
from tests.waiting import wait_until

SENSOR = "prueba/p-07"
SERVICES = ("mosquitto", "ingest", "api", "prometheus", "grafana", "sink", "simulator")
OURS = ("ingest", "api", "sink", "simulator")


class Stack:
    """A project of its own: name, secrets, ports and volumes."""

    def __init__(self, engine: Engine, folder: Path, tag: str, *sensors: str) -> None:
        """Make the secrets, with logins of the demo's sensors and of these; start nothing."""
        self.engine = engine
        self.secrets = folder / "secrets"
        self.left_out: dict[str, str] = {}
        self.ports = {name: free_port() for name in ("BROKER", "API", "PROMETHEUS", "GRAFANA", "MLFLOW")}
        self.project = f"vigia-test-{uuid.uuid4().hex[:8]}"
        self.environment = {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROFILES": "demo",
            "SECRETS": str(self.secrets),
            "TAG": tag,
            **{f"{name}_PORT": str(port) for name, port in self.ports.items()},
        }
        make_secrets(folder, *sensors, demo=True)

    @property
    def services(self) -> list[str]:
        """The services that take part."""
        return [name for name in SERVICES if name not in self.left_out]

    def up(self, *only: str) -> None:
        """Start these, or everything, as far as there is an image, with the configuration for the broker's version."""
        asked = json.loads(self.compose("config", "--format", "json").stdout) if self._v2 else self._config()
        for name in SERVICES:
            reason = self.engine.has(asked["services"][name]["image"])
            if reason:
                self.left_out[name] = reason
        self.broker_version = self._broker_version(asked["services"]["mosquitto"]["image"])
        self.environment["BROKER_CONFIG"] = form(self.broker_version).name
        started = only or self.services
        self.compose("up", "-d", "--no-build", *started)
        self.wait_healthy(*started)

    def remove(self) -> None:
        """Take containers, network and volumes away."""
        self.compose(
            "--profile", "demo", "--profile", "train", "down", "-v", "--remove-orphans", "-t", "5", check=False
        )

    def compose(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Compose in this project."""
        return self.engine.compose(self.environment, *words, check=check)

    def container(self, service: str) -> str:
        """Return the id of a service's container."""
        return self.compose("ps", "-q", service).stdout.strip()

    def inspect(self, service: str) -> dict[str, Any]:
        """Return all that the engine knows about a service's container."""
        [known] = json.loads(self.engine.docker("inspect", self.container(service)).stdout)
        assert isinstance(known, dict)
        return known

    def logs(self, service: str) -> str:
        """Return what a service has said, on both streams."""
        done = self.engine.docker("logs", self.container(service))
        return done.stdout + done.stderr

    def wait_healthy(self, *services: str) -> None:
        """Wait until these services, or all, are up and their health checks pass."""
        for service in services or self.services:
            wait_until(lambda service=service: self._well(service), f"{service} healthy")  # type: ignore[misc]

    def kill(self, service: str) -> None:
        """SIGKILL, as the kernel does when memory runs out; then start the same container again."""
        container = self.container(service)
        self.engine.docker("kill", "-s", "KILL", container)
        self.engine.docker("start", container)

    def rows(self, query: str, *values: object) -> list[list[Any]]:
        """Ask the store, in the container that owns it."""
        program = (
            "import json, sqlite3, sys; connection = sqlite3.connect('file:/data/vigia.db?mode=ro', uri=True);"
            "print(json.dumps(connection.execute(sys.argv[1], sys.argv[2:]).fetchall()))"
        )
        done = self.engine.docker("exec", self.container("api"), "python", "-c", program, query, *map(str, values))
        found: list[list[Any]] = json.loads(done.stdout)
        return found

    def get(self, port: str, path: str) -> tuple[int, str]:
        """GET from a published port; the status and the body."""
        with urllib.request.urlopen(f"http://{HOST}:{self.ports[port]}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()

    @property
    def _v2(self) -> bool:
        return len(self.engine.composer) > 1

    def _config(self) -> dict[str, Any]:
        from ruamel.yaml import YAML  # noqa: PLC0415 - only Compose 1.29 has no JSON

        loaded: dict[str, Any] = YAML(typ="safe").load(self.compose("config").stdout)
        return loaded

    def _broker_version(self, image: str) -> str:
        says = self.engine.docker("run", "--rm", "--entrypoint", "/usr/sbin/mosquitto", image, "-h", check=False)
        return says.stdout.split("version", 1)[-1].split()[0]

    def _well(self, service: str) -> bool:
        state = self.inspect(service)["State"]
        return bool(state["Running"] and state.get("Health", {"Status": "healthy"})["Status"] == "healthy")
