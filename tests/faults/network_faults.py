"""Faults of the network: between ingest and the broker, and between the sensors and the broker."""

import time

from tests.faults.fault import LASTS_S, Fault
from tests.faults.proxy import Weather
from tests.faults.rig import Rig


def weather(kind: Weather, seconds: float = LASTS_S) -> Fault:
    """Return the fault that gives ingest's connections such weather for so long."""

    def fault(rig: Rig) -> None:
        rig.to_consumer.weather = kind
        if kind is Weather.REFUSE:
            rig.to_consumer.reset()
        time.sleep(seconds)
        rig.to_consumer.weather = Weather.FAIR

    return fault


def connection_reset(rig: Rig) -> None:
    """Break connections by RST, three times."""
    for _ in range(3):
        one_reset(rig)


def one_reset(rig: Rig) -> None:
    """Break connections by RST, and give ingest time: it takes many connections under 3 s for a second client."""
    rig.to_consumer.reset()
    time.sleep(rig.chance.uniform(3.2, 4.0))


def publisher_cut(rig: Rig) -> None:
    """Break the sensors' connections: they send again what was under way."""
    for _ in range(3):
        rig.to_publisher.reset()
        time.sleep(rig.chance.uniform(0.5, 2.0))
