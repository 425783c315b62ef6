"""The picture of a week: how many alarms were open, and what one receiver was sent, both over time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.week_life import Alarm
from benchmarks.week_telling import TEN
from benchmarks.week_water import DAY

HOUR: Final = 60
COLOURS: Final = {"open": "#5b7c99", "confirmed": "#b3332e", "bad": "#e3cfa6"}


@dataclass(frozen=True, slots=True)
class Course:
    """One week to be drawn: sensors with bad water, with an open alarm, and with a confirmed one, each minute."""

    bad: NDArray[np.intp]
    opened: NDArray[np.intp]
    confirmed: NDArray[np.intp]
    heard: NDArray[np.intp]


def course(found: Sequence[Sequence[Alarm]], bad: NDArray[np.bool_], heard: NDArray[np.intp]) -> Course:
    """Count open and confirmed alarms at each minute; `heard` are notifications per ten minutes."""
    readings = bad.shape[1]
    opened = np.zeros(readings + 1, dtype=np.intp)
    confirmed = np.zeros(readings + 1, dtype=np.intp)
    for of_sensor in found:
        for alarm in of_sensor:
            opened[[alarm.raised, alarm.until(readings)]] += [1, -1]
            if alarm.confirmed:
                confirmed[[alarm.confirmed[0], alarm.until(readings)]] += [1, -1]
    return Course(bad.sum(axis=0), np.cumsum(opened)[:-1], np.cumsum(confirmed)[:-1], heard)


def draw(courses: Mapping[str, Course], file: Path) -> None:
    """Write one column for each week, as an SVG that is the same for the same figures."""
    mpl.rcParams["svg.hashsalt"] = "vigia"
    figure = Figure(figsize=(10, 5.2), layout="constrained")
    axes = figure.subplots(2, len(courses), sharex=True, sharey="row", squeeze=False)
    for (title, one), (above, below) in zip(courses.items(), axes.T, strict=True):
        days = np.arange(len(one.bad))[::TEN] / DAY
        above.set_title(title, fontsize=10)
        above.fill_between(days, one.bad[::TEN], color=COLOURS["bad"], label="sensors in bad water")
        above.plot(days, one.opened[::TEN], color=COLOURS["open"], linewidth=0.8, label="alarms open")
        above.plot(days, one.confirmed[::TEN], color=COLOURS["confirmed"], linewidth=0.8, label="of them confirmed")
        hourly = one.heard.reshape(-1, HOUR // TEN).mean(axis=1)
        below.step(np.arange(len(hourly)) * HOUR / DAY, hourly, where="post", color=COLOURS["open"], linewidth=0.8)
        below.axhline(1.0, color="#444444", linestyle="--", linewidth=0.8, label="EEMUA 191: 1 per operator")
        below.set_yscale("symlog", linthresh=1.0)
        below.set_xlabel("days")
    axes[0, 0].set_ylabel("of all sensors")
    axes[1, 0].set_ylabel("notifications per 10 min,\nmean of each hour")
    axes[0, 0].legend(fontsize=8)
    axes[1, 0].legend(fontsize=8)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, metadata={"Date": None})
