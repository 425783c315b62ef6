"""The container files themselves; no engine is needed."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from containers.make_secrets import DEMO_SENSORS
from settings.load import variables
from settings.secret_files import SUFFIX
from simulator import station

ROOT = Path(__file__).parents[2]


def text(name: str) -> str:
    """Return a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    """Return docker-compose.yml with its merge keys resolved."""
    loaded: dict[str, Any] = YAML(typ="safe").load(text("docker-compose.yml"))
    return loaded


SERVICES = compose()["services"]


def options(config: str) -> dict[str, str]:
    """Return the options of a Mosquitto configuration."""
    lines = [line.partition(" ") for line in text(config).splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines if name not in {"log_type", "global_plugin"}}


def test_only_what_the_dockerfile_copies_reaches_the_engine() -> None:
    """Everything is left out, then exactly the sources of COPY are let in: no data, secrets, tests or history."""
    copied = re.findall(r"^COPY (?!--from)(\S+) \S+$", text("Dockerfile"), re.MULTILINE)
    rules = [line for line in text(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == set(copied)
    assert [rule for rule in rules[1:] if not rule.startswith("!")] == ["**/__pycache__", "**/*.pyc"]


def test_secrets_are_ignored_by_git() -> None:
    """And so cannot be committed by mistake."""
    assert {"/secrets/", "/data/"} <= set(text(".gitignore").splitlines())


def test_no_frontend_and_no_registry_is_named() -> None:
    """BuildKit's own frontend is enough, and the base images are the engine's business."""
    assert "# syntax" not in text("Dockerfile")
    assert not re.search(r"^\s*image:\s*\S+\.\S+/", text("docker-compose.yml"), re.MULTILINE)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    """Whatever its image would allow."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not str(service["user"]).startswith("0:")
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_port_is_published_on_loopback_unless_somebody_chooses_otherwise(name: str) -> None:
    """Only the broker's, which sensors must reach, can be bound elsewhere by a variable."""
    for port in SERVICES[name].get("ports", ()):
        assert port.startswith("127.0.0.1:") or (name == "mosquitto" and port.startswith("${BROKER_BIND:-127.0.0.1}:"))


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_is_pinned(name: str) -> None:
    """By a tag of its own, or it is ours."""
    image = SERVICES[name]["image"]
    assert re.fullmatch(r"vigia(-train)?:\$\{TAG:-latest\}|[\w/-]+:\$\{\w+_TAG:-v?\d+\.\d+\.\d+[\w.-]*\}", image)


def test_every_variable_is_a_setting() -> None:
    """Or the services would refuse to start."""
    known = variables() | {variable + SUFFIX for variable in variables()}
    named = re.findall(r"\b(VIGIA_[A-Z_]+)[:=]", text("docker-compose.yml") + text("Dockerfile"))
    assert named
    assert set(named) <= known


def test_no_secret_is_handed_over_in_a_variable() -> None:
    """`docker inspect` shows the environment to whoever may ask."""
    for service in SERVICES.values():
        for name in service.get("environment", {}):
            if re.search("PASSWORD|KEY|RECEIVERS|TOKEN", name):
                assert name.endswith(SUFFIX)


def test_the_demo_has_a_login_for_each_simulated_sensor() -> None:
    """The script cannot ask the simulator: it runs before anything is installed."""
    fleet = station.fleet(12, 12.0, np.random.default_rng(0))
    assert {one.id for one in fleet} == set(DEMO_SENSORS)


def test_both_forms_of_the_brokers_configuration_say_the_same() -> None:
    """But for where passwords, rights and queues are kept."""
    old, new = options("mosquitto/secured-2.0.conf"), options("mosquitto/secured-2.1.conf")
    assert {name for name in old if name in new and old[name] != new[name]} == set()
    assert old.keys() - new.keys() == {
        "persistence",
        "autosave_interval",
        "allow_anonymous",
        "password_file",
        "acl_file",
    }
    assert all(name.startswith(("plugin_opt_", "persistence_", "listener_")) for name in new.keys() - old.keys())
