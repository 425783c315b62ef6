"""A broker that can be stopped as a debugger or a thrashing disk stops it: it says nothing, and nobody is told."""

import os

from simulator.broker import Broker


class FreezableBroker(Broker):
    """The private Mosquitto, with signals."""

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self._process is not None
        os.kill(self._process.pid, number)
