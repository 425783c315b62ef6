"""The alerts about the service itself: valid, each proven to fire and to stay quiet, each with a section to read."""

import re
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import Engine

from tests.integration.prometheus_server import ROOT, RULES, executable, rules

RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
CASES = sorted((ROOT / "prometheus/tests").glob("*.yml"))
ALERTS = {rule["alert"]: rule for rule in rules()}
ALWAYS = "VigiaWatchdog"


def promtool(*words: str | Path) -> None:
    """Run promtool; its own words are the failure's."""
    done = subprocess.run([executable("promtool"), *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def cases() -> list[dict[str, Any]]:
    """Return every case of prometheus/tests."""
    return [case for path in CASES for case in YAML(typ="safe").load(path)["tests"]]


def test_promtool_accepts_the_configuration_and_the_rules() -> None:
    """As the shipped Prometheus would read them."""
    promtool("check", "config", ROOT / "prometheus/prometheus.yml")
    promtool("check", "rules", *RULES)


def test_each_rule_does_as_its_cases_say() -> None:
    """`promtool test rules prometheus/tests/*.yml`."""
    promtool("test", "rules", *CASES)


def test_each_rule_has_a_case_that_fires_and_one_that_almost_does() -> None:
    """But for the one that always fires."""
    shown: dict[str, set[bool]] = {}
    for case in cases():
        for asked in case.get("promql_expr_test", ()):
            [alert] = re.findall(r'alertname="(\w+)"', asked["expr"])
            shown.setdefault(alert, set()).add(bool(asked["exp_samples"]))
    assert shown == {alert: {True} if alert == ALWAYS else {True, False} for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_says_how_urgent_it_is_and_what_to_do(alert: str) -> None:
    """It waits before it fires, and its link leads to a section of the runbook with what it means and what to do."""
    rule = ALERTS[alert]
    assert re.fullmatch(r"\d+[smh]", rule["for"])
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["description"]
    document, anchor = rule["annotations"]["runbook_url"].split("#")
    assert (ROOT / document).is_file()
    sections = {
        title.lower(): text
        for title, text in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    }
    assert "**Means:**" in sections[anchor]
    assert "**Do:**" in sections[anchor]


def test_the_runbook_has_no_section_of_an_alert_that_is_gone() -> None:
    """Whoever is woken must not look for it."""
    assert set(re.findall(r"^## (\w+)$", RUNBOOK, re.MULTILINE)) == set(ALERTS)


def test_every_query_of_the_runbook_can_be_asked(engine: Engine) -> None:
    """At three in the morning is no time for a column that has another name."""
    asked = [query for _, query in re.findall(r"\bask (['\"])(.*?)\1", RUNBOOK, re.DOTALL)]
    assert len(asked) >= 5
    connection = sqlite3.connect(f"file:{engine.url.database}?mode=ro", uri=True)
    for query in asked:
        connection.execute(query).fetchall()
    connection.close()
