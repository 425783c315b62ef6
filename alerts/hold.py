"""What keeps people from being told of an alarm for a while (pure): a shelf, a window, a sensor out of service.

Everything is scored, judged and recorded all the same, and the hold is recorded on the alarm. When it is over and the
alarm is not, people are told. A shelf is the answer to one nagging alarm: a confirmation comes through it. A window
is announced work on the instrument: in the buffer solution of a calibration every reading looks like poison.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from alerts.transition import Change, Severity, Transition


class Reason(StrEnum):
    """Why people are not told."""

    SHELVED = "archivada"
    CALIBRATION = "calibracion"
    MAINTENANCE = "mantencion"
    OUT_OF_SERVICE = "fuera_de_servicio"


WINDOWS: Final = frozenset({Reason.CALIBRATION, Reason.MAINTENANCE, Reason.OUT_OF_SERVICE})

_NAGGING: Final = frozenset({Change.REMINDED, Change.REPEATED, Change.ESCALATED})


class Hold(NamedTuple):
    """One hold on a site or on a sensor (`scope`: sitio or sitio/sensor). Times are UTC microseconds.

    `kind` is that of a shelved alarm, None for all; `until_us` is None until somebody ends it.
    """

    id: int
    scope: str
    reason: Reason
    kind: str | None
    from_us: int
    until_us: int | None
    by: str
    note: str
    placed_us: int
    ended_us: int | None = None
    ended_by: str | None = None

    def concerns(self, sensor: str, kind: str) -> bool:
        """Return whether it is about this sensor (sitio/sensor) and kind of alarm."""
        return self.scope in {sensor, sensor.partition("/")[0]} and self.kind in {None, kind}

    def lasts(self, at_us: int) -> bool:
        """Return whether it lasts at this time."""
        ends = [end for end in (self.until_us, self.ended_us) if end is not None]
        return self.from_us <= at_us and all(at_us < end for end in ends)

    def keeps_back(self, sensor: str, change: Transition, now_us: int) -> bool:
        """Return whether people are not told of this change of an alarm.

        A window is judged by the sensor's own time: what was measured in it is told neither then nor when it comes
        late. A shelf is judged by ours.
        """
        if not self.concerns(sensor, change.kind) or change.change is Change.CLEARED:
            return False
        if self.reason in WINDOWS:
            return self.lasts(change.at_us)
        nagging = change.change in _NAGGING
        first_sign = change.change is Change.RAISED and change.severity is not Severity.CONFIRMADA
        return self.lasts(now_us) and (nagging or first_sign)
