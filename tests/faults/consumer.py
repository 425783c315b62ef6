"""`python -m ingest` on a store of its own, with a clock that can jump."""

import contextlib
import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from benchmarks import processes
from simulator.broker import free_port
from simulator.service import environment
from tests.faults import policy
from tests.faults.process import PATIENCE_S, Process, until
from tests.faults.proxy import HOST
from tests.faults.script import PRIOR

CLOCK: Final = Path(__file__).parent / "clock"
TEXT: Final = "{{ delivery.id }} {{ delivery.change }}\n"


class Consumer(Process):
    """Ingest processes, one after the other, on one store."""

    def __init__(self, folder: Path, broker_port: int, receivers: Mapping[str, str], bundle: Path) -> None:
        """Prepare settings; `receivers` are names and Apprise URLs. Nothing runs before `start`."""
        self.store = folder / "store" / "vigia.db"
        self.clock = folder / "clock"
        self.unexpected: list[int] = []
        self._set_clock(0)
        words = folder / "words" / "es"
        words.mkdir(parents=True)
        for name in ("agua_no_potable", "falla_sensor", "sin_datos"):
            (words / f"{name}.txt").write_text(TEXT, encoding="utf-8")
        config = folder / "vigia.yaml"
        config.write_text("# All by variables.\n", encoding="utf-8")
        named = [{"name": name, "url": url, "digest": 0} for name, url in receivers.items()]
        port = free_port()
        env = environment(
            VIGIA_MQTT__HOST=HOST,
            VIGIA_MQTT__PORT=str(broker_port),
            VIGIA_STORE__URL=f"sqlite:///{self.store}",
            VIGIA_MODEL__DIR=str(bundle),
            VIGIA_MODEL__PRIOR=str(PRIOR),
            VIGIA_INGEST__METRICS_PORT=str(port),
            VIGIA_ALERTS__RECEIVERS=json.dumps(named),
            VIGIA_ALERTS__TEMPLATES=str(words.parent),
            VIGIA_ALERTS__SEND_TIMEOUT="2",
            VIGIA_ALERTS__REPEAT="[]",
            **{f"VIGIA_ALERTS__{name.upper()}": str(value) for name, value in policy.SETTINGS.items()},
            PYTHONPATH=str(CLOCK),
            FAULTS_CLOCK=str(self.clock),
        )
        super().__init__("ingest", ["--config", str(config)], env, folder / "ingest.log", port)

    def start(self, crash_at: str = "") -> None:
        """Start; with `crash_at`, to die at a point."""
        self.launch(**({"VIGIA_CRASH_AT": crash_at} if crash_at else {}))

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
        code = self.ended_with()
        if code is not None:
            self.unexpected.append(code)
            self.start()

    def sender(self) -> int:
        """Return the id of the process that sends, once there is one: it is started again when something is owed."""
        until(lambda: processes.started_by(self.pid), PATIENCE_S, "the process that sends")
        return processes.started_by(self.pid)[0]

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
