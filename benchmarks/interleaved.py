"""Competitors turn about in one run, so that what the machine does in between meets all of them alike.

A trial is a function without arguments that returns its figures, such as `{"readings/s": 81_000.0, "cpu µs": 11.2}`:

    results = interleaved({"vigia": vigia, "bare paho": bare}, turns=5)
    report("drain", Table(results, (Ratio("vigia", "bare paho", "readings/s"),)))

`report` prints medians, min-max and ratios, and writes them as one section of `build/bench.json`.
"""

import json
import os
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import typer

BUILD: Final = Path(__file__).parent.parent / "build"

Figures = Mapping[str, float]
Trial = Callable[[], Figures]
Results = dict[str, list[Figures]]
"""By competitor, what each of its trials measured, in order of the turns."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure of one competitor over the same figure of another, turn by turn."""

    of: str
    over: str
    figure: str


@dataclass(frozen=True, slots=True)
class Table:
    """What a benchmark has to say: results, the ratios worth stating, and under which conditions it ran."""

    results: Results
    ratios: Sequence[Ratio] = ()
    conditions: Mapping[str, str | float] = field(default_factory=dict)


def interleaved(competitors: Mapping[str, Trial], turns: int, *, say: Callable[[str], None] = typer.echo) -> Results:
    """Run each competitor once a turn, forwards and backwards by turns, and say each trial's figures at once."""
    results: Results = {name: [] for name in competitors}
    for turn in range(turns):
        order = list(competitors)
        for name in order if turn % 2 == 0 else reversed(order):
            figures = competitors[name]()
            results[name].append(figures)
            say(f"  turn {turn + 1}/{turns}  {name}: " + ", ".join(f"{k} {number(v)}" for k, v in figures.items()))
    return results


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return median, min and max."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratio(results: Results, wanted: Ratio) -> dict[str, float]:
    """Return median, min and max of the ratio of trials of the same turn."""
    pairs = zip(results[wanted.of], results[wanted.over], strict=True)
    return spread([one[wanted.figure] / other[wanted.figure] for one, other in pairs])


def report(name: str, table: Table, folder: Path = BUILD) -> None:
    """Print the table, and merge it as section `name` into `bench.json` of the folder."""
    section = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "conditions": dict(table.conditions),
        "competitors": {who: _figures(trials) for who, trials in table.results.items()},
        "ratios": {f"{r.of} / {r.over}, {r.figure}": ratio(table.results, r) for r in table.ratios},
    }
    _show(name, section)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "bench.json"
    sections = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    sections[name] = section
    written = file.with_suffix(".new")
    written.write_text(json.dumps(sections, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    written.replace(file)


def machine() -> dict[str, str | float]:
    """Return what the figures depend on: processors, Python, and how busy the machine was with other things."""
    return {
        "cores": os.cpu_count() or 0,
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": sys.version.split()[0],
        "load of the last minute": round(os.getloadavg()[0], 2),
    }


def number(value: float) -> str:
    """Return a number with four significant digits at the most, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"  # noqa: PLR2004 - where decimals stop to matter


def _figures(trials: Sequence[Figures]) -> dict[str, Any]:
    names = trials[0].keys() if trials else ()
    return {name: spread([trial[name] for trial in trials]) | {"trials": len(trials)} for name in names}


def _show(name: str, section: Mapping[str, Any]) -> None:
    typer.echo(f"\n{name}: " + ", ".join(f"{k} {v}" for k, v in (section["conditions"] | section["machine"]).items()))
    rows = [
        (who, figure, *(number(each[k]) for k in ("median", "min", "max")))
        for who, figures in section["competitors"].items()
        for figure, each in figures.items()
    ]
    rows += [
        ("ratio", what, *(number(each[k]) for k in ("median", "min", "max")))
        for what, each in section["ratios"].items()
    ]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(2)]
    typer.echo(f"{'':{widths[0]}}  {'':{widths[1]}}  {'median':>10} {'min':>10} {'max':>10}")
    for who, what, *spreads in rows:
        typer.echo(f"{who:{widths[0]}}  {what:{widths[1]}}  " + " ".join(f"{one:>10}" for one in spreads))
