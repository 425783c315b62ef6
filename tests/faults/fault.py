"""What a fault is: it does something to a running rig, for some seconds, and takes it back."""

import time
from collections.abc import Callable
from typing import Final, TypeAlias

from tests.faults.process import POLL_S
from tests.faults.rig import Rig

LASTS_S: Final = 4.0

Fault: TypeAlias = Callable[[Rig], None]


def unnoticed(rig: Rig, seconds: float) -> None:
    """Expect of ingest that it is ready all the while, and stores what comes."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        assert rig.consumer.ready(), "ingest is not ready, though what happens is not its business"
        time.sleep(POLL_S)
    rig.caught_up()
