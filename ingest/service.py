"""The consumer as a whole: its parts, joined once, in the order in which they need each other."""

import logging
from collections.abc import Callable
from contextlib import ExitStack, closing

from prometheus_client import CollectorRegistry, disable_created_metrics
from sqlalchemy import Engine

from alerts import roster
from alerts.courier import Courier
from alerts.delivery_metrics import DeliveryMetrics
from alerts.heartbeat import Heartbeat
from alerts.notifier import Notifier
from alerts.outbox import Outbox
from alerts.overdue import Overdue
from ingest import database, garbage, store_check
from ingest.alarm_metrics import AlarmMetrics
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
from ingest.store_metrics import StoreMetrics
from ingest.subscriber import Subscriber
from ingest.writer import Writer
from model import threads
from settings import Settings

log = logging.getLogger(__name__)

DAY = 86_400 * SECOND


class Service:
    """Runs until `stop`, which is safe in a signal handler."""

    def __init__(self, settings: Settings, judge: Judge) -> None:
        """Open the store and prepare all else; nothing is connected or sent before `run`.

        Raises:
            sqlalchemy.exc.DBAPIError: the store cannot be opened.
            StoreDamagedError: it is no longer whole.
            ReceiverError: a receiver's URL makes no sense.
            TextError: a template cannot be used.

        """
        threads.single()
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._settings = settings
        self._registry = CollectorRegistry()
        # It starts while all else does.
        self._courier = Courier(roster.addresses(settings.alerts), settings.alerts.send_timeout)
        writer, self._reader = _opened(settings.store.url)
        self._outbox = Outbox(writer, self._reader)
        self._recipients = roster.recipients(settings.alerts, self._courier.recipient)
        self._notifier = self._prepared_notifier()
        keep_days = settings.ingest.keep_days
        keep_us = None if keep_days is None else int(keep_days * DAY)
        store = Store(writer, judge.classifier.metadata.version, keep_us)
        metrics = PipelineMetrics(self._registry)
        self._pipeline = Pipeline(judge, store, roster.duty(settings.alerts), self._notifier, metrics)
        self._subscriber = Subscriber(settings.mqtt, settings.ingest.inbox, settings.ingest.batch, self._registry)
        self._models = BundleWatch(settings.model.dir, judge, lambda: Judge.load(settings), self._registry)
        board = Board(self._reader, self._subscriber)
        self._line = Line(self._subscriber, self._pipeline, board, self._models, settings.alerts.silence_grace)
        self._courier.check()

    def run(self) -> None:
        """Connect, and process what comes; raises SessionLostError when the session cannot go on."""
        checks = self._checks()
        self._measure()
        alerts, host = self._settings.alerts, self._settings.ingest.metrics_host
        with ExitStack() as beside:
            beside.enter_context(closing(self._courier))
            health = HealthServer(host, self._settings.ingest.metrics_port, self._registry, checks)
            beside.enter_context(closing(health))
            broker = beside.enter_context(closing(BrokerMetrics(self._registry, self._settings.mqtt)))
            if alerts.heartbeat_url is not None:
                url = alerts.heartbeat_url.get_secret_value()
                well = lambda: all(check() for check in checks.values())  # noqa: E731 - said once, here
                beside.enter_context(Heartbeat(url, alerts.heartbeat_interval, well, self._registry))
            beside.enter_context(Overdue(self._outbox, self._recipients, alerts.language, self._registry))
            log.info("metrics at http://%s:%d/metrics, page at %s", host, health.port, alerts.page)
            garbage.hold_still()
            for part in (self._notifier, self._models, self._subscriber, broker):
                part.start()
            try:
                self._line.run()
            finally:
                self._subscriber.close()
                self._models.stop()
                self._notifier.stop(timeout=3.0)

    def stop(self) -> None:
        """End after the batch in hand."""
        self._line.stop()

    def _checks(self) -> dict[str, Callable[[], bool]]:
        """Return what `/readyz` asks."""
        return {
            "broker": lambda: self._subscriber.ready and self._subscriber.alive,
            "store": lambda: self._line.store_works,
            "notifier": lambda: self._notifier.alive,
        }

    def _measure(self) -> None:
        """Register what is measured at a scrape, beside what the parts count themselves."""
        ModelMetrics(self._registry, lambda: self._pipeline.judge)
        DriftMetrics(self._registry, self._reader, lambda: self._pipeline.judge.classifier.metadata)
        AlarmMetrics(self._registry, self._reader)
        StoreMetrics(self._registry, self._reader, lambda: self._line.store_works)

    def _prepared_notifier(self) -> Notifier:
        if not self._recipients:
            log.warning("alerts.receivers is empty: alarms are stored, and nobody is notified")
        metrics = DeliveryMetrics(self._registry, [recipient.name for recipient in self._recipients])
        metrics.watch(self._outbox)
        give_up_us = int(self._settings.alerts.give_up_after * SECOND)
        return Notifier(self._outbox, self._recipients, give_up_us, metrics)


def _opened(url: str) -> tuple[Writer, Engine]:
    """Return who writes and who reads, of a store that is whole and has this program's tables."""
    engine, reader = database.writer(url), database.reader(url)
    store_check.at_start(url)
    database.migrate(engine)
    store_check.writable(engine)
    store_check.watch(engine, url)
    return Writer(engine), reader
