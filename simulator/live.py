"""What the demo shows while it runs: a board on a terminal, plain lines anywhere else."""

import contextlib
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from simulator.ledger import OpenAlarm, Snapshot
from simulator.sink import Notification

LINE_EVERY_S = 5.0
ALARMS_SHOWN = 8
BODY_LINES = 4
RATE_OVER_S = 5.0
# Scenarios in which the instrument is at fault, not the water.
FAULTS = frozenset({"drift", "stuck"})


@dataclass(frozen=True, slots=True)
class State:
    """What is known at one moment, `elapsed_s` after the sensors began.

    Of each sensor, by `site/name`: `truth` is whether its water is potable, `roles` the scenario that it plays.
    """

    elapsed_s: float
    published: int
    stored: Snapshot
    notifications: tuple[Notification, ...]
    truth: Mapping[str, bool]
    roles: Mapping[str, str]


class View(Protocol):
    """Something that shows states as they come."""

    def show(self, state: State) -> None:
        """Show a state."""


@contextlib.contextmanager
def view(page: str) -> Iterator[View]:
    """Yield the board when standard output is a terminal, else the lines."""
    if sys.stdout.isatty():
        with Live(console=Console(), auto_refresh=False) as live:
            yield Board(live, page)
    else:
        yield Lines()


class Lines:
    """A line for every notification, and every few seconds one with the counts."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self._told = 0
        self._next_s = 0.0

    def show(self, state: State) -> None:
        """Print what is new."""
        for notification in state.notifications[self._told :]:
            _print(f"{state.elapsed_s:5.0f} s  {headline(notification)}")
        self._told = len(state.notifications)
        if state.elapsed_s >= self._next_s:
            self._next_s = state.elapsed_s + LINE_EVERY_S
            _print(
                f"{state.elapsed_s:5.0f} s  {state.published} published, {state.stored.stored} stored, "
                f"{len(state.stored.open)} alarms open, {len(state.notifications)} notifications"
            )


class Board:
    """Counts, open alarms and the last notification in a frame that is redrawn."""

    def __init__(self, live: Live, page: str) -> None:
        """Draw through `live`."""
        self._live = live
        self._page = page
        self._history: list[tuple[float, int]] = []

    def show(self, state: State) -> None:
        """Redraw."""
        self._history = [h for h in self._history if state.elapsed_s - h[0] <= RATE_OVER_S]
        self._history.append((state.elapsed_s, state.published))
        body: list[RenderableType] = [self._counts(state), _truth(state), Text(), _alarms(state)]
        if state.notifications:
            body += [Text(), _last(state)]
        frame = Panel(
            Group(*body),
            title=f"[bold]Vigía[/bold] · {state.elapsed_s:.0f} s",
            subtitle=f"{self._page} · Ctrl-C ends",
            border_style="red" if state.stored.open else "green",
            padding=(0, 1),
        )
        self._live.update(frame, refresh=True)

    def _counts(self, state: State) -> RenderableType:
        figures = {
            "published": state.published,
            "stored": state.stored.readings,
            "quarantined": state.stored.quarantined,
            "a second": self._rate(),
            "notifications": len(state.notifications),
        }
        parts: list[str | tuple[str, str]] = []
        for name, value in figures.items():
            parts += [(f"{value}", "bold"), f" {name}   "]
        return Text.assemble(*parts, "\n", *_delay(state.stored.delays_s))

    def _rate(self) -> int:
        (then, before), (now, published) = self._history[0], self._history[-1]
        return round((published - before) / (now - then)) if now > then else 0


def headline(notification: Notification) -> str:
    """Return the first line of a notification: verdict, sensor, worst value."""
    return next(iter(notification.body.splitlines()), notification.title)


def _delay(delays_s: Sequence[float]) -> list[str | tuple[str, str]]:
    if not delays_s:
        return ["nobody has been alerted yet"]
    middle, longest = statistics.median(delays_s), max(delays_s)
    return [(f"{middle:.2f} s", "bold"), " from measurement to alert   ", (f"{longest:.2f} s", "bold"), " at the most"]


def _truth(state: State) -> RenderableType:
    bad = {sensor for sensor, potable in state.truth.items() if not potable}
    found = len(bad & {alarm.sensor for alarm in state.stored.open})
    return Text(f"in water that is not potable: {len(bad)} of {len(state.truth)} sensors, {found} of them in alarm")


def _alarms(state: State) -> RenderableType:
    if not state.stored.open:
        return Text("no alarm is open", style="green")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("alarm", "severity", "since", "P(not potable)", "truth"):
        table.add_column(name, justify="right" if name in {"since", "P(not potable)"} else "left", no_wrap=True)
    # Whatever is confirmed first, then the newest: the rows that a full board leaves out matter least.
    ranked = sorted(state.stored.open, key=lambda alarm: (alarm.severity != "confirmada", -alarm.raised_us))
    for alarm in ranked[:ALARMS_SHOWN]:
        table.add_row(*_row(alarm, state.truth.get(alarm.sensor), state.roles.get(alarm.sensor)))
    if len(ranked) > ALARMS_SHOWN:
        table.add_row(f"and {len(ranked) - ALARMS_SHOWN} more", "", "", "", "")
    return table


def _row(alarm: OpenAlarm, potable: bool | None, role: str | None) -> tuple[Text, ...]:  # noqa: FBT001 - the truth
    style = "bold red" if alarm.severity == "confirmada" else "yellow"
    truth = {True: ("potable", "green"), False: ("not potable", "red"), None: ("unknown", "dim")}[potable]
    fault = f", {role}" if role in FAULTS else ""
    since_s = max(0.0, time.time() - alarm.raised_us / 1e6)
    probability = "" if alarm.probability is None else f"{alarm.probability:.0%}"
    return (
        Text(alarm.sensor, style=style),
        Text(alarm.severity, style=style),
        Text(f"{since_s:.0f} s"),
        Text(probability),
        Text(truth[0] + fault, style=truth[1]),
    )


def _last(state: State) -> RenderableType:
    lines = state.notifications[-1].body.splitlines()[:BODY_LINES]
    text = Text("\n".join(lines), no_wrap=True, overflow="ellipsis")
    return Panel(text, title="last notification", title_align="left", border_style="dim")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
