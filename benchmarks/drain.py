"""`python -m benchmarks.drain`: a backlog of queued readings, from connecting to the last one committed.

Vigía is `python -m ingest` as it ships: SQLite with `synchronous=FULL`, alarms decided and handed to a notifier that
posts them. After each of its trials every reading must be stored, once, and the alarms be those of an offline replay.
The obvious way gets a shorter backlog, or it would take minutes: its speed does not depend on the length.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated

import typer

from benchmarks.corpus import corpus
from benchmarks.feeder import packets
from benchmarks.interleaved import Ratio, Table, Trial, interleaved, report
from benchmarks.replayed import Step, replayed, stored
from benchmarks.trial import BARE, OBVIOUS, PRIOR, VIGIA, Competitor, Outcome, TrialError, drained
from ingest.judge import Judge
from settings import load

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(
    readings: Annotated[int, typer.Option(min=1_000, help="Length of the backlog.")] = 100_000,
    sensors: Annotated[int, typer.Option(min=1)] = 1_000,
    turns: Annotated[int, typer.Option(min=1)] = 3,
    obvious: Annotated[int, typer.Option(min=100, help="Length of the obvious way's backlog.")] = 1_000,
) -> None:
    """Print readings per second and CPU per reading, and write them to build/bench.json."""
    typer.echo(f"making {readings:,} readings of {sensors:,} sensors")
    messages = corpus(readings, sensors)
    expected = replayed(messages, Judge.load(load(None, {"model": {"prior": PRIOR}})))
    feed = packets(messages)
    trials: dict[str, Trial] = {
        VIGIA.name: partial(_trial, VIGIA, feed, expected),
        BARE.name: partial(_trial, BARE, feed, None),
        OBVIOUS.name: partial(_trial, OBVIOUS, feed[:obvious], None),
    }
    results = interleaved(trials, turns)
    ratios = [Ratio(VIGIA.name, rival.name, "readings/s") for rival in (BARE, OBVIOUS)]
    conditions: Mapping[str, str | float] = {
        "readings": readings,
        "sensors": sensors,
        "bytes a payload": round(sum(len(payload) for _, payload in messages) / readings),
        "changes of alarms": len(expected),
        "lost": 0,
        "twice": 0,
        "alarms": "equal to the offline replay",
    }
    report("drain", Table(results, ratios, conditions))


def _trial(competitor: Competitor, feed: Sequence[bytes], expected: list[Step] | None) -> dict[str, float]:
    judge = None if expected is None else partial(_judged, expected, len(feed))
    outcome = drained(competitor, feed, judge)
    return {"readings/s": outcome.dealt / outcome.seconds, "CPU µs/reading": outcome.cpu_us}


def _judged(expected: list[Step], number: int, outcome: Outcome) -> None:
    """Raise TrialError unless all readings are stored, once each, and the alarms are as they ought to be."""
    file = outcome.folder / "vigia.db"
    store = sqlite3.connect(file)
    [(rows, different)] = store.execute("SELECT count(*), count(DISTINCT ordinal) FROM readings").fetchall()
    [(refused,)] = store.execute("SELECT count(*) FROM quarantine").fetchall()
    store.close()
    if (rows, different, refused, outcome.dealt) != (number, number, 0, number):
        raise TrialError(
            f"{number} readings sent, {outcome.dealt} received, {rows} stored, {different} of them different,"
            f" {refused} refused"
        )
    found = stored(file)
    if found != expected:
        missing, extra = set(expected) - set(found), set(found) - set(expected)
        raise TrialError(f"alarms differ from the offline replay: missing {list(missing)[:3]}, extra {list(extra)[:3]}")


if __name__ == "__main__":
    app()
