"""The policy run again outside of the service, over the stored readings in each sensor's own order."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from alerts import sensor
from alerts.policy import Judged
from alerts.sensor import SensorState
from ingest.judge import Judge
from ingest.reading import STALE
from settings import Settings
from tests.faults.books import Row
from tests.faults.script import PRIOR

SETTINGS: Final[Mapping[str, float]] = {
    # The sensors' own time runs faster than ours, and began hours ago.
    "off_delay": 30,
    "presunta_interval": 0,
    "least_silence": 1_000_000,
}
"""Of the section `alerts`, for the consumer and for the replay."""

OF_READINGS: Final = frozenset({"raised", "confirmed", "cleared"})
"""The changes that readings alone decide; others say when and how often people heard of it."""

Told: TypeAlias = tuple[str, str, int]
"""Kind, change and time of a transition; the time is the sensor's own."""


def judge() -> Judge:
    """Return what ingest decides by, made from the same settings."""
    return Judge.load(Settings.model_validate({"model": {"prior": PRIOR}, "alerts": dict(SETTINGS)}))


def expected(name: str, rows: Iterable[Row], by: Judge) -> list[Told]:
    """Return the transitions of one sensor that its readings, all of them and in order, call for."""
    state = SensorState()
    told: list[Told] = []
    for row in sorted(rows, key=lambda row: (row.key.boot, row.key.seq)):
        llr = row.log_odds - by.prior
        fresh = not row.marks & STALE
        judged = Judged(row.key.boot, row.key.seq, row.time_us, llr, row.not_potable, row.digest, fresh)
        state, changes = sensor.read(state, judged, by.rules.of(name))
        told += compared((one.kind, one.change, one.severity, one.at_us) for one in changes)
    return told


def compared(changes: Iterable[tuple[str, str, str, int]]) -> list[Told]:
    """Return transitions (kind, change, severity, time) as they are compared: raised as confirmed is both."""
    told: list[Told] = []
    for kind, change, severity, at_us in changes:
        if change in OF_READINGS:
            told.append((str(kind), str(change), at_us))
        if change == "raised" and severity == "confirmada":
            told.append((str(kind), "confirmed", at_us))
    return told
