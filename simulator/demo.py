"""`python -m simulator.demo`: all of Vigía on this computer for a look, with twelve sensors and nothing to set up."""

import dataclasses
import json
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated

import typer

from simulator import example, live, stopping
from simulator.broker import BrokerError
from simulator.connection import PublishError
from simulator.service import ServiceError
from simulator.show import SENSORS, Balance, Show
from simulator.stack import Stack, running

CHOSEN = {
    # A network's water is nearly always potable; at the 61 % of the training data nearly every reading would alarm.
    "VIGIA_MODEL__PRIOR": "0.05",
    # Short enough to see an alarm end; a utility waits ten minutes.
    "VIGIA_ALERTS__OFF_DELAY": "20",
}
SEED = 1

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(
    *,
    seconds: Annotated[float | None, typer.Option(envvar="DEMO_SECONDS", help="End after so many seconds.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed: other water, other rhythms.")] = SEED,
) -> None:
    """Run broker, consumer, page and twelve sensors until Ctrl-C; the last line is the balance as JSON.

    Exit code 0: everything published was stored and everybody was told; 1: not so, or a program died.
    """
    began = time.monotonic()
    stop = stopping.on_signals()
    folder = Path(tempfile.mkdtemp(prefix="vigia-demo-"))
    _say("Vigía: starting a private Mosquitto, the consumer and the page …")
    try:
        with running(folder, CHOSEN, stop) as stack:
            balance = _show(stack, seed, seconds, stop)
            heard = stack.sink.received()
    except (BrokerError, PublishError, ServiceError) as error:
        typer.echo(f"{error}\nall logs: {folder}", err=True)
        raise typer.Exit(1) from None
    if balance.holds:
        shutil.rmtree(folder)
    else:
        typer.echo(f"the books do not balance; store and logs: {folder}", err=True)
    first_alert_s = round(heard[0].at - began, 1) if heard else None
    typer.echo(json.dumps(dataclasses.asdict(balance) | {"first_alert_s": first_alert_s}))
    raise typer.Exit(0 if balance.holds else 1)


def _show(stack: Stack, seed: int, seconds: float | None, stop: threading.Event) -> Balance:
    if stop.is_set():  # while it started
        return Balance()
    show = Show(stack, seed)
    _say(_introduction(stack))
    with live.view(stack.page) as view:
        return show.run(view, seconds, stop)


def _introduction(stack: Stack) -> str:
    return f"""
{SENSORS} simulated sensors publish, every reading is judged as it comes, and people are told.

  page    {stack.page}
  broker  {stack.broker.host}:{stack.broker.port}
  logs    {stack.folder}
  prior   set to {stack.prior}: the share of readings expected to be not potable. At the 0.61 of the training data
          nearly every reading would raise an alarm; a utility sets its own (VIGIA_MODEL__PRIOR)
  ends    an alarm, after {stack.off_delay} s of potable readings, to be seen here; by default after ten minutes

Check a sample by hand:
{example.curl(stack.page)}

Publish a reading of your own:
{example.mosquitto_pub(stack.broker.host, stack.broker.port)}
"""


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    app(prog_name="python -m simulator.demo")
