"""The dashboards as Grafana is provisioned with them: made from one source, complete in both languages, and valid."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from grafana.make_dashboards import FOLDER, files

ROOT = Path(__file__).parents[2]
BOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.rglob("*.json"))}
UIDS = {"vigia-operacion", "vigia-agua", "vigia-modelo"}
UNITS = {"short", "s", "bytes", "percentunit"}
OF_QUERIES = {"stat", "timeseries", "table", "bargauge"}


def shown(board: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the panels that ask something."""
    return [panel for panel in board["panels"] if panel["type"] in OF_QUERIES]


def cells(panel: dict[str, Any]) -> set[tuple[int, int]]:
    """Return the cells of the grid that a panel covers."""
    place = panel["gridPos"]
    return {
        (x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])
    }


def test_the_files_are_what_the_script_makes() -> None:
    """Whoever changes one runs `python -m grafana.make_dashboards`."""
    assert {path: path.read_text(encoding="utf-8") for path in FOLDER.rglob("*.json")} == files()


def test_each_dashboard_is_there_in_both_languages() -> None:
    """Under fixed uids, so that links and bookmarks live on; the queries are the same."""
    assert BOARDS.keys() == UIDS | {f"{uid}-en" for uid in UIDS}
    for uid in UIDS:
        spanish, english = BOARDS[uid], BOARDS[f"{uid}-en"]
        assert spanish["title"] != english["title"]
        assert [p.get("targets", [{}])[0].get("expr") for p in spanish["panels"]] == [
            p.get("targets", [{}])[0].get("expr") for p in english["panels"]
        ]


@pytest.mark.parametrize("uid", BOARDS)
def test_a_dashboard_can_be_provisioned(uid: str) -> None:
    """No id, its uid is the file's name, panels have numbers of their own and do not lie upon each other."""
    board = BOARDS[uid]
    assert board["id"] is None
    assert board["uid"] == uid
    assert len(uid) <= 40
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
    assert [(a["title"], b["title"]) for a, b in combinations(panels, 2) if cells(a) & cells(b)] == []


@pytest.mark.parametrize("uid", BOARDS)
def test_a_panel_says_what_it_shows_and_asks_our_data_source(uid: str) -> None:
    """With a title, a unit that Grafana knows, and the source that is provisioned with the same uid."""
    source = YAML(typ="safe").load(ROOT / "grafana/provisioning/datasources/prometheus.yml")["datasources"][0]
    for panel in shown(BOARDS[uid]):
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
        assert panel["targets"]
        for asked in [panel, *panel["targets"]]:
            assert asked["datasource"] == {"type": source["type"], "uid": source["uid"]}
        refs = [target["refId"] for target in panel["targets"]]
        assert len(set(refs)) == len(refs)
        steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [{"value": None}])
        assert steps[0]["value"] is None
        assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])


@pytest.mark.parametrize("uid", BOARDS)
def test_what_a_dashboard_lets_choose_is_used_and_what_it_uses_can_be_chosen(uid: str) -> None:
    """Or a panel stays empty without a word."""
    board = BOARDS[uid]
    named = {variable["name"] for variable in board["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(board["panels"])))
    assert used == named


def test_grafana_finds_the_files_where_it_looks() -> None:
    """A provider for each folder, under the place that docker-compose.yml mounts, and one of them as the first page."""
    providers = YAML(typ="safe").load(ROOT / "grafana/provisioning/dashboards/vigia.yml")["providers"]
    assert {Path(one["options"]["path"]).name for one in providers} == {path.name for path in FOLDER.iterdir()}
    grafana = YAML(typ="safe").load(ROOT / "docker-compose.yml")["services"]["grafana"]
    assert "./grafana/dashboards:/etc/vigia/dashboards:ro" in grafana["volumes"]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (FOLDER / home.relative_to("/etc/vigia/dashboards")).is_file()
