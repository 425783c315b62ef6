"""`python -m benchmarks.http`: `POST /potabilidad` beside an endpoint that only validates, the obvious one, and MLflow.

All servers run at once and rest; each is loaded in turn on 32 connections and on one. A server has one process, the
client the other core. `cpu µs` is the processor time that a request costs the server: of all figures the one that the
machine's other work disturbs least.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Final

import typer

from benchmarks import processes, requests
from benchmarks.interleaved import Ratio, Results, Table, interleaved, report
from benchmarks.requests import Target
from model.sample import EXAMPLE
from simulator.broker import free_port
from simulator.group import Group

READY_S: Final = 60.0
OURS: Final = "vigia"
RATIOS: Final = (
    Ratio(OURS, "only validates", "requests/s"),
    Ratio(OURS, "obvious", "requests/s"),
    Ratio(OURS, "mlflow models serve", "requests/s"),
    Ratio(OURS, "only validates", "p50 ms at 1"),
)
COSTS: Final = tuple(Ratio(rival, OURS, "cpu µs") for rival in ("only validates", "obvious", "mlflow models serve"))


@dataclass(frozen=True, slots=True)
class Server:
    """What to start, on a port that is put in for `{port}`, and what to ask of it."""

    command: Sequence[str]
    path: str = "/potabilidad"
    body: str = json.dumps(EXAMPLE)
    environment: Mapping[str, str] = field(default_factory=dict)


app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(
    turns: Annotated[int, typer.Option(min=1)] = 4,
    seconds: Annotated[float, typer.Option(min=1, help="Of load, each.")] = 2,
) -> None:
    """Print requests/s and times to an answer, and the ratios between the servers."""
    with tempfile.TemporaryDirectory() as folder, Group() as group:
        running = {name: _started(server, group) for name, server in _servers(folder).items()}
        for one in running.values():
            _wait(one.target)
        results = interleaved({name: partial(_trial, one, seconds) for name, one in running.items()}, turns)
    _told(results, {"client": requests.client(), "seconds of load": seconds})


def _servers(folder: str) -> dict[str, Server]:
    table = {"dataframe_records": [EXAMPLE]}
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true"}
    return {
        OURS: Server(["api", "--port", "{port}"], environment={"VIGIA_STORE__URL": f"sqlite:///{folder}/none.db"}),
        "only validates": Server(["benchmarks.rivals.http_validate", "{port}"]),
        "obvious": Server(["benchmarks.rivals.http_obvious", "{port}"]),
        "mlflow models serve": Server(
            ["benchmarks.rivals.http_mlflow", "{port}", folder], "/invocations", json.dumps(table), quiet
        ),
    }


@dataclass(frozen=True, slots=True)
class Running:
    """A server that was started, and what to ask of it."""

    pid: int
    target: Target


def _started(server: Server, group: Group) -> Running:
    port = free_port()
    command = [sys.executable, "-m", *(part.format(port=port) for part in server.command)]
    given = {name: value for name, value in os.environ.items() if not name.startswith("VIGIA_")}
    process = subprocess.Popen(  # noqa: S603 - our own modules
        command,
        env={**given, **server.environment},
        process_group=group.id,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return Running(process.pid, Target(port, server.path, server.body))


def _wait(target: Target) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{target.port}{target.path}", target.body.encode(), {"Content-Type": "application/json"}
    )
    end = time.monotonic() + READY_S
    while True:
        try:
            urllib.request.urlopen(request, timeout=READY_S).close()  # noqa: S310 - loopback
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return


def _trial(server: Running, seconds: float) -> dict[str, float]:
    requests.measure(server.target, 32, 1)  # after a rest, a processor first has to find everything again
    before = processes.cpu_seconds(server.pid)
    many = requests.measure(server.target, 32, seconds)
    spent = processes.cpu_seconds(server.pid) - before
    alone = requests.measure(server.target, 1, seconds)
    cost = {"cpu µs": spent / seconds / many["requests/s"] * 1e6} if processes.can_tell() else {}
    return many | cost | {f"{name} at 1": value for name, value in alone.items()}


def _told(results: Results, conditions: Mapping[str, str | float]) -> None:
    report("http", Table(results, RATIOS + (COSTS if processes.can_tell() else ()), conditions))


if __name__ == "__main__":
    app()
