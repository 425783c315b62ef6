"""The data path of a batch, in one place: decode, score, decide, commit. Read this file first."""

import logging
import traceback
from collections.abc import Sequence

from alerts.addressee import Duty
from alerts.clock import now_us
from alerts.journal import Event
from alerts.notifier import Notifier
from ingest.decision import Consequences, consequences, late_marked, silence
from ingest.explanation import facts
from ingest.judge import Judge
from ingest.outcome import Refused, Scored, conflict
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Message, Reading, decode
from ingest.rejection import DecodeError, Reason
from ingest.store import Store, StoreError, Transaction
from model.sample import matrix

log = logging.getLogger(__name__)


class Pipeline:
    """Takes batches of messages to their committed consequences."""

    def __init__(self, judge: Judge, store: Store, duty: Duty, notifier: Notifier, metrics: PipelineMetrics) -> None:
        """Join the parts; `duty` is for whom deliveries are written."""
        self._judge = judge
        self._store = store
        self._duty = duty
        self._notifier = notifier
        self._metrics = metrics

    def process(self, batch: Sequence[Message]) -> set[str]:
        """Decode, score, decide and commit a batch; when this returns, it may be acknowledged.

        Returns the sensors whose alarms have changed.

        A message that breaks our own code is found by trying each alone, and goes to the quarantine.

        Raises:
            StoreError: nothing of the batch was committed.

        """
        try:
            return self._process(batch)
        except StoreError:
            raise
        except Exception as error:
            if len(batch) > 1:
                return set().union(*(self.process([message]) for message in batch))
            log.exception("a message on %r broke our own code; it is in the quarantine", batch[0].topic)
            broken = DecodeError(Reason.INTERNAL_ERROR, "".join(traceback.format_exception(error)))
            return self._commit([], [Refused(batch[0], broken)])

    def _process(self, batch: Sequence[Message]) -> set[str]:
        readings, refused = self._decode(batch)
        scored = self._score(readings)
        return self._commit(scored, refused)

    def _decode(self, batch: Sequence[Message]) -> tuple[list[tuple[Message, Reading]], list[Refused]]:
        readings: list[tuple[Message, Reading]] = []
        refused: list[Refused] = []
        with self._metrics.stage("decode"):
            for message in batch:
                try:
                    decoded = decode(message, self._judge.limits)
                except DecodeError as error:
                    refused.append(Refused(message, error))
                    continue
                for one in decoded:
                    if isinstance(one, Reading):
                        readings.append((message, one))
                    else:
                        refused.append(Refused(message, one))
        self._metrics.decoded(len(batch), readings=len(readings))
        return readings, refused

    def _score(self, readings: Sequence[tuple[Message, Reading]]) -> list[Scored]:
        with self._metrics.stage("score"):
            rows = matrix([reading.values for _, reading in readings])
            log_odds = self._judge.classifier.log_odds(rows)
            verdicts = self._judge.decision.not_potable(log_odds).tolist()
            unlike = self._judge.classifier.unlike_training(rows).tolist()
        return [
            Scored.of(message, reading, score, not_potable=bad, unlike=strange)
            for (message, reading), score, bad, strange in zip(
                readings, log_odds.tolist(), verdicts, unlike, strict=True
            )
        ]

    def _commit(self, scored: Sequence[Scored], refused: Sequence[Refused]) -> set[str]:
        with self._metrics.stage("commit"), self._store.transaction() as transaction:
            states = transaction.sensors({one.sensor for one in scored})
            states |= transaction.acquainted({one.sensor for one in refused} - states.keys())
            added = transaction.add(late_marked(scored, states))
            share = self._judge.decision.training_share
            decided = consequences([*added.stored, *refused], states, share, self._judge.rule)
            events = self._written(transaction, decided)
            refused = [*refused, *map(conflict, added.conflicts)]
            transaction.quarantine(refused)
        self._metrics.committed(added, refused, events, now_us())
        return self._awoken(events)

    def watch_silence(self, at_us: int) -> set[str]:
        """Raise an alarm for each sensor of which nothing fresh has come for too long, and return them.

        Raises:
            StoreError: nothing was committed.

        """
        with self._store.transaction() as transaction:
            states = transaction.silent_since(at_us, self._judge.rule.least_silence_us)
            events = self._written(transaction, silence(states, at_us, self._judge.rule))
        self._metrics.changed(events)
        return self._awoken(events)

    def remind(self, at_us: int) -> set[str]:
        """Tell people again of alarms that nobody has acknowledged, and return the sensors.

        Raises:
            StoreError: nothing was committed.

        """
        with self._store.transaction() as transaction:
            events = transaction.remind(self._duty, at_us)
        self._metrics.changed(events)
        return self._awoken(events)

    def _awoken(self, events: Sequence[Event]) -> set[str]:
        if events:
            self._notifier.wake()
        return {event.sensor for event in events}

    def _written(self, transaction: Transaction, decided: Consequences) -> list[Event]:
        """Write states, transitions and what is owed; what changed is explained only here, as explaining is slow."""
        judge = self._judge
        events = [
            Event(one.sensor, one.transition, facts(one, judge.classifier, judge.decision)) for one in decided.changes
        ]
        transaction.save(events, decided.states, self._duty, now_us())
        return events
