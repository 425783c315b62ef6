"""A real Prometheus on a running Vigía: whatever a panel or a rule asks for is there, and can be asked."""

import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from grafana.make_dashboards import DASHBOARDS
from grafana.panel import Panel
from settings.schema import CHAMPION
from simulator.broker import HOST, Broker, free_port
from simulator.group import Group
from simulator.service import Service, environment
from simulator.sink import Sink
from tests.integration.prometheus_server import ROOT, Prometheus, executable, rules
from tests.waiting import wait_until

PUBLISHED = 600
"""Enough for an index of drift of the measurement that is missing most often."""
PANELS = {f"{board.uid}: {panel.title.en}": panel for board in DASHBOARDS for panel in board.panels if panel.queries}
RULES = {rule["alert"]: rule["expr"] for rule in rules()}
VARIABLES = [variable.query for board in DASHBOARDS for variable in board.variables if variable.query]

pytestmark = pytest.mark.usefixtures("mosquitto_here")


class Vigia(NamedTuple):
    """Where a running Vigía is scraped and what it stores in."""

    ports: dict[str, int]
    store: Path
    broker: Broker
    env: dict[str, str]


@pytest.fixture(scope="module")
def vigia(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vigia]:
    """Run broker, ingest and api, with somebody to notify."""
    folder = tmp_path_factory.mktemp("vigia")
    ports = {"ingest": free_port(), "api": free_port()}
    never = threading.Event()
    with (
        Group() as group,
        Sink() as sink,
        Broker(folder, process_group=group.id, lines={"sys_interval": "1"}) as broker,
    ):
        env = environment(
            VIGIA_MQTT__PORT=str(broker.port),
            VIGIA_STORE__URL=f"sqlite:///{folder}/vigia.db",
            VIGIA_INGEST__METRICS_PORT=str(ports["ingest"]),
            VIGIA_API__PORT=str(ports["api"]),
            VIGIA_ALERTS__RECEIVERS=json.dumps([sink.url]),
            VIGIA_MODEL__DIR=str(CHAMPION.resolve()),
        )
        with Service("ingest", [], env, folder, group) as ingest, Service("api", [], env, folder, group) as api:
            ingest.wait_ready(f"http://{HOST}:{ports['ingest']}/readyz", never)
            api.wait_ready(f"http://{HOST}:{ports['api']}/readyz", never)
            yield Vigia(ports, folder / "vigia.db", broker, env)


@pytest.fixture(scope="module")
def prometheus(vigia: Vigia, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Let sensors publish, and scrape; return when everything has been scraped that is asked for."""
    executable("prometheus")
    options = ["--port", str(vigia.broker.port), "--rate", "400", "--count", str(PUBLISHED), "--seed", "1"]
    subprocess.run([sys.executable, "-m", "simulator", *options], env=vigia.env, check=True, capture_output=True)
    # Drift is looked up once a minute, beginning with the first scrape: there must be something by then.
    wait_until(lambda: stored(vigia) >= PUBLISHED - 20, "the readings in the store")
    with Prometheus(tmp_path_factory.mktemp("prometheus"), vigia.ports) as running:
        wait_until(lambda: asked_for() <= running.names(), "every metric that is asked for")
        yield running


def stored(vigia: Vigia) -> int:
    """Return how many readings are in the store."""
    with closing(sqlite3.connect(vigia.store)) as connection:
        return int(connection.execute("select count(*) from readings").fetchone()[0])


def asked_for() -> set[str]:
    """Return the names of all metrics in panels, rules and variables."""
    panels = [query.expr for panel in PANELS.values() for query in panel.queries]
    return {
        name for expr in [*panels, *RULES.values(), *VARIABLES] for name in re.findall(r"\b(?:vigia_\w+|up)\b", expr)
    }


def expressions(panel: Panel) -> list[str]:
    """Return a panel's queries as they are when every site is chosen."""
    return [query.expr.replace("$site", ".*") for query in panel.queries]


@pytest.mark.parametrize("title", PANELS)
def test_a_panel_shows_something(prometheus: Prometheus, title: str) -> None:
    """At the present, and over time where it draws a line; each of its queries is answered without error."""
    panel = PANELS[title]
    now = time.time()
    for expr in expressions(panel):
        prometheus.ask("query_range", query=expr, start=str(now - 60), end=str(now), step="5")
    wait_until(
        lambda: any([prometheus.ask("query", query=expr)["result"] for expr in expressions(panel)]),  # noqa: C419 - all
        f"something in {title}",
    )


@pytest.mark.parametrize("alert", RULES)
def test_the_expression_of_a_rule_can_be_asked(prometheus: Prometheus, alert: str) -> None:
    """And finds the metrics it names, or it could never fire."""
    prometheus.ask("query", query=RULES[alert])
    names = set(re.findall(r"\b(?:vigia_\w+|up)\b", RULES[alert]))
    assert {name for name in names if prometheus.ask("query", query=f"count({name})")["result"]} == names


def test_a_healthy_vigia_pages_nobody(prometheus: Prometheus) -> None:
    """All rules are evaluated, and but for the watchdog none fires that would wake somebody."""
    wait_until(
        lambda: prometheus.ask("query", query='ALERTS{alertname="VigiaWatchdog",alertstate="firing"}')["result"],
        "the watchdog",
    )
    groups = prometheus.ask("rules", type="alert")["groups"]
    assert [rule["name"] for group in groups for rule in group["rules"] if rule["health"] != "ok"] == []
    firing = prometheus.ask("query", query='ALERTS{alertstate="firing",severity="page"}')["result"]
    assert [one["metric"]["alertname"] for one in firing] == []


def test_every_metric_is_explained_and_none_that_is_gone(vigia: Vigia, prometheus: Prometheus) -> None:
    """In docs/metrics.md, a table for each service: name, labels, and the sentence that Prometheus shows too."""
    assert prometheus.names()  # by now everything that can be told has been
    for job, port in vigia.ports.items():
        with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=20) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
        section = (ROOT / "docs/metrics.md").read_text(encoding="utf-8").split(f"## {job}\n")[1].split("\n## ")[0]
        table = [line for line in section.splitlines() if line.startswith("| `")]
        assert table == sorted(explained(family) for family in families)


def explained(family: Metric) -> str:
    """Return the row of a metric."""
    names = {sample.name for sample in family.samples}
    name = next(iter(names)) if len(names) == 1 else family.name
    labels = {label for sample in family.samples for label in sample.labels} - {"le"}
    return f"| `{name}` | {family.type} | {', '.join(sorted(labels))} | {family.documentation} |"
