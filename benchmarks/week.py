"""`python -m benchmarks.week`: the alarms of 200 sensors over a simulated week, against what the bundle promises.

One reading a minute of each, two million in all, drawn by the simulator, scored by the champion and judged by the
policy itself; no broker and no store, so a week takes half a minute. What is asked: how often good water is called
bad, how soon bad water is found, whether that holds when readings resemble each other, and how much people hear.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer

from alerts.rulebook import Rulebook
from alerts.transition import Severity
from benchmarks import week_life, week_plot, week_telling, week_water
from benchmarks.interleaved import BUILD, Figures, Results, Table, report
from benchmarks.week_life import Alarm
from benchmarks.week_telling import People
from benchmarks.week_water import Week
from model import campaigns
from model.bundle import Evidence
from model.classifier import Classifier
from settings.schema import CHAMPION, Alerts

PLOT: Final = Path(__file__).parent.parent / "docs" / "img" / "alarms-week.svg"
LOW_PRIOR: Final = 0.05
CORRELATIONS: Final = (0.5, 0.9)
AT_WORK: Final = People(acknowledge=5)
ASLEEP: Final = People(acknowledge=None)
ONLY_CONFIRMED: Final = People(acknowledge=5, least=Severity.CONFIRMADA)

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@dataclass(frozen=True, slots=True)
class Bench:
    """What judges the weeks: the champion, and the settings as shipped."""

    classifier: Classifier

    @property
    def evidence(self) -> Evidence:
        """What the bundle promises."""
        return self.classifier.metadata.evidence

    def alarms(self, week: Week, prior: float | None, h: float | None = None) -> list[list[Alarm]]:
        """Return each sensor's alarms at a prior (None: the training share), confirmed at `h` (None: the bundle's)."""
        rule = Rulebook.made(Alerts(evidence=h), self.evidence.h).of("any/sensor")
        return week_life.alarms(week, self.classifier.decision(prior), rule)


def false_alarms(bench: Bench, found: list[list[Alarm]], week: Week) -> Figures:
    """Return what a week without bad water says; `of the budget` is 1 when there are as many as promised."""
    count, at_risk = week_life.false_confirmations(found, week.bad)
    budget = bench.evidence.mean_readings_between_false
    return {
        "false confirmations": count,
        "per sensor": count / len(found),
        "readings between": at_risk / max(1, count),
        "of the budget": count * budget / at_risk,
        "share of time confirmed": 1.0 - at_risk / week.bad.size,
    }


def delays(bench: Bench, found: list[list[Alarm]], week: Week) -> Figures:
    """Return how soon episodes of bad water were confirmed; `of the card's` is 1 when it is as the card says."""
    seen = week_life.detection(found, week.bad)
    return {
        "mean delay": seen.mean,
        "of the card's": seen.mean / bench.evidence.mean_delay,
        "episodes": len(seen.delays) + seen.missed + seen.already,
        "missed": seen.missed,
        "confirmed before": seen.already,
    }


def load(found: list[list[Alarm]], readings: int) -> Figures:
    """Return what one receiver hears of a week, per ten minutes, by how the people there behave."""
    figures: dict[str, float] = {}
    for who, people in (("ack in 5 min", AT_WORK), ("never ack", ASLEEP), ("confirmada only", ONLY_CONFIRMED)):
        heard = week_telling.per_ten_minutes(found, people, readings)
        figures |= {f"per 10 min, {who}": float(heard.mean()), f"most in 10 min, {who}": float(heard.max())}
    return figures


def trials(bench: Bench, sensors: int, days: int, seed: int) -> tuple[Results, dict[str, week_plot.Course]]:
    """Run all weeks; return their figures and the two that are worth a picture."""
    rng = np.random.default_rng(seed)
    summary = campaigns.read()
    good = week_water.scored(bench.classifier, summary, week_water.potable(sensors, days), rng)
    mixed = week_water.scored(bench.classifier, summary, week_water.episodes(sensors, days, rng), rng)
    results: Results = {}
    courses: dict[str, week_plot.Course] = {}
    for name, prior in (("training share", None), (f"prior {LOW_PRIOR}", LOW_PRIOR)):
        found = bench.alarms(good, prior)
        results[f"potable, {name}"] = [{**false_alarms(bench, found, good), **load(found, days * week_water.DAY)}]
        found = bench.alarms(mixed, prior)
        results[f"an hour bad a day, {name}"] = [{**delays(bench, found, mixed), **load(found, days * week_water.DAY)}]
        heard = week_telling.per_ten_minutes(found, AT_WORK, days * week_water.DAY)
        courses[f"an hour of bad water a day, {name}"] = week_plot.course(found, mixed.bad, heard)
    rarest = max(bench.evidence.alternatives, key=lambda one: one.mean_readings_between_false)
    found = bench.alarms(mixed, LOW_PRIOR, rarest.h)
    heard_of = load(found, days * week_water.DAY)
    results[f"an hour bad a day, prior {LOW_PRIOR}, h {rarest.h}"] = [{**delays(bench, found, mixed), **heard_of}]
    found = bench.alarms(good, LOW_PRIOR, rarest.h)
    heard_of = load(found, days * week_water.DAY)
    results[f"potable, prior {LOW_PRIOR}, h {rarest.h}"] = [{**false_alarms(bench, found, good), **heard_of}]
    for rho in CORRELATIONS:
        week = week_water.following(good, rho, rng)
        results[f"potable, rho {rho}"] = [false_alarms(bench, bench.alarms(week, None), week)]
    return results, courses


@app.command()
def main(
    sensors: Annotated[int, typer.Option(min=1)] = 200,
    days: Annotated[int, typer.Option(min=1)] = 7,
    seed: int = 7,
    plot: Annotated[Path, typer.Option(help="Where the picture goes.")] = PLOT,
) -> None:
    """Print the table, write it as section `week` of build/bench.json, and draw the week."""
    began = time.perf_counter()
    bench = Bench(Classifier.load(CHAMPION))
    results, courses = trials(bench, sensors, days, seed)
    promise = bench.evidence
    conditions = {
        "sensors": sensors,
        "days": days,
        "seed": seed,
        "h": promise.h,
        "budget": promise.mean_readings_between_false,
        "card's delay": promise.mean_delay,
        "seconds": round(time.perf_counter() - began, 1),
    }
    report("week", Table(results, conditions=conditions), BUILD)
    week_plot.draw(courses, plot)
    typer.echo(f"drawn: {plot}")


if __name__ == "__main__":
    app()
