"""`python -m simulator` publishes what a fleet of sensors would, or the rows of a CSV file."""

import itertools
import json
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from alerts.clock import now_us
from model import campaigns
from settings import SettingsError, load
from simulator import message, pace, replay, scenarios, station, stopping
from simulator.connection import PublishError
from simulator.message import Message
from simulator.publisher import Publisher
from simulator.replay import ReplayError
from simulator.station import Noise

DEFAULT_RATE = 12.0

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(  # noqa: PLR0913 - each is an option of the command line
    *,
    config: Annotated[Path | None, typer.Option(help="File to read instead of vigia.yaml.")] = None,
    host: Annotated[str | None, typer.Option(help="Broker's host, over the settings.")] = None,
    port: Annotated[int | None, typer.Option(help="Broker's port, over the settings.")] = None,
    sensors: Annotated[int | None, typer.Option(min=1, help="Sensors; by default 12, for a replay 1.")] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, help="Readings a second, all sensors together; by default 12, for a replay no limit."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Repeats a run; by default one is drawn and shown.")] = None,
    seconds: Annotated[float | None, typer.Option(min=0, help="End after so many seconds.")] = None,
    count: Annotated[int | None, typer.Option(min=0, help="End after so many readings.")] = None,
    replay_file: Annotated[
        Path | None, typer.Option("--replay", help="Publish each row of this CSV file once, in order.")
    ] = None,
    site: Annotated[str | None, typer.Option(help="Put all sensors at this site.")] = None,
    noise: Annotated[float, typer.Option(min=0, max=1, help="Instruments' relative error (standard deviation).")] = 0.0,
    rho: Annotated[float, typer.Option(min=0, max=0.999, help="Lag-1 autocorrelation of that error.")] = 0.9,
    logins: Annotated[
        Path | None, typer.Option(help="JSON file with a password for each sitio/sensor: each logs in as itself.")
    ] = None,
) -> None:
    """Publish readings to agua/v1/{sitio}/{sensor}/lectura and the truth about them to …/verdad.

    Ends with one line of JSON: how many readings were sent, and how many of them the broker acknowledged (published).
    """
    seed = secrets.randbelow(2**31) if seed is None else seed
    boot = int(time.time())
    try:
        settings = load(config, {"mqtt": {"host": host, "port": port}})
        rows = None if replay_file is None else replay.read(replay_file)
        n = sensors or (12 if rows is None else 1)
        fleet = station.fleet(n, rate or DEFAULT_RATE, np.random.default_rng(seed), site)
        if rows is None:
            typer.echo(f"seed {seed}", err=True)
            readings = scenarios.cast(fleet, campaigns.read(), seed, Noise(noise, rho))
            stream = message.messages(readings, now_us(), boot)
        else:
            stream = replay.messages(rows, fleet, now_us(), boot, rate)
        passwords = None if logins is None else json.loads(logins.read_text(encoding="utf-8"))
        publisher = Publisher(settings.mqtt, fleet, stop := stopping.on_signals(), passwords)
        summary = _run(_limited(stream, seconds, count), publisher, stop)
    except (SettingsError, ReplayError, PublishError, OSError, ValueError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(summary))
    raise typer.Exit(0 if summary["published"] == summary["sent"] else 1)


def _run(stream: Iterator[Message], publisher: Publisher, stop: threading.Event) -> dict[str, int]:
    with publisher:
        pace.publish(stream, publisher, stop)
    return {"published": publisher.tally.published, "sent": publisher.tally.sent}


def _limited(stream: Iterator[Message], seconds: float | None, count: int | None) -> Iterator[Message]:
    if seconds is not None:
        stream = itertools.takewhile(lambda message: message.due_s < seconds, stream)
    return itertools.islice(stream, count)


if __name__ == "__main__":
    app(prog_name="python -m simulator")
