"""A real Prometheus for tests: promtool, and a server that scrapes programs of the test's own."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import pytest
from ruamel.yaml import YAML

from simulator.broker import HOST, free_port
from tests.waiting import wait_until

ROOT: Final = Path(__file__).parents[2]
RULES: Final = sorted((ROOT / "prometheus/rules").glob("*.yml"))


def executable(name: str) -> str:
    """Return the path of `prometheus` or `promtool`; skip without it, and fail with REQUIRE_PROMETHEUS=1."""
    found = shutil.which(name)
    if found is None:
        reason = f"no {name} on this computer: prometheus/install"
        if os.environ.get("REQUIRE_PROMETHEUS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def rules() -> list[dict[str, Any]]:
    """Return every rule of every file."""
    yaml = YAML(typ="safe")
    groups = [group for path in RULES for group in yaml.load(path)["groups"]]
    return [rule for group in groups for rule in group["rules"]]


class Prometheus:
    """The shipped configuration with other targets and short intervals; runs while it is entered."""

    def __init__(self, folder: Path, targets: Mapping[str, int]) -> None:
        """Take a folder for its data and the port of each job."""
        self._port = free_port()
        self._folder = folder
        config = YAML(typ="safe").load(ROOT / "prometheus/prometheus.yml")
        config["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(path) for path in RULES]
        for job in config["scrape_configs"]:
            port = targets.get(job["job_name"], self._port)
            job["static_configs"] = [{"targets": [f"{HOST}:{port}"]}]
        self._config = folder / "prometheus.json"  # JSON is YAML
        self._config.write_text(json.dumps(config), encoding="utf-8")

    def __enter__(self) -> Self:
        """Start it, and return when it is ready."""
        options = {
            "config.file": self._config,
            "storage.tsdb.path": self._folder / "tsdb",
            "web.listen-address": f"{HOST}:{self._port}",
            "log.level": "warn",
        }
        with (self._folder / "prometheus.log").open("wb") as log:
            self._process = subprocess.Popen(
                [executable("prometheus"), *(f"--{name}={value}" for name, value in options.items())],
                stdout=log,
                stderr=log,
            )
        wait_until(self._ready, "a Prometheus that is ready")
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    def ask(self, path: str, **parameters: str) -> Any:  # noqa: ANN401 - whatever was asked for
        """Return the data of an answer of its HTTP interface; fails with its own words when it refuses."""
        url = f"http://{HOST}:{self._port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def names(self) -> set[str]:
        """Return the names of all metrics it knows."""
        return set(self.ask("label/__name__/values"))

    def _ready(self) -> bool:
        assert self._process.poll() is None, (self._folder / "prometheus.log").read_text()
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/-/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
