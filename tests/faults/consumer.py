"""`python -m ingest` under supervision: started again when it dies, stopped and killed at will."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from simulator.broker import free_port
from simulator.service import environment
from tests.faults import policy
from tests.faults.proxy import HOST
from tests.faults.script import PRIOR

ROOT: Final = Path(__file__).parents[2]
CLOCK: Final = Path(__file__).parent / "clock"
POLL_S: Final = 0.05
PATIENCE_S: Final = 60.0
TEXT: Final = "{{ delivery.id }} {{ delivery.change }}\n"


class ConsumerError(Exception):
    """It did not do what it had to in time."""


class Consumer:
    """Ingest processes, one after the other, on one store."""

    def __init__(self, folder: Path, broker_port: int, receivers: Mapping[str, str], bundle: Path) -> None:
        """Prepare settings; `receivers` are names and Apprise URLs. Nothing runs before `start`."""
        self.store = folder / "store" / "vigia.db"
        self.log = folder / "ingest.log"
        self.clock = folder / "clock"
        self.port = free_port()
        self.unexpected: list[int] = []
        self._set_clock(0)
        words = folder / "words" / "es"
        words.mkdir(parents=True)
        for name in ("agua_no_potable", "falla_sensor", "sin_datos"):
            (words / f"{name}.txt").write_text(TEXT, encoding="utf-8")
        config = folder / "vigia.yaml"
        config.write_text("# All by variables.\n", encoding="utf-8")
        self._options = ["--config", str(config)]
        named = [{"name": name, "url": url, "digest": 0} for name, url in receivers.items()]
        self._env = environment(
            VIGIA_MQTT__HOST=HOST,
            VIGIA_MQTT__PORT=str(broker_port),
            VIGIA_STORE__URL=f"sqlite:///{self.store}",
            VIGIA_MODEL__DIR=str(bundle),
            VIGIA_MODEL__PRIOR=str(PRIOR),
            VIGIA_INGEST__METRICS_PORT=str(self.port),
            VIGIA_ALERTS__RECEIVERS=json.dumps(named),
            VIGIA_ALERTS__TEMPLATES=str(words.parent),
            VIGIA_ALERTS__SEND_TIMEOUT="2",
            VIGIA_ALERTS__REPEAT="[]",
            **{f"VIGIA_ALERTS__{name.upper()}": str(value) for name, value in policy.SETTINGS.items()},
            PYTHONPATH=str(CLOCK),
            FAULTS_CLOCK=str(self.clock),
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process that runs."""
        assert self._process is not None
        return self._process.pid

    def start(self, crash_at: str = "") -> None:
        """Start; with `crash_at`, to die at a point."""
        env = self._env | ({"VIGIA_CRASH_AT": crash_at} if crash_at else {})
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ingest", *self._options], cwd=ROOT, env=env, stdout=log, stderr=log
            )

    def first_ready(self) -> bool:
        """Return what /readyz says of a process that must not end by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise ConsumerError(f"ingest does not start: {self.log.read_text(encoding='utf-8')[-1000:]}")
        return self.ready()

    def ready(self) -> bool:
        """Return what /readyz says."""
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://{HOST}:{self.port}/readyz", timeout=2) as answer,
        ):
            return bool(answer.status == 200)
        return False

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels, 0 while nobody answers."""
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://{HOST}:{self.port}/metrics", timeout=5) as answer,
        ):
            lines = answer.read().decode().splitlines()
            return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))
        return 0.0

    def supervise(self) -> None:
        """Start it again if it has ended by itself, and remember how."""
        if self._process is not None and self._process.poll() is not None:
            self.unexpected.append(self._process.returncode)
            self.start()

    def has_ended(self) -> bool:
        """Return whether the process that was started last runs no more."""
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """End it as the kernel would."""
        self.signal(signal.SIGKILL)
        self.wait()

    def terminate(self) -> tuple[int, float]:
        """End it in order; return its exit code and how many seconds that took."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        return self.wait(), time.monotonic() - began

    def signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def wait(self, patience_s: float = PATIENCE_S) -> int:
        """Wait for its end; return the exit code."""
        assert self._process is not None
        try:
            code = self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            raise ConsumerError(f"ingest still runs after {patience_s:.0f} s") from None
        self._process = None
        return code

    def end(self) -> None:
        """Leave nothing behind."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()

    def jump(self, seconds: float) -> None:
        """Put its clock forward or back."""
        self._set_clock(seconds)

    def memory_and_threads(self) -> tuple[int, int]:
        """Return resident kilobytes and threads of the process."""
        said = dict(
            line.split(":", 1)
            for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
            if ":" in line
        )
        return int(said["VmRSS"].split()[0]), int(said["Threads"])

    def _set_clock(self, seconds: float) -> None:
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(str(seconds), encoding="ascii")
        fresh.replace(self.clock)


def until(condition: Callable[[], object], patience_s: float, what: str) -> float:
    """Wait until a condition holds; return the seconds that took, or raise ConsumerError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience_s:
            raise ConsumerError(f"{what}: not within {patience_s:.0f} s")
        time.sleep(POLL_S)
    return time.monotonic() - began
