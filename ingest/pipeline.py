"""The data path of a batch, in one place: decode, score, decide, commit. Read this file first."""

import logging
import traceback
from collections.abc import Sequence

from alerts.addressee import Duty
from alerts.clock import now_us
from alerts.journal import Event
from alerts.notifier import Notifier
from ingest import past
from ingest.decision import Consequences, consequences, late, late_marked, resumed, silence
from ingest.explanation import facts
from ingest.judge import Judge
from ingest.outcome import Refused, Scored, conflict
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Mark, Message, Reading, decode
from ingest.rejection import DecodeError, Reason
from ingest.standings import Standings
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
        self._standings = Standings()

    def resume(self) -> set[str]:
        """Take up where the store stands: its sensors, and the readings that were stored but are not in their rows.

        Raises:
            StoreError: nothing was committed.

        """
        with self._store.transaction() as transaction:
            self._standings.learn(transaction.sensors())
            behind = transaction.unjudged(self._judge.prior)
            decided = resumed(behind, self._standings.states, self._judge.rules.of)
            events = self._write(transaction, decided)
        return self._keep(decided, events)

    def process(self, batch: Sequence[Message]) -> set[str]:
        """Decode, score, decide and commit a batch; when this returns, it may be acknowledged.

        Returns the sensors whose alarms have changed.

        A message that breaks our own code is found by trying each alone, and goes to the quarantine.

        Raises:
            StoreError: nothing of the batch was committed.

        """
        try:
            readings, refused = self._decode(batch)
            return self._commit(self._score(readings), refused)
        except StoreError:
            raise
        except Exception as error:
            if len(batch) > 1:
                return set().union(*(self.process([message]) for message in batch))
            log.exception("a message on %r broke our own code; it is in the quarantine", batch[0].topic)
            broken = DecodeError(Reason.INTERNAL_ERROR, "".join(traceback.format_exception(error)))
            return self._commit([], [Refused(batch[0], broken)])

    def _decode(self, batch: Sequence[Message]) -> tuple[list[tuple[Message, Reading]], list[Refused]]:
        readings: list[tuple[Message, Reading]] = []
        refused: list[Refused] = []
        with self._metrics.stage("decode"):
            for message in batch:
                try:
                    for one in decode(message, self._judge.limits):
                        if isinstance(one, Reading):
                            readings.append((message, one))
                        else:
                            refused.append(Refused(message, one))
                except DecodeError as error:
                    refused.append(Refused(message, error))
        self._metrics.decoded(len(batch), readings=len(readings))
        return readings, refused

    def _score(self, readings: Sequence[tuple[Message, Reading]]) -> list[Scored]:
        if not readings:
            return []
        with self._metrics.stage("score"):
            rows = matrix([reading.values for _, reading in readings])
            log_odds = self._judge.classifier.log_odds(rows)
            verdicts = self._judge.decision.not_potable(log_odds).tolist()
            unlike = self._judge.classifier.unlike_training(rows).tolist()
        return [
            Scored(message, reading.marked(Mark.UNLIKE_TRAINING) if strange else reading, score, bad)
            for (message, reading), score, bad, strange in zip(
                readings, log_odds.tolist(), verdicts, unlike, strict=True
            )
        ]

    def _commit(self, scored: Sequence[Scored], refused: Sequence[Refused]) -> set[str]:
        judge, standings = self._judge, self._standings
        with self._metrics.stage("commit"):
            self._acquaint(scored)
            with self._store.transaction() as transaction:
                added = transaction.add(late_marked(scored, standings.states), standings.ids)
                pasts = transaction.pasts(late(added.stored), standings, judge.prior)
                outcomes: list[Scored | Refused] = [*added.stored, *refused]
                if refused:
                    outcomes.sort(key=lambda outcome: outcome.message.received_us)
                decided = consequences(outcomes, standings.states, pasts, judge.prior, judge.rules.of)
                events = self._write(transaction, decided)
                refused = [*refused, *map(conflict, added.conflicts)]
                transaction.quarantine(refused)
        self._metrics.committed(added, refused, now_us())
        return self._keep(decided, events)

    def _acquaint(self, scored: Sequence[Scored]) -> None:
        """Give sensors that were never heard of a row, in a commit of their own: there is nothing in it to lose."""
        strangers = self._standings.strangers(one.sensor for one in scored)
        if strangers:
            with self._store.transaction() as transaction:
                new = transaction.create(strangers)
            self._standings.learn(new)

    def watch_silence(self, at_us: int) -> set[str]:
        """Raise an alarm for each sensor of which nothing fresh has come for too long, and return them.

        Raises:
            StoreError: nothing was committed.

        """
        decided = silence(self._standings.next_slice(), at_us, self._judge.rules.of)
        if not decided.states:
            return set()
        with self._store.transaction() as transaction:
            events = self._write(transaction, decided)
        return self._keep(decided, events)

    def remind(self, at_us: int) -> set[str]:
        """Tell people again of alarms that nobody has acknowledged, and return the sensors.

        Raises:
            StoreError: nothing was committed.

        """
        with self._store.transaction() as transaction:
            events = transaction.remind(self._duty, at_us)
        return self._awoken(events)

    def write_standings(self) -> set[str]:
        """Write states whose turn it is; nobody's alarm changes by that.

        Raises:
            StoreError: nothing was committed.

        """
        states = self._standings.unwritten()
        if states:
            with self._store.transaction() as transaction:
                transaction.save({self._standings.ids[name]: state for name, state in states.items()}, now_us())
            self._standings.keep({}, states)
        return set()

    def _write(self, transaction: Transaction, decided: Consequences) -> list[Event]:
        """Write states, transitions and what is owed; what changed is explained only here, as explaining is slow."""
        judge, standings, now = self._judge, self._standings, now_us()
        events = [
            Event(one.sensor, one.transition, facts(one, judge.classifier, judge.decision)) for one in decided.changes
        ]
        transaction.record(events, standings.ids, self._duty, now)
        transaction.save({standings.ids[name]: decided.states[name] for name in decided.urgent}, now)
        for name, state in decided.states.items():
            if past.is_due(standings.states[name], state):
                transaction.checkpoint(standings.ids[name], standings.states[name])
        return events

    def _keep(self, decided: Consequences, events: Sequence[Event]) -> set[str]:
        """Take what was committed as how things stand."""
        self._standings.keep(decided.states, decided.urgent)
        return self._awoken(events)

    def _awoken(self, events: Sequence[Event]) -> set[str]:
        self._metrics.changed(events)
        if events:
            self._notifier.wake()
        return {event.sensor for event in events}
