"""Benchmarks: competitors meet alike, and what is written down is what was measured."""

import json
from pathlib import Path

from benchmarks.interleaved import Ratio, Results, Table, interleaved, ratio, report


def test_competitors_take_turns_and_change_places() -> None:
    """Whoever goes first in one turn goes last in the next."""
    order: list[str] = []

    def trial(name: str) -> dict[str, float]:
        order.append(name)
        return {"n": len(order)}

    results = interleaved({"a": lambda: trial("a"), "b": lambda: trial("b")}, 3, say=lambda _: None)
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert results == {"a": [{"n": 1}, {"n": 4}, {"n": 5}], "b": [{"n": 2}, {"n": 3}, {"n": 6}]}


def test_a_ratio_compares_trials_of_the_same_turn() -> None:
    """A machine that slows down for one turn slows both down, and the ratio stays."""
    results: Results = {"a": [{"x": 20.0}, {"x": 2.0}, {"x": 8.0}], "b": [{"x": 10.0}, {"x": 1.0}, {"x": 2.0}]}
    assert ratio(results, Ratio("a", "b", "x")) == {"median": 2.0, "min": 2.0, "max": 4.0}


def test_reports_are_sections_of_one_file(tmp_path: Path) -> None:
    """A later report replaces its own section and leaves the others."""
    for section, value in (("one", 1.0), ("two", 2.0), ("one", 3.0)):
        report(section, Table({"a": [{"x": value}]}, (Ratio("a", "a", "x"),), {"readings": 5}), tmp_path)
    written = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert set(written) == {"one", "two"}
    assert written["one"]["competitors"]["a"]["x"] == {"median": 3.0, "min": 3.0, "max": 3.0, "trials": 1}
    assert written["one"]["ratios"] == {"a / a, x": {"median": 1.0, "min": 1.0, "max": 1.0}}
    assert written["one"]["conditions"] == {"readings": 5}
