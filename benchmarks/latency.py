"""`python -m benchmarks.latency`: milliseconds from publishing a reading to its commit, at several rates.

When its batch is committed, a reading is decided and what it changed is in the notifier's hands: that is the moment
that counts. Beside it, the time until a bare paho subscriber's callback has the message and does nothing with it; up to
1,000 a second, until one that does nothing but commit it has done so; and until a prototype of Vigía's own parts has
scored it and committed it, without deciding anything.
For ten minutes at 5,000 a second: `--rate 5000 --seconds 600 --turns 1 --no-half --no-bare`.
"""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Final

import numpy as np
import typer

from benchmarks.corpus import corpus
from benchmarks.feeder import packets
from benchmarks.interleaved import Ratio, Table, Trial, interleaved, report
from benchmarks.record import EVERY_S
from benchmarks.trial import BARE, COMMITTING, PROTOTYPE, VIGIA, Competitor, drained, paced

WARM_S: Final = 2.0
"""Seconds that do not count, after those in which each sensor speaks for the first time and gets a row of its own."""
OFTEN: Final = 100
"""Readings of one sensor at the most, a minute apart by their time: a day-old reading would not be judged."""
BACKLOG: Final = 30_000
COMMITS: Final = 1_000
"""Messages a second that can be committed one by one."""

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(
    rate: Annotated[list[int] | None, typer.Option(help="Readings a second; may be given again.")] = None,
    seconds: Annotated[float, typer.Option(min=4.0, help="Length of each trial.")] = 8.0,
    turns: Annotated[int, typer.Option(min=1)] = 2,
    *,
    half: Annotated[bool, typer.Option(help="Also at half of the capacity, measured first by a backlog.")] = True,
    bare: Annotated[bool, typer.Option(help="Also the rivals.")] = True,
) -> None:
    """Print percentiles of both, and write them to build/bench.json."""
    rates = rate or [100, 1_000, 5_000]
    trials: dict[str, Trial] = {}
    for one in rates:
        feed = _feed(one, seconds)
        for who in (VIGIA, BARE, *_above_bare(one)) if bare else (VIGIA,):
            trials[_named(who, one)] = partial(_trial, who, feed, one)
    if half:
        most = drained(VIGIA, packets(corpus(BACKLOG, BACKLOG // OFTEN)))
        one = int(most.dealt / most.seconds / 2)
        trials[f"vigia at half its capacity, {one:,}/s"] = partial(_trial, VIGIA, _feed(one, seconds), one)
    ratios = [
        Ratio(_named(who, one), _named(BARE, one), figure)
        for one in rates
        for who in (VIGIA, *_above_bare(one))
        for figure in ("p50 ms", "p99 ms")
        if bare
    ]
    conditions = {"seconds a trial": seconds, "of them not counted": WARM_S}
    report("latency", Table(interleaved(trials, turns), ratios, conditions))


def _above_bare(rate: int) -> list[Competitor]:
    """Return the rivals that do more than the bare one, as far as they can at this rate."""
    return [COMMITTING, PROTOTYPE] if rate <= COMMITS else [PROTOTYPE]


def _named(who: Competitor, rate: int) -> str:
    return f"{who.name} at {rate:,}/s"


def _feed(rate: int, seconds: float) -> list[bytes]:
    number = int(rate * seconds)
    return packets(corpus(number, _sensors(number)))


def _sensors(readings: int) -> int:
    return max(OFTEN, readings // OFTEN)


def _trial(who: Competitor, feed: Sequence[bytes], rate: int) -> dict[str, float]:
    seen = paced(who, feed, rate)
    warm = _sensors(len(feed)) + int(WARM_S * rate)
    took, mb = seen.took[warm:], seen.outcome.resident_mb[1 + int(warm / rate / EVERY_S) :]
    middle, late, latest = np.percentile(took, [50, 99, 99.9]).tolist()
    figures = {"p50 ms": middle, "p99 ms": late, "p99.9 ms": latest, "max ms": float(took.max())}
    figures["feeder's longest pause, ms"] = float(seen.gaps[warm:].max())
    return figures | ({"MB, first": mb[0], "MB, most": max(mb)} if mb else {})


if __name__ == "__main__":
    app()
