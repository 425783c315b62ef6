"""`python -m ingest`: reads the settings, joins the parts, runs the line until told to stop."""

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry, disable_created_metrics
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError

from alerts import roster
from alerts.delivery_metrics import DeliveryMetrics
from alerts.heartbeat import Heartbeat
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.overdue import Overdue
from alerts.receiver import ReceiverError
from alerts.recipient import Recipient
from alerts.template_folder import TextError
from ingest import crash, database, dry_run, export, garbage, quarantine, store_check
from ingest.alarm_metrics import AlarmMetrics
from ingest.allowed import AllowedError
from ingest.board import Board
from ingest.broker_metrics import BrokerMetrics
from ingest.bundle_watch import BundleWatch
from ingest.drift_metrics import DriftMetrics
from ingest.health import HealthServer
from ingest.judge import SECOND, Judge
from ingest.line import Line
from ingest.model_metrics import ModelMetrics
from ingest.pipeline import Pipeline
from ingest.pipeline_metrics import PipelineMetrics
from ingest.store import Store
from ingest.store_check import StoreDamagedError
from ingest.store_metrics import StoreMetrics
from ingest.subscriber import SessionLostError, Subscriber
from model import threads
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
        TextError,
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
    threads.single()
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    writer, reader = database.writer(settings.store.url), database.reader(settings.store.url)
    store_check.at_start(settings.store.url)
    database.migrate(writer)
    store_check.watch(writer, settings.store.url)
    outbox, recipients = Outbox(writer, reader), roster.recipients(settings.alerts)
    notifier = _notifier(settings, outbox, recipients, registry)
    keep_days = settings.ingest.keep_days
    keep_us = None if keep_days is None else int(keep_days * 86_400 * SECOND)
    store = Store(writer, judge.classifier.metadata.version, keep_us)
    pipeline = Pipeline(judge, store, roster.duty(settings.alerts), notifier, PipelineMetrics(registry))
    subscriber = Subscriber(settings.mqtt, settings.ingest.inbox, settings.ingest.batch, registry)
    models = BundleWatch(settings.model.dir, judge, lambda: Judge.load(settings), registry)
    line = Line(subscriber, pipeline, Board(reader, subscriber), models, settings.alerts.silence_grace)
    _on_signal(line.stop)
    checks: dict[str, Callable[[], bool]] = {
        "broker": lambda: subscriber.ready and subscriber.alive,
        "store": lambda: line.store_works,
        "notifier": lambda: notifier.alive,
    }
    ModelMetrics(registry, lambda: pipeline.judge)
    DriftMetrics(registry, reader, lambda: pipeline.judge.classifier.metadata)
    AlarmMetrics(registry, reader)
    StoreMetrics(registry, reader, lambda: line.store_works)
    host = settings.ingest.metrics_host
    with (
        closing(HealthServer(host, settings.ingest.metrics_port, registry, checks)) as health,
        closing(BrokerMetrics(registry, settings.mqtt)) as broker,
        _told_outside(settings, lambda: all(check() for check in checks.values()), registry),
        Overdue(outbox, recipients, settings.alerts.language, registry),
    ):
        log.info("metrics at http://%s:%d/metrics, page at %s", host, health.port, settings.alerts.page)
        garbage.hold_still()
        notifier.start()
        models.start()
        subscriber.start()
        broker.start()
        try:
            line.run()
        finally:
            subscriber.close()
            models.stop()
            notifier.stop(timeout=3.0)


def _told_outside(
    settings: Settings, well: Callable[[], bool], registry: CollectorRegistry
) -> AbstractContextManager[object]:
    url, interval = settings.alerts.heartbeat_url, settings.alerts.heartbeat_interval
    return nullcontext() if url is None else Heartbeat(url.get_secret_value(), interval, well, registry)


def _notifier(
    settings: Settings, outbox: Outbox, recipients: Sequence[Recipient], registry: CollectorRegistry
) -> Notifier:
    if not recipients:
        log.warning("alerts.receivers is empty: alarms are stored, and nobody is notified")
    metrics = DeliveryMetrics(registry, [recipient.name for recipient in recipients])
    metrics.watch(outbox)
    return Notifier(outbox, recipients, int(settings.alerts.give_up_after * SECOND), metrics)


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
