"""The data path of a batch, in one place: decode, score, decide, commit. Read this file first."""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.journal import Addressee, Event
from alerts.notifier import Notifier, now_us
from alerts.policy import Rule, Transition
from ingest.decision import consequences, late_marked
from ingest.explanation import facts
from ingest.payload import DecodeError, Reason
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Limits, Message, Reading, decode
from ingest.scored import Scored
from ingest.store import Refused, Store, StoreError, conflict
from model.classifier import Classifier
from model.sample import matrix
from model.verdict import Decision

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judge:
    """What decides: the classifier, its rule for a verdict, and the rule for alarms."""

    classifier: Classifier
    decision: Decision
    rule: Rule
    limits: Limits


class Pipeline:
    """Takes batches of messages to their committed consequences."""

    def __init__(
        self, judge: Judge, store: Store, addressees: Sequence[Addressee], notifier: Notifier, metrics: PipelineMetrics
    ) -> None:
        """Join the parts; `addressees` are the receivers for whom deliveries are written."""
        self._judge = judge
        self._store = store
        self._addressees = addressees
        self._notifier = notifier
        self._metrics = metrics

    def process(self, batch: Sequence[Message]) -> None:
        """Decode, score, decide and commit a batch; when this returns, it may be acknowledged.

        A message that breaks our own code is found by trying each alone, and goes to the quarantine.

        Raises:
            StoreError: nothing of the batch was committed.

        """
        try:
            self._process(batch)
        except StoreError:
            raise
        except Exception as error:
            if len(batch) > 1:
                for message in batch:
                    self.process([message])
            else:
                log.exception("a message on %r broke our own code; it is in the quarantine", batch[0].topic)
                broken = DecodeError(Reason.INTERNAL_ERROR, "".join(traceback.format_exception(error)))
                self._commit([], [Refused(batch[0], broken)])

    def _process(self, batch: Sequence[Message]) -> None:
        readings, refused = self._decode(batch)
        scored = self._score(readings)
        self._commit(scored, refused)

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
            log_odds = self._judge.classifier.log_odds(matrix([reading.values for _, reading in readings]))
            verdicts = self._judge.decision.not_potable(log_odds)
        return [
            Scored(message, reading, score, verdict)
            for (message, reading), score, verdict in zip(readings, log_odds.tolist(), verdicts.tolist(), strict=True)
        ]

    def _commit(self, scored: Sequence[Scored], refused: Sequence[Refused]) -> None:
        with self._metrics.stage("commit"), self._store.transaction() as transaction:
            states = transaction.sensors({one.reading.sensor for one in scored})
            added = transaction.add(late_marked(scored, states))
            decided = consequences(added.stored, states, self._judge.decision.training_share, self._judge.rule)
            events = [self._event(one, transition) for one, transition in decided.transitions]
            transaction.save(events, decided.states, self._addressees, now_us())
            refused = [*refused, *map(conflict, added.conflicts)]
            transaction.quarantine(refused)
        self._metrics.committed(added, refused, events, now_us())
        if events:
            self._notifier.wake()

    def _event(self, one: Scored, transition: Transition) -> Event:
        """Return a transition with what a notification tells; explained only here, as explaining is slow."""
        return Event(one.reading.sensor, transition, facts(one, self._judge.classifier, self._judge.decision))
