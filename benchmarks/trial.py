"""One trial: a broker and a store of its own, a competitor in its own process, and a feeder in ours."""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks import session
from benchmarks.feeder import Feeder
from benchmarks.interleaved import BUILD
from simulator.broker import Broker
from simulator.group import Group
from simulator.service import environment
from simulator.sink import Sink

CLIENT_ID: Final = "benchmark"
PATIENCE_S: Final = 900.0
"""Seconds after which a competitor that has not done its work is killed; ten minutes of readings fit."""
PRIOR: Final = 0.02
"""Share of bad water that Vigía is told to expect: a city's, not that of the training data."""
# What the broker saves to disk every five seconds would fall into some trials and not into others.
QUIET: Final = {"persistence": "false", "log_type": "error"}


class TrialError(Exception):
    """A competitor died, or a result is not what it has to be; the text says which."""


@dataclass(frozen=True, slots=True)
class Competitor:
    """A module that deals with messages, and settings of Vigía that it is to run with."""

    name: str
    module: str
    settings: dict[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a competitor has left: its record, and its folder while the trial lasts."""

    seconds: float
    cpu_us: float
    dealt: int
    resident_mb: Sequence[float]
    """Every ten seconds, where times were noted."""
    folder: Path
    notified: int


@dataclass(frozen=True, slots=True)
class Paced:
    """Of each packet in turn, in milliseconds: until it was dealt with, and since the one before it was published."""

    took: NDArray[np.float64]
    gaps: NDArray[np.float64]
    outcome: Outcome


# The times of the readings are not those of the clock: nobody is to judge their sensors' silence by it.
SETTINGS: Final = {"VIGIA_MODEL__PRIOR": str(PRIOR), "VIGIA_ALERTS__SILENCE_GRACE": "86400"}
VIGIA: Final = Competitor("vigia", "benchmarks.observed", SETTINGS)
BARE: Final = Competitor("bare paho", "benchmarks.rivals.bare", {})
COMMITTING: Final = Competitor("bare paho, committing each", "benchmarks.rivals.committing", {})
PROTOTYPE: Final = Competitor("prototype that decides nothing", "benchmarks.rivals.prototype", {})
OBVIOUS: Final = Competitor("the obvious way", "benchmarks.rivals.obvious", {})


def drained(competitor: Competitor, feed: Sequence[bytes], judge: Callable[[Outcome], None] | None = None) -> Outcome:
    """Queue all packets at the broker, then let the competitor come; `judge` looks at what it left."""
    with _place() as place:
        place.subscribe()
        with Feeder(place.broker.host, place.broker.port) as feeder:
            feeder.send(feed)
        with place.running(competitor, len(feed), times=False) as words:
            _heard(words, "done", place.folder)
        outcome = place.outcome()
        if judge:
            judge(outcome)
        return outcome


def paced(competitor: Competitor, feed: Sequence[bytes], rate: float) -> Paced:
    """Publish at a rate while it listens."""
    with _place() as place:
        with place.running(competitor, len(feed), times=True) as words:
            _heard(words, "ready", place.folder)
            with Feeder(place.broker.host, place.broker.port) as feeder:
                sent = feeder.pace(feed, rate)
            _heard(words, "done", place.folder)
        stamps = np.array(sent)
        return Paced((place.times(len(sent)) - stamps) / 1e6, np.diff(stamps, prepend=stamps[0]) / 1e6, place.outcome())


@dataclass(frozen=True, slots=True)
class _Place:
    folder: Path
    broker: Broker
    sink: Sink
    group: Group

    def subscribe(self) -> None:
        """Make the session, so that the broker queues for it."""
        session.run(self.broker.host, self.broker.port, CLIENT_ID, subscribed=lambda client: client.disconnect())

    @contextlib.contextmanager
    def running(self, competitor: Competitor, expected: int, *, times: bool) -> Iterator[IO[str]]:
        """Run the competitor, give what it says, and end it."""
        task = {"host": self.broker.host, "port": self.broker.port, "client_id": CLIENT_ID}
        env = environment(
            BENCHMARK_TASK=json.dumps(task | {"expected": expected, "times": times}),
            BENCHMARK_FOLDER=str(self.folder),
            VIGIA_MQTT__PORT=str(self.broker.port),
            VIGIA_MQTT__CLIENT_ID=CLIENT_ID,
            VIGIA_STORE__URL=f"sqlite:///{self.folder}/vigia.db",
            VIGIA_INGEST__METRICS_PORT="0",
            VIGIA_ALERTS__RECEIVERS=json.dumps([self.sink.url]),
            **competitor.settings,
        )
        with (self.folder / "competitor.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", competitor.module],
                env=env,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                process_group=self.group.id,
            )
            assert process.stdout is not None  # noqa: S101 - asked for above
            watchdog = threading.Timer(PATIENCE_S, process.kill)  # what it says ends then, and so does the trial
            watchdog.start()
            try:
                yield process.stdout
            finally:
                watchdog.cancel()
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
                process.kill()
                process.wait()
                process.stdout.close()

    def times(self, number: int) -> NDArray[np.int64]:
        """Return when each of so many messages was dealt with, in ns of the monotonic clock."""
        at, so_far = np.fromfile(self.folder / "times.bin", np.int64).reshape(-1, 2).T
        return np.asarray(np.repeat(at, np.diff(so_far, prepend=0))[:number])

    def outcome(self) -> Outcome:
        """Return what the competitor wrote down."""
        record = json.loads((self.folder / "record.json").read_text(encoding="ascii"))
        return Outcome(**record, folder=self.folder, notified=len(self.sink.received()))


@contextlib.contextmanager
def _place() -> Iterator[_Place]:
    BUILD.mkdir(parents=True, exist_ok=True)
    # On the disk of the repository: /tmp may be in memory, where a commit costs nothing.
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as name,
        Group() as group,
        Broker(Path(name), process_group=group.id, lines=QUIET) as broker,
        Sink() as sink,
    ):
        yield _Place(Path(name), broker, sink, group)


def _heard(words: IO[str], word: str, folder: Path) -> None:
    """Read what the competitor says up to this word."""
    for line in words:
        if line.strip() == word:
            return
    tail = (folder / "competitor.log").read_text(encoding="utf-8").splitlines()[-15:]
    raise TrialError(f"the competitor ended, or was too slow, before it was {word}:\n" + "\n".join(tail))
