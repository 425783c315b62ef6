"""Faults of receivers: one of them answers badly, late or not at all."""

import time

from tests.faults.fault import LASTS_S, Fault
from tests.faults.receiver import Mood
from tests.faults.rig import Rig


def mood(kind: Mood) -> Fault:
    """Return the fault that has a receiver answer so for a while."""

    def fault(rig: Rig) -> None:
        rig.shaky.mood = kind
        time.sleep(LASTS_S)
        rig.shaky.mood = Mood.FINE

    return fault


def receiver_down(rig: Rig) -> None:
    """Refuse connections."""
    rig.shaky.close()
    time.sleep(LASTS_S)
    rig.shaky.open()
