"""What a kill -9 of the broker costs, and what preventing it costs: `python -m tests.containers.durability [FOLDER …]`.

Each FOLDER holds a `mosquitto` (default: the one on PATH). Every variant of the form for its version is started with
TLS, logins and rights. Lost: of 1,500 acknowledged readings for each kill, what a consumer that was away, or was there,
never gets. Readings a second: what twelve sensors get acknowledged with 20 under way each. The variants
take turns, because the computer is never equally quiet twice. One line of JSON for each, then the table.
"""

import argparse
import contextlib
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final, Self

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from simulator.broker import Broker
from tests.containers import secured
from tests.waiting import wait_until

SENSORS: Final = tuple(f"medida/p-{number:02}" for number in range(12))
CONSUMER: Final = "vigia-ingest"
LAST: Final = -1
BETWEEN: Final = 1_500
"""Readings from one kill to the next."""
FILLING: Final = b"x" * 250
QUEUED: Final = 50_000
UNDER_WAY: Final = 20
AHEAD: Final = 80
TRIAL_S: Final = 6.0
EACH_CHANGE: Final = "autosave_on_changes"
VARIANTS: Final[dict[str, dict[str, dict[str, str]]]] = {
    "2.0": {
        **{f"after {n} changes": {EACH_CHANGE: "true", "autosave_interval": str(n)} for n in (1, 10, 100)},
        **{f"every {n} s": {EACH_CHANGE: "false", "autosave_interval": str(n)} for n in (1, 5)},
    },
    "2.1": {
        "SQLite, full, at once": {},
        "SQLite, normal, at once": {"plugin_opt_sync": "normal"},
    },
}


class Party:
    """A client with a session that outlives its connection; use as a context."""

    def __init__(self, broker: Broker, secrets: Path, login: str, *, reads: bool = False) -> None:
        """Prepare."""
        self._login = login
        self.received: set[int] = set()
        self.answered: list[int] = []
        self.sent: list[int] = []
        self.subscribed = False
        self._broker = broker
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=login, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(login, secured.passwords(secrets)[login])
        self._client.tls_set(str(secrets / "ca.crt"))
        self._client.max_inflight_messages_set(UNDER_WAY)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = lambda _c, _u, mid, _r, _p: self.answered.append(mid)
        self._client.on_message = lambda _c, _u, message: self.received.add(int(message.payload.split(b" ")[0]))
        if reads:
            self._client.on_connect = self._subscribe
            self._client.on_subscribe = lambda *_: setattr(self, "subscribed", True)

    def _subscribe(self, *_: object) -> None:
        self._client.subscribe("agua/v1/+/+/lectura", 1)

    def publish(self, number: int) -> None:
        """Send a numbered reading, as long as a real one, when there is room: paho slows down with what waits in it."""
        while len(self.sent) - len(self.answered) > AHEAD:
            time.sleep(0.001)
        self._client.publish(f"agua/v1/{self._login}/lectura", b"%d " % number + FILLING, 1)
        self.sent.append(number)

    def __enter__(self) -> Self:
        """Connect; a reader's session is kept by the broker for an hour."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 3_600
        self._client.connect(self._broker.host, self._broker.port, 10, clean_start=False, properties=properties)
        self._client.loop_start()
        wait_until(self._client.is_connected)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


class Fleet:
    """All sensors, in turns; use as a context."""

    def __init__(self, broker: Broker, secrets: Path) -> None:
        """Prepare."""
        self._sensors = [Party(broker, secrets, sensor) for sensor in SENSORS]
        self.sent = 0

    def publish(self, number: int) -> None:
        """Send a reading, when there is room."""
        self._sensors[self.sent % len(self._sensors)].publish(number)
        self.sent += 1

    @property
    def answered(self) -> int:
        """How many have been acknowledged."""
        return sum(len(sensor.answered) for sensor in self._sensors)

    def wait(self) -> None:
        """Wait until all are."""
        wait_until(lambda: self.answered == self.sent, "all acknowledged")

    def __enter__(self) -> Self:
        """Connect."""
        for sensor in self._sensors:
            sensor.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        for sensor in self._sensors:
            sensor.__exit__()


class Bench:
    """One Mosquitto, with secrets of its own and a queue of readings to start from."""

    def __init__(self, home: Path, folder: Path) -> None:
        """Fill the queue of an absent consumer, in a folder that each trial copies."""
        self._path = f"{home}{os.pathsep}{os.environ['PATH']}"
        self._folder = folder
        self._queue = folder / "queue"
        self._queue.mkdir(parents=True)
        self._secrets = secured.make_secrets(folder, *SENSORS)
        os.environ["PATH"] = self._path
        self.version = secured.version()
        self.variants = VARIANTS[self.version[:3]]
        slow = {EACH_CHANGE: "false"} if self.version.startswith("2.0") else {"plugin_opt_flush_period": "60"}
        with secured.broker(self._queue, self._secrets, slow) as broker:
            self._away(broker)
            with Fleet(broker, self._secrets) as fleet:
                for number in range(QUEUED):
                    fleet.publish(number)
                fleet.wait()

    def trial(self, options: dict[str, str], kills: int) -> dict[str, float]:
        """Measure one variant once."""
        os.environ["PATH"] = self._path
        return {
            "lost_away": self._lost(options, kills, away=True),
            "lost_there": self._lost(options, kills, away=False),
            "rate_there": self._rate(options, away=False),
            "rate_queued": self._rate(options, away=True),
        }

    def _lost(self, options: dict[str, str], kills: int, *, away: bool) -> int:
        readings = BETWEEN * kills + BETWEEN // 3
        with (
            tempfile.TemporaryDirectory(dir=self._folder) as folder,
            secured.broker(Path(folder), self._secrets, options) as broker,
        ):
            consumer = self._away(broker)
            broker.stop()  # saves the session
            broker.start()
            with contextlib.nullcontext() if away else consumer, Fleet(broker, self._secrets) as fleet:
                for number in range(readings):
                    fleet.publish(number)
                    if number and number % BETWEEN == 0:
                        wait_until(lambda: fleet.answered > number - AHEAD)  # noqa: B023 - called at once
                        broker.kill()
                        broker.start()
                fleet.wait()
                fleet.publish(LAST)
                fleet.wait()
                if not away:
                    wait_until(lambda: LAST in consumer.received, "the last received")
            if away:
                with consumer:
                    wait_until(lambda: LAST in consumer.received, "the last received")
            return len(set(range(readings)) - consumer.received)

    def _rate(self, options: dict[str, str], *, away: bool) -> float:
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            folder = Path(name)
            if away:
                shutil.copytree(self._queue, folder, dirs_exist_ok=True)
            with secured.broker(folder, self._secrets, options) as broker:
                consumer = Party(broker, self._secrets, CONSUMER, reads=True)
                with contextlib.nullcontext() if away else consumer, Fleet(broker, self._secrets) as fleet:
                    began = time.monotonic()
                    while time.monotonic() - began < TRIAL_S:
                        fleet.publish(fleet.sent)
                    return fleet.answered / (time.monotonic() - began)

    def _away(self, broker: Broker) -> Party:
        """Return a consumer that has subscribed and left."""
        consumer = Party(broker, self._secrets, CONSUMER, reads=True)
        with consumer:
            wait_until(lambda: consumer.subscribed, "subscribed")
        return consumer


def main() -> None:
    """Measure in turns, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="*", type=Path, default=[Path("/usr/sbin")])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--only", default="", help="variants whose name begins so")
    given = parser.parse_args()
    found: dict[tuple[str, str], list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        benches = [Bench(home, Path(scratch) / str(number)) for number, home in enumerate(given.folder)]
        for _ in range(given.rounds):
            for bench in benches:
                for variant, options in bench.variants.items():
                    if not variant.startswith(given.only):
                        continue
                    trial = bench.trial(options, given.kills)
                    found.setdefault((bench.version, variant), []).append(trial)
                    print(json.dumps([bench.version, variant, trial]), flush=True)  # noqa: T201
    print("| Mosquitto | Saves | Lost, consumer away | Lost, consumer there | Readings/s | with a queue |")  # noqa: T201
    for (version, variant), trials in found.items():
        lost = [", ".join(f"{trial[name]:.0f}" for trial in trials) for name in ("lost_away", "lost_there")]
        rates = [f"{statistics.median(trial[name] for trial in trials):.0f}" for name in ("rate_there", "rate_queued")]
        print("|", " | ".join([version, variant, *lost, *rates]), "|")  # noqa: T201


if __name__ == "__main__":
    main()
