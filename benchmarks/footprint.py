"""`python -m benchmarks.footprint`: from start to the first scored reading, memory, and megabytes of dependencies.

Of ingest (a reading waits at the broker: time until it is committed), of the HTTP service (time until the first
verdict), and of `python -m model score` (time until it has ended). Sizes are of what the requirements pin, as it is
installed here. The programs run without training's tools (`benchmarks.lean`), as in the image.
"""

import contextlib
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer

from benchmarks import feeder, processes, session
from benchmarks.interleaved import BUILD, Figures, Table, interleaved, report
from model.sample import EXAMPLE, NAMES
from simulator.broker import Broker, free_port
from simulator.group import Group
from simulator.message import encoded, timestamp
from simulator.service import environment

ROOT: Final = Path(__file__).parent.parent
PATIENCE_S: Final = 60.0
CLIENT_ID: Final = "footprint"

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(turns: Annotated[int, typer.Option(min=1)] = 5) -> None:
    """Print seconds and megabytes."""
    results = interleaved({"ingest": ingest, "api": api, "model score": score}, turns)
    sizes = {
        f"MB of {name}": round(installed_mb(ROOT / name)) for name in ("requirements.txt", "requirements-train.txt")
    }
    report("footprint", Table(results, conditions=sizes))


def ingest() -> Figures:
    """Start ingest with a reading waiting for it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as name, Group() as group:
        store = Path(name) / "vigia.db"
        with Broker(Path(name), process_group=group.id) as broker:
            session.run(broker.host, broker.port, CLIENT_ID, subscribed=lambda client: client.disconnect())
            with feeder.Feeder(broker.host, broker.port) as sender:
                sender.send(feeder.packets([("agua/v1/planta/s1/lectura", _reading())]))
            settings = {
                "VIGIA_MQTT__PORT": str(broker.port),
                "VIGIA_MQTT__CLIENT_ID": CLIENT_ID,
                "VIGIA_STORE__URL": f"sqlite:///{store}",
                "VIGIA_INGEST__METRICS_PORT": "0",
                "VIGIA_ALERTS__RECEIVERS": '["json://127.0.0.1:1/"]',  # the process that sends is part of it
            }
            with _running(["ingest"], settings, group) as process:
                return _until(lambda: _has_reading(store), process.pid)


def api() -> Figures:
    """Start the HTTP service and ask it."""
    with tempfile.TemporaryDirectory() as folder, Group() as group:
        port = free_port()
        settings = {"VIGIA_STORE__URL": f"sqlite:///{folder}/none.db"}
        with _running(["api", "--port", str(port)], settings, group) as process:
            return _until(lambda: _answers(port), process.pid)


def score() -> Figures:
    """Score a file of one sample."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "one.csv"
        file.write_text(",".join(EXAMPLE) + "\n" + ",".join(map(str, EXAMPLE.values())) + "\n", encoding="utf-8")
        began = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.lean", "model", "score", str(file)]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our own program
        return {"s to the first score": time.perf_counter() - began}


def installed_mb(requirements: Path) -> float:
    """Return the megabytes that the pinned packages of a file take; those of other systems count for nothing."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    names = {line.partition("==")[0].partition("[")[0] for line in lines if "==" in line and line[0].isalpha()}
    total = 0
    for name in names:
        with contextlib.suppress(metadata.PackageNotFoundError):
            files = metadata.distribution(name).files or []
            total += sum(found.stat().st_size for file in files if (found := Path(str(file.locate()))).is_file())
    return total / 1e6


def _reading() -> bytes:
    return encoded({"ts": timestamp(time.time_ns() // 1000), "seq": 1, **{name: EXAMPLE[name] for name in NAMES}})


@contextlib.contextmanager
def _running(command: list[str], settings: dict[str, str], group: Group) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(  # noqa: S603 - our own programs
        [sys.executable, "-m", "benchmarks.lean", *command],
        env=environment(**settings),
        cwd=ROOT,
        process_group=group.id,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def _until(happened: Callable[[], bool], pid: int) -> Figures:
    began = time.perf_counter()
    while not happened():
        if time.perf_counter() - began > PATIENCE_S:
            raise TimeoutError(f"nothing was scored in {PATIENCE_S:.0f} s")
        time.sleep(0.005)
    took = {"s to the first score": time.perf_counter() - began}
    return took | ({"MB resident": processes.resident_mb(pid)} if processes.can_tell() else {})


def _has_reading(store: Path) -> bool:
    if not store.exists():
        return False
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT 1 FROM readings LIMIT 1").fetchone() is not None
        except sqlite3.OperationalError:  # no such table yet
            return False


def _answers(port: int) -> bool:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/potabilidad", json.dumps(EXAMPLE).encode(), {"Content-Type": "application/json"}
    )
    try:
        urllib.request.urlopen(request, timeout=PATIENCE_S).close()  # noqa: S310 - loopback
    except urllib.error.HTTPError:
        raise
    except OSError:
        return False
    return True


if __name__ == "__main__":
    app()
