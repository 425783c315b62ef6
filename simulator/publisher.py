"""The connections of a fleet.

A small fleet gets one connection per station, with a last will on its `estado`; a large one shares a few. Stations
with logins of their own have a connection each, however many they are.
"""

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Self

from pydantic import SecretStr

from settings.schema import Mqtt
from simulator.connection import PATIENCE_S, WINDOW, Connection, PublishError
from simulator.message import Message
from simulator.station import Station
from simulator.tally import Tally

OWN_CONNECTIONS = 32
SHARED_CONNECTIONS = 4


class Publisher:
    """Sends the messages of a fleet. Use it as a context: on leaving, what is in flight is waited for."""

    def __init__(
        self,
        mqtt_settings: Mqtt,
        fleet: list[Station],
        stop: threading.Event,
        logins: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare the connections; `stop` ends every waiting. `logins`: the password of each station's id.

        Raises:
            PublishError: when logins are given, but not one for each station.

        """
        missing = [station.id for station in fleet if station.id not in logins] if logins is not None else []
        if missing:
            raise PublishError(f"no login for {', '.join(missing)}")
        self.tally = Tally()
        self._stop = stop
        # As any sensor with a login, a station may not write the truth: the broker would refuse it each time.
        self._truth = logins is None
        own = logins is not None or len(fleet) <= OWN_CONNECTIONS
        number = len(fleet) if own else SHARED_CONNECTIONS
        run = uuid.uuid4().hex[:8]  # two simulators must not take each other's sessions over
        self._connections = [
            Connection(
                mqtt_settings if logins is None else _logged_in(mqtt_settings, fleet[i].id, logins),
                self.tally,
                f"simulator-{run}-{i}",
                fleet[i] if own else None,
            )
            for i in range(number)
        ]
        self._of = {station: self._connections[i % number] for i, station in enumerate(fleet)}

    def __enter__(self) -> Self:
        """Connect all; PublishError when the broker does not let us in."""
        try:
            self._all(Connection.open)
        except PublishError:
            self._all(Connection.close)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for what is in flight, say offline, disconnect."""
        self._all(lambda connection: connection.say(b"offline"))
        self.drain()
        self._all(Connection.close)

    def send(self, message: Message) -> bool:
        """Publish a reading, then its truth; waits while too many are in flight. False when stopped meanwhile."""
        if not self.tally.wait_below(WINDOW - 1, self._stop):
            return False
        connection = self._of[message.station]
        connection.send(message.station.topic("lectura"), message.payload, reading=True)
        if message.truth is not None and self._truth:
            connection.send(message.station.topic("verdad"), message.truth)
        return True

    def drain(self) -> bool:
        """Wait until the broker has answered everything; False when it stays silent for ten seconds."""
        return self.tally.wait_below(0, threading.Event(), PATIENCE_S)

    def _all(self, act: Callable[[Connection], object]) -> None:
        for connection in self._connections:
            act(connection)


def _logged_in(settings: Mqtt, name: str, logins: Mapping[str, str]) -> Mqtt:
    return settings.model_copy(update={"username": name, "password": SecretStr(logins[name])})
