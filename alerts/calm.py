"""The policy's step for readings that change nothing about an alarm, alone or a whole batch at once (pure).

Nearly all readings are calm: good water, newer than the last, from a sensor without an alarm. For them the step is
arithmetic alone, from row to row of `alerts.fleet`, and the same as in `alerts.sensor.read` to the last bit (a test
holds all together). Alone it takes a third of the time, in a batch a twentieth. Whatever is not calm is left for that
function.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from alerts import evidence, fault, silence
from alerts.evidence import Evidence
from alerts.fleet import NONE, Fleet, Places, Rows
from alerts.policy import Judged
from alerts.rule import Rule
from alerts.silence import SilenceState

_ERROR: Final = np.array(evidence.ERROR)
_MASK: Final = (1 << evidence.REMEMBERED) - 1


class Columns(NamedTuple):
    """The readings of a batch, one each of as many sensors; fields as in `alerts.policy.Judged`."""

    places: Places
    boot: NDArray[np.int64]
    ordinal: NDArray[np.int64]
    time_us: NDArray[np.int64]
    llr: NDArray[np.float64]
    not_potable: NDArray[np.bool_]
    digest: NDArray[np.int64]
    fresh: NDArray[np.bool_]

    def where(self, mask: NDArray[np.bool_]) -> "Columns":
        """Return some of them."""
        chosen: Any = (column[mask] for column in self)
        return Columns(*chosen)


def step(at: tuple[Any, ...], reading: Judged, rule: Rule) -> tuple[Any, ...] | None:
    """Return the row of a sensor after one reading, or None when the reading is not calm; `at` is its row before."""
    boot, ordinal, time_us = at[:3]
    number, severity, potable_for_us, notified_us, told, cleared_us, fault_number, cause, _, _, good, digest = at[10:22]
    its_boot, its_ordinal, its_time_us, llr, bad, its_digest, fresh = reading
    rhythm: SilenceState = tuple.__new__(SilenceState, at[22:])  # it is one already, but for its name
    if bad or not fresh or its_boot != boot or its_ordinal <= ordinal or its_time_us <= rhythm.newest_us:
        return None
    if severity or cause or rhythm.silent or its_digest == digest:
        return None
    shown = min(max(0, its_time_us - time_us), rule.off_delay_us // 3)
    return (
        *(boot, its_ordinal, its_time_us),
        *evidence.updated(tuple.__new__(Evidence, at[3:10]), llr, rule.h, not_potable=False),
        *(number, severity, 0 if potable_for_us == NONE else potable_for_us + shown, notified_us, told, cleared_us),
        *(fault_number, cause, 0, 1, min(good + 1, fault.GOOD), its_digest),
        *silence.heard(rhythm, its_time_us),
    )


def is_calm(at: Rows, readings: Columns) -> NDArray[np.bool_]:
    """Return which readings change nothing about an alarm, be it on the water, on the sensor or on its silence.

    `at` is where their sensors stand.
    """
    good = readings.fresh & ~readings.not_potable
    newer = (readings.boot == at["boot"]) & (readings.ordinal > at["ordinal"]) & (readings.time_us > at["newest_us"])
    quiet = (at["severity"] == 0) & (at["cause"] == 0) & ~at["silent"]
    calm: NDArray[np.bool_] = good & newer & quiet & (readings.digest != at["digest"])
    return calm


def move_on(now: Rows, readings: Columns, fleet: Fleet) -> None:
    """Take these states of sensors to those after their readings, all of which are calm, in place.

    `now` is a copy: of the fleet itself only the rules are looked at.
    """
    rules = fleet.rules[readings.places]
    _evidence(now, readings.llr, evidence.CAP * rules["h"])
    _silence(now, readings.time_us)
    shown = np.minimum(np.maximum(0, readings.time_us - now["time_us"]), rules["third_us"])
    lasted = now["potable_for_us"]
    now["potable_for_us"] = np.where(lasted == NONE, 0, lasted + shown)
    for name in ("boot", "ordinal", "time_us", "digest"):
        now[name] = getattr(readings, name)
    now["refused"] = 0
    now["equal"] = 1
    now["good"] = np.minimum(now["good"] + 1, fault.GOOD)


def overdue(fleet: Fleet, now_us: int) -> list[str]:
    """Return the sensors whose silence begins, as `alerts.silence.due_us` has it."""
    rows, rules = fleet.rows[: len(fleet)], fleet.rules[: len(fleet)]
    known = (rows["gaps"] >= silence.LEARNED) | (rules["period_us"] > 0)
    period_us = np.where(rules["period_us"] > 0, rules["period_us"], rows["period_us"])
    patience_us = np.maximum(rules["least_silence_us"], np.rint(silence.PERIODS * period_us).astype(np.int64))
    silent = known & ~rows["silent"] & (rows["newest_us"] != 0) & (now_us >= rows["newest_us"] + patience_us)
    return [fleet.names[place] for place in np.flatnonzero(silent)]


def _evidence(now: Rows, llr: NDArray[np.float64], cap: NDArray[np.float64]) -> None:
    """Take `alerts.evidence.updated`'s step in place; operations are in the same order, as rounding depends on it."""
    count, last, mean, variance, covariance = (
        now[name] for name in ("readings", "last", "mean", "variance", "covariance")
    )
    related = (variance > 0.0) & (covariance > 0.0)
    ratio = np.divide(covariance, variance, out=np.zeros(len(now)), where=related)
    surely = ratio - _ERROR[np.minimum(count, len(_ERROR) - 1)]
    rho = np.minimum(np.maximum(surely, 0.0), evidence.MOST)
    now["s"] = np.minimum(np.maximum(now["s"] + (1.0 - rho) / (1.0 + rho) * llr, 0.0), cap)
    rate = 1.0 / np.minimum(count + 1, evidence.MEMORY)
    ahead = llr - mean
    new_mean = mean + rate * ahead
    new_variance = (1.0 - rate) * (variance + rate * ahead * ahead)
    new_covariance = (1.0 - rate) * covariance + rate * (llr - new_mean) * (last - new_mean)
    first = count == 0
    now["mean"] = np.where(first, llr, new_mean)
    now["variance"] = np.where(first, 0.0, new_variance)
    now["covariance"] = np.where(first, 0.0, new_covariance)
    now["last"] = llr
    now["readings"] = count + 1
    now["recent"] = (now["recent"] << 1) & _MASK


def _silence(now: Rows, time_us: NDArray[np.int64]) -> None:
    """Take `alerts.silence.heard`'s step in place."""
    gaps, period_us, newest_us = now["gaps"], now["period_us"], now["newest_us"]
    gap = time_us - newest_us
    teaches = (newest_us != 0) & ((gaps < silence.LEARNED) | (gap <= silence.OUTAGE * period_us))
    new_gaps = np.where(teaches, np.minimum(gaps + 1, silence.MEMORY), gaps)
    learned = period_us + (gap - period_us) // np.maximum(new_gaps, 1)
    now["period_us"] = np.where(teaches, learned, period_us)
    now["gaps"] = new_gaps
    now["newest_us"] = time_us
