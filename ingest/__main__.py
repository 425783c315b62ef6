"""`python -m ingest`: reads the settings, joins the parts, runs the line until told to stop."""

import gc
import logging
import signal
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from prometheus_client import CollectorRegistry, disable_created_metrics

from alerts import norms
from alerts.delivery_metrics import DeliveryMetrics
from alerts.journal import Addressee
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.policy import Rule, Severity
from alerts.receiver import AppriseReceiver, ReceiverError
from alerts.wording import Wording
from ingest import database
from ingest.dry_run import lines, watcher
from ingest.health import HealthServer
from ingest.line import Line
from ingest.pipeline import Judge, Pipeline
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Limits
from ingest.store import Store
from ingest.subscriber import SessionLostError, Subscriber
from model.bundle import BundleError
from model.classifier import Classifier
from model.rates import implied
from settings import Settings, SettingsError, load
from settings.logs import configure

log = logging.getLogger("ingest")
SECOND = 1_000_000  # microseconds

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command(help="Score every reading from the broker, and alert at once when the water is not potable.")
def main(
    config: Annotated[Path | None, typer.Option(help="Settings file instead of vigia.yaml.")] = None,
    host: Annotated[str | None, typer.Option(help="Broker's host.")] = None,
    port: Annotated[int | None, typer.Option(help="Broker's port.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Score and print; store and send nothing.")] = False,
) -> None:
    """Run until SIGTERM or SIGINT; exit 2 when the set-up is wrong, 3 when the session was taken over."""
    try:
        settings = load(config, {"mqtt": {"host": host, "port": port}})
        configure(settings.log)
        judge = _judge(settings)
        log.info(
            "Vigía ingest, broker %s:%d, settings %s",
            settings.mqtt.host,
            settings.mqtt.port,
            config or "vigia.yaml if there, VIGIA_…",
        )
        if dry_run:
            _watch(settings, judge)
        else:
            _serve(settings, judge)
    except (SettingsError, BundleError, ReceiverError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except SessionLostError as error:
        log.critical("%s; this process ends", error)
        raise typer.Exit(3) from None


def _judge(settings: Settings) -> Judge:
    classifier = Classifier.load(settings.model.dir)
    decision = classifier.decision(settings.model.prior)
    rates = implied(classifier.metadata.operating_points, decision)
    log.info(
        "model %s, prior %.3g: a single reading is a false alarm for %.2g %% of potable water and finds %.0f %% of bad",
        classifier.metadata.version,
        decision.prior,
        100 * rates.false_alarm,
        100 * rates.detection,
    )
    alerts = settings.alerts
    rule = Rule(classifier.metadata.evidence.h, int(alerts.off_delay * SECOND), int(alerts.presunta_interval * SECOND))
    limits = Limits(int(settings.ingest.future_tolerance * SECOND), int(settings.ingest.window * SECOND))
    return Judge(classifier, decision, rule, limits)


def _serve(settings: Settings, judge: Judge) -> None:
    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    writer, reader = database.writer(settings.store.url), database.reader(settings.store.url)
    database.migrate(writer)
    notifier = _notifier(settings, Outbox(writer, reader), registry)
    addressees = [Addressee(one.name, Severity(one.severity)) for one in settings.alerts.receivers]
    store = Store(writer, judge.classifier.metadata.version)
    pipeline = Pipeline(judge, store, addressees, notifier, PipelineMetrics(registry))
    subscriber = Subscriber(settings.mqtt, settings.ingest.inbox, settings.ingest.batch, registry)
    line = Line(subscriber, pipeline)
    checks = {
        "broker": lambda: subscriber.ready and subscriber.alive,
        "store": lambda: line.store_works,
        "notifier": lambda: notifier.alive,
    }
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: line.stop())
    with closing(HealthServer(settings.ingest.metrics_host, settings.ingest.metrics_port, registry, checks)) as health:
        log.info(
            "metrics at http://%s:%d/metrics, page at %s",
            settings.ingest.metrics_host,
            health.port,
            settings.alerts.page,
        )
        # What was loaded by now stays: a full collection over it would stop the line for 40 ms (docs/performance.md).
        gc.collect()
        gc.freeze()
        notifier.start()
        subscriber.start()
        try:
            line.run()
        finally:
            subscriber.close()
            notifier.stop(timeout=3.0)


def _notifier(settings: Settings, outbox: Outbox, registry: CollectorRegistry) -> Notifier:
    alerts = settings.alerts
    receivers = [AppriseReceiver(r.name, r.url.get_secret_value(), alerts.send_timeout) for r in alerts.receivers]
    if not receivers:
        log.warning("alerts.receivers is empty: alarms are stored, and nobody is notified")
    metrics = DeliveryMetrics(registry, [receiver.name for receiver in receivers])
    metrics.watch(outbox)
    wording = Wording(alerts.language, alerts.timezone, alerts.page, norms.load())
    return Notifier(outbox, receivers, wording, int(alerts.give_up_after * SECOND), metrics)


def _watch(settings: Settings, judge: Judge) -> None:
    subscriber = watcher(settings)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda _number, _frame: subscriber.stop())
    subscriber.start()
    with closing(subscriber):
        for batch in subscriber:
            for message in batch:
                for line in lines(message, judge.limits, judge.classifier, judge.decision):
                    typer.echo(line)
            subscriber.ack(batch)


if __name__ == "__main__":
    app()
