"""What the people on duty hear of a week's alarms: one receiver, by the rules of `alerts.reminder` (pure)."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from alerts import reminder
from alerts.transition import Severity
from benchmarks.week_life import MINUTE, Alarm

TEN: Final = 10
"""Minutes in which an operator can deal with one alarm: EEMUA 191's measure of a load that can be borne."""


@dataclass(frozen=True, slots=True)
class People:
    """How they behave: minutes from hearing of an alarm to acknowledging it (None: never), and what they ask for.

    `repeat` and `escalate` are the settings' minutes; `least` is the receiver's least severity.
    """

    acknowledge: int | None
    repeat: Sequence[int] = (15, 30, 60)
    escalate: int = 30
    least: Severity = Severity.PRESUNTA


def heard(alarm: Alarm, people: People, end: int) -> list[int]:
    """Return the minutes at which the receiver is sent something about an alarm, until it clears or the week ends."""
    sent: list[int] = []
    escalated = False
    deadline: int | None = None
    until = alarm.until(end)
    for (begin, severity), following in itertools.pairwise([*alarm.told, (until, Severity.CONFIRMADA)]):
        wanted = people.least is Severity.PRESUNTA or severity is Severity.CONFIRMADA
        sent += [begin] * wanted
        if begin >= until:
            continue  # that it is over is not told again
        deadline = begin + people.escalate if deadline is None else deadline
        taken_on = following[0] if people.acknowledge is None else begin + people.acknowledge
        quiet = min(following[0], taken_on)
        sent += list(_again(begin, quiet, people)) * wanted
        if not escalated and begin <= deadline < quiet:
            escalated = True
            sent += [deadline] * wanted
        if taken_on < following[0]:
            deadline = None
    return sent


def _again(begin: int, quiet: int, people: People) -> Iterator[int]:
    """Yield the reminders of what was told at `begin`, as long as nobody has acknowledged it."""
    schedule_us = [minutes * MINUTE for minutes in people.repeat]
    now = begin
    for repeats in itertools.count():
        next_us = reminder.next_us(now * MINUTE, repeats, schedule_us)
        if next_us is None or next_us >= quiet * MINUTE:
            return
        now = next_us // MINUTE
        yield now


def per_ten_minutes(found: Iterable[Sequence[Alarm]], people: People, readings: int) -> NDArray[np.intp]:
    """Return how many notifications one receiver is sent in each ten minutes of the week."""
    minutes = [minute for of_sensor in found for alarm in of_sensor for minute in heard(alarm, people, readings)]
    return np.bincount(np.asarray(minutes, dtype=np.intp) // TEN, minlength=readings // TEN)
