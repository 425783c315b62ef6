"""The data path of a batch, in one place: decode, score, decide, commit. Read this file first."""

import logging
import traceback
from collections.abc import Sequence

from alerts.addressee import Duty
from alerts.clock import now_us
from alerts.notifier import Notifier
from ingest.decision import Consequences, consequences, late
from ingest.flood import Admitted, Tally, admit
from ingest.judge import Judge
from ingest.lineup import Lineup
from ingest.outcome import Refused, Scored, conflict
from ingest.pipeline_metrics import PipelineMetrics
from ingest.reading import Mark, Message, Reading, decode
from ingest.rejection import DecodeError, Reason
from ingest.settlement import Settlement
from ingest.store import Store, StoreError
from ingest.transaction import Transaction
from ingest.upkeep import Upkeep

log = logging.getLogger(__name__)


class Pipeline:
    """Takes batches of messages to their committed consequences."""

    def __init__(self, judge: Judge, store: Store, duty: Duty, notifier: Notifier, metrics: PipelineMetrics) -> None:
        """Join the parts; `duty` is for whom deliveries are written."""
        self._judge = judge
        self._settlement = Settlement(store, duty, notifier, metrics)
        self._metrics = metrics
        self._tally = Tally(0, {})
        self.upkeep = Upkeep(self._settlement, lambda: self._judge)

    @property
    def judge(self) -> Judge:
        """What judges the readings now."""
        return self._judge

    def use(self, judge: Judge) -> set[str]:
        """Let another model judge from the next batch on; nobody's alarm changes by that.

        Raises:
            StoreError: the store could not take note of it, and the old one goes on.

        """
        self._settlement.store.use_model(judge.classifier.metadata.version)
        self._settlement.standings.follow(judge.rules.of)
        self._judge = judge
        return set()

    def process(self, batch: Sequence[Message]) -> set[str]:
        """Decode, score, decide and commit a batch; when this returns, it may be acknowledged.

        Returns the sensors whose alarms have changed.

        A message that breaks our own code is found by trying each alone, and goes to the quarantine.

        Raises:
            StoreError: nothing of the batch was committed.

        """
        try:
            readings, refused = self._decode(batch)
            admitted = self._admit(self._score(readings))
            changed = self._commit(admitted.kept, [*refused, *admitted.refused])
        except StoreError:
            raise
        except Exception as error:
            if len(batch) > 1:
                return set().union(*(self.process([message]) for message in batch))
            log.exception("a message on %r broke our own code; it is in the quarantine", batch[0].topic)
            broken = DecodeError(Reason.INTERNAL_ERROR, "".join(traceback.format_exception(error)))
            return self._commit([], [Refused(batch[0], broken)])
        self._tally = admitted.tally
        self._metrics.left_out(admitted.left_out)
        return changed

    def _decode(self, batch: Sequence[Message]) -> tuple[list[tuple[Message, Reading]], list[Refused]]:
        readings: list[tuple[Message, Reading]] = []
        refused: list[Refused] = []
        limits = self._judge.limits
        with self._metrics.decode:
            for message in batch:
                try:
                    for one in decode(message, limits):
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
        judge, new = self._judge, tuple.__new__
        with self._metrics.score:
            log_odds, unlike = judge.classifier.scores([reading.values for _, reading in readings])
            cut = judge.decision.cut
        return [
            new(Scored, (message, reading.marked(Mark.UNLIKE_TRAINING) if strange else reading, score, score >= cut))
            for (message, reading), score, strange in zip(readings, log_odds, unlike, strict=True)
        ]

    def _admit(self, scored: list[Scored]) -> Admitted:
        """Keep a flood of one sensor's readings out, if the settings say so; what is not potable always passes."""
        most = self._judge.most_per_minute
        return Admitted(scored, [], 0, self._tally) if most is None else admit(scored, self._tally, most)

    def _commit(self, scored: Sequence[Scored], refused: Sequence[Refused]) -> set[str]:
        judge, settlement = self._judge, self._settlement
        with self._metrics.commit:
            settlement.acquaint({one.reading.sensor for one in scored}, judge)
            busy = [one.sensor for one in refused]
            lineup = Lineup(scored, settlement.standings.fleet, judge.prior, judge.rules.of, busy)
            with settlement.store.transaction() as transaction:
                followed = settlement.follow(transaction, len(scored))
                added = transaction.add(lineup.marked(), settlement.standings.ids)
                lineup = lineup.of(added.stored)
                calm = lineup.calm()
                decided = self._decide(transaction, calm.rest, refused)
                events = settlement.write(transaction, decided, judge)
                settlement.checkpoint(transaction, decided, calm)
                if added.conflicts:
                    refused = [*refused, *map(conflict, added.conflicts)]
                transaction.quarantine(refused)
        self._metrics.committed(added, refused, now_us())
        return settlement.keep(decided, events, calm, followed)

    def _decide(self, transaction: Transaction, rest: Sequence[Scored], refused: Sequence[Refused]) -> Consequences:
        """Judge one by one, in order of arrival, what is not calm; sensors with late readings in their own order."""
        judge, standings = self._judge, self._settlement.standings
        pasts = transaction.pasts(late(rest), standings, judge.prior)
        outcomes: Sequence[Scored | Refused] = rest
        if refused:
            outcomes = sorted([*rest, *refused], key=lambda outcome: outcome.message.received_us)
        return consequences(outcomes, standings.fleet, pasts, judge.prior, judge.rules.of)
