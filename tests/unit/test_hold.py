"""What keeps people from being told, for how long, and what comes through all the same."""

import pytest

from alerts.hold import Hold, Reason
from alerts.transition import Change, Kind, Severity, Transition

HOUR = 3_600_000_000
SENSOR = "norte/a"


def hold(reason: Reason, scope: str = SENSOR, kind: str | None = None, ended_us: int | None = None) -> Hold:
    """Return a hold from one o'clock to three."""
    return Hold(1, scope, reason, kind, 1 * HOUR, 3 * HOUR, "Ana", "", 0, ended_us)


def change(
    what: Change, severity: Severity = Severity.PRESUNTA, hour: float = 2, kind: Kind = Kind.WATER
) -> Transition:
    """Return a change of an alarm on the water at an hour of the sensor's own clock."""
    return Transition(kind, 1, what, severity, int(hour * HOUR), s=0.0, notify=True)


RAISED = change(Change.RAISED)
CONFIRMED = change(Change.CONFIRMED, Severity.CONFIRMADA)
CERTAIN = change(Change.RAISED, Severity.CONFIRMADA)
CLEARED = change(Change.CLEARED, Severity.CONFIRMADA)
REPEATED = change(Change.REPEATED, Severity.CONFIRMADA)
EARLIER = change(Change.RAISED, hour=0.9)
BROKEN = change(Change.RAISED, Severity.TECNICA, kind=Kind.FAULT)
CALIBRATION, MAINTENANCE, SHELF = (
    hold(Reason.CALIBRATION),
    hold(Reason.MAINTENANCE),
    hold(Reason.SHELVED, kind=Kind.WATER),
)
ENDED = hold(Reason.OUT_OF_SERVICE, ended_us=HOUR * 3 // 2)


@pytest.mark.parametrize(
    ("sentence", "held", "what", "now_h", "kept"),
    [
        ("a window keeps a first sign back", CALIBRATION, RAISED, 2, True),
        ("and a confirmation: buffer solution looks like poison", MAINTENANCE, CONFIRMED, 2, True),
        ("of a site, for each of its sensors", hold(Reason.MAINTENANCE, "norte"), RAISED, 2, True),
        ("but not for those of other sites", hold(Reason.MAINTENANCE, "nort"), RAISED, 2, False),
        ("what was measured before it is told, in the midst of it", CALIBRATION, EARLIER, 2, False),
        ("what was measured in it is not, however late it comes", CALIBRATION, RAISED, 5, True),
        ("when somebody ends it, it is over", ENDED, RAISED, 2, False),
        ("the end of an alarm is always told", CALIBRATION, CLEARED, 2, False),
        ("a shelf keeps reminders back", SHELF, REPEATED, 2, True),
        ("and a new first sign", SHELF, RAISED, 2, True),
        ("but no confirmation", SHELF, CONFIRMED, 2, False),
        ("nor an alarm that is raised as confirmed", SHELF, CERTAIN, 2, False),
        ("nor an alarm of another kind", SHELF, BROKEN, 2, False),
        ("and it ends by our clock", SHELF, RAISED, 3, False),
    ],
)
def test_hold(sentence: str, held: Hold, what: Transition, now_h: int, kept: bool) -> None:  # noqa: FBT001 - a row
    """One row, one sentence of the specification."""
    assert held.keeps_back(SENSOR, what, now_h * HOUR) is kept, sentence
