"""The faults: each does something to a running rig, for some seconds, and takes it back."""

import contextlib
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from model import bundle
from model.bundle import METADATA, TREES
from tests.faults.consumer import until
from tests.faults.proxy import Weather
from tests.faults.receiver import Mood
from tests.faults.rig import CHAMPION, PATIENCE_S, Rig, Window
from tests.faults.script import garbage

LASTS_S: Final = 4.0
AUTOSAVE_S: Final = 6.0
"""Mosquitto 2.0 writes its queues every 5 s (mosquitto/dev.conf): a kill may lose what came since."""

Fault = Callable[[Rig], None]


def ingest_killed(rig: Rig) -> None:
    """Kill without a warning."""
    rig.consumer.kill()
    rig.consumer.start()


def ingest_ended(rig: Rig) -> None:
    """Expect a clean end within 5 s of SIGTERM."""
    code, seconds = rig.consumer.terminate()
    assert code == 0, f"SIGTERM: exit code {code}"
    assert seconds <= 5.0, f"SIGTERM: took {seconds:.1f} s"
    rig.consumer.start()


def _frozen(seconds: float) -> Fault:
    def fault(rig: Rig) -> None:
        rig.consumer.signal(signal.SIGSTOP)
        time.sleep(seconds)
        rig.consumer.signal(signal.SIGCONT)

    return fault


def broker_restarted(rig: Rig) -> None:
    """End the broker in order, and start it after a while."""
    rig.broker.stop()
    time.sleep(LASTS_S)
    rig.broker.start()


def broker_killed(rig: Rig) -> None:
    """Kill the broker, which forgets what it had not saved."""
    rig.caught_up()
    now = time.time()
    rig.excused.append(Window(now - AUTOSAVE_S, now + 1.0))
    rig.broker.kill()
    time.sleep(1.0)
    rig.broker.start()


def session_lost(rig: Rig) -> None:
    """Bring the broker back without any session, while ingest holds a batch that it cannot commit."""
    rig.caught_up()
    began = time.time()
    with _locked(rig):
        time.sleep(1.0)
        rig.broker.stop()
        for file in (rig.folder / "broker").glob("mosquitto.db*"):
            file.unlink()
        rig.broker.start()
        time.sleep(LASTS_S)
    rig.recovered()
    rig.excused.append(Window(began - 1.0, time.time()))


def _weather(weather: Weather, seconds: float = LASTS_S) -> Fault:
    def fault(rig: Rig) -> None:
        rig.to_consumer.weather = weather
        if weather is Weather.REFUSE:
            rig.to_consumer.reset()
        time.sleep(seconds)
        rig.to_consumer.weather = Weather.FAIR

    return fault


def connection_reset(rig: Rig) -> None:
    """Break connections by RST, three times."""
    for _ in range(3):
        rig.to_consumer.reset()
        time.sleep(rig.chance.uniform(3.2, 4.0))


def publisher_cut(rig: Rig) -> None:
    """Break the sensors' connections: they send again what was under way."""
    for _ in range(3):
        rig.to_publisher.reset()
        time.sleep(rig.chance.uniform(0.5, 2.0))


def _mood(mood: Mood) -> Fault:
    def fault(rig: Rig) -> None:
        rig.shaky.mood = mood
        time.sleep(LASTS_S)
        rig.shaky.mood = Mood.FINE

    return fault


def receiver_down(rig: Rig) -> None:
    """Refuse connections."""
    rig.shaky.close()
    time.sleep(LASTS_S)
    rig.shaky.open()


@contextlib.contextmanager
def _locked(rig: Rig) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(rig.consumer.store, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def store_locked(rig: Rig) -> None:
    """Hold the write lock for longer than ingest is patient."""
    with _locked(rig):
        # Those who write take turns with one connection, and each is patient for 5 s.
        until(lambda: not rig.consumer.ready(), 30.0, "/readyz says 503 while nothing can be written")
        time.sleep(LASTS_S)


def store_full(rig: Rig) -> None:
    """Leave no byte on the disk."""
    free = shutil.disk_usage(rig.consumer.store.parent).free
    ballast = rig.consumer.store.with_name("ballast")
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        for _ in range(free // 4096 + 1024):
            file.write(bytes(4096))
    time.sleep(LASTS_S + 2.0)
    ready = rig.consumer.ready()
    ballast.unlink()
    assert not ready, "/readyz says 200 while the disk is full"


def store_replaced(rig: Rig) -> None:
    """Move the database's file away under the open connection, and put it back."""
    file = rig.consumer.store
    away = file.with_name("away.db")
    file.rename(away)
    time.sleep(LASTS_S)
    ready = rig.consumer.ready()
    away.replace(file)
    assert not ready, "/readyz says 200 while what is written would be lost"


def _clock(seconds: float) -> Fault:
    def fault(rig: Rig) -> None:
        rig.consumer.jump(seconds)
        time.sleep(LASTS_S)
        rig.consumer.jump(0)

    return fault


def bundle_flipped(rig: Rig) -> None:
    """Turn a bit of the trees on the disk."""
    path = rig.bundle / TREES
    whole = bytearray(path.read_bytes())
    whole[rig.chance.randrange(len(whole))] ^= 1 << rig.chance.randrange(8)
    path.write_bytes(whole)
    _touched(rig)


def bundle_truncated(rig: Rig) -> None:
    """Cut the metadata off."""
    path = rig.bundle / METADATA
    path.write_bytes(path.read_bytes()[: rig.chance.randrange(5_000)])
    _touched(rig)


def _touched(rig: Rig) -> None:
    (rig.bundle / METADATA).touch()
    time.sleep(LASTS_S)
    assert rig.consumer.ready(), "a bad bundle on the disk must leave the good one at work"
    for name in (TREES, METADATA):
        shutil.copy(CHAMPION / name, rig.bundle / name)


def bundle_replaced(rig: Rig) -> None:
    """Put another version into place, which takes over without a restart, and then the old one again."""
    shipped = bundle.read(CHAMPION)
    for version in (f"{shipped.metadata.version}-b", shipped.metadata.version):
        metadata = shipped.metadata.model_copy(update={"version": version})
        bundle.write(rig.bundle, metadata, shipped.trees, "# The same trees\n")
        until(lambda: rig.store.version() == version, PATIENCE_S, f"readings judged by {version}")  # noqa: B023


def payloads_broken(rig: Rig) -> None:
    """Send a hundred things that are no readings."""
    for _ in range(100):
        rig.publisher.misspeak(garbage(rig.chance, b'{"ph": 7.25, "Sulfate": 330.5}'))


FAULTS: Final[Mapping[str, Fault]] = {
    "ingest-kill": ingest_killed,
    "ingest-term": ingest_ended,
    "ingest-stop-8s": _frozen(8.0),
    "ingest-stop-20s": _frozen(20.0),
    "broker-term": broker_restarted,
    "broker-kill": broker_killed,
    "session-lost": session_lost,
    "net-reset": connection_reset,
    "net-half-open": _weather(Weather.HALF_OPEN, 16.0),
    "net-refuse": _weather(Weather.REFUSE),
    "net-delay": _weather(Weather.DELAY),
    "net-drip": _weather(Weather.DRIP),
    "net-stall": _weather(Weather.STALL, 8.0),
    "publisher-cut": publisher_cut,
    "sink-500": _mood(Mood.ERROR),
    "sink-429": _mood(Mood.BUSY),
    "sink-hang": _mood(Mood.HANG),
    "sink-drip": _mood(Mood.DRIP),
    "sink-reset": _mood(Mood.RESET),
    "sink-refused": receiver_down,
    "store-locked": store_locked,
    "store-full": store_full,
    "store-replaced": store_replaced,
    "clock-forward": _clock(3_600.0),
    "clock-back": _clock(-3_600.0),
    "bundle-flipped": bundle_flipped,
    "bundle-truncated": bundle_truncated,
    "bundle-replaced": bundle_replaced,
    "payload-fuzz": payloads_broken,
}
NEEDS_DISK: Final = frozenset({"store-full"})
FOR_RECEIVERS: Final = frozenset(name for name in FAULTS if name.startswith("sink-"))
