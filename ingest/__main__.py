"""`python -m ingest`: reads the settings, joins the parts, runs the line until told to stop."""

import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from alerts.sender import ReceiverError
from ingest import crash, dry_run, export, quarantine
from ingest.allowed import AllowedError
from ingest.judge import Judge
from ingest.service import Service
from ingest.store_check import StoreDamagedError
from ingest.subscriber import SessionLostError
from model.bundle import BundleError
from settings import Settings, SettingsError, load
from settings.logs import configure

log = logging.getLogger("ingest")

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)
app.add_typer(quarantine.app, name="quarantine")
app.command("export")(export.command)


@app.callback(
    invoke_without_command=True,
    help="Score every reading from the broker, and alert at once when the water is not potable.",
)
def main(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Settings file instead of vigia.yaml.")] = None,
    host: Annotated[str | None, typer.Option(help="Broker's host.")] = None,
    port: Annotated[int | None, typer.Option(help="Broker's port.")] = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Score and print; store and send nothing.")] = False,
) -> None:
    """Run until SIGTERM or SIGINT; exit 2 when the set-up is wrong, 3 when the session was taken over."""
    if context.invoked_subcommand is not None:
        return
    _on_signal(sys.exit)  # until the line can be stopped: process 1 of a container would not hear a signal otherwise
    try:
        settings = load(config, {"mqtt": {"host": host, "port": port}})
        configure(settings.log)
        where = config or "vigia.yaml if there, VIGIA_…"
        log.info("Vigía ingest, broker %s:%d, settings %s", settings.mqtt.host, settings.mqtt.port, where)
        if crash.VARIABLE in os.environ:
            crash.arm(os.environ[crash.VARIABLE])
        judge = Judge.load(settings)
        if dry:
            _watch(settings, judge)
        else:
            _serve(settings, judge)
    except (
        SettingsError,
        BundleError,
        ReceiverError,
        crash.CrashError,
        StoreDamagedError,
        AllowedError,
    ) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except DBAPIError as error:  # at start only: the line waits for a store that goes away later
        typer.echo(f"error: the store {make_url(settings.store.url)!r} cannot be used: {error.orig}", err=True)
        raise typer.Exit(2) from None
    except SessionLostError as error:
        log.critical("%s; this process ends", error)
        raise typer.Exit(3) from None


def _serve(settings: Settings, judge: Judge) -> None:
    service = Service(settings, judge)
    _on_signal(service.stop)
    service.run()


def _watch(settings: Settings, judge: Judge) -> None:
    subscriber = dry_run.watcher(settings)
    _on_signal(subscriber.stop)
    subscriber.start()
    with closing(subscriber):
        for line in dry_run.lines(subscriber, judge):
            typer.echo(line)


def _on_signal(stop: Callable[[], None]) -> None:
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: stop())


if __name__ == "__main__":
    app()
