"""What the passing of time asks for, without a reading: to resume, to remind, to notice silence, to write states down.

Each raises StoreError when nothing was committed, and returns the sensors whose alarms have changed.
"""

from collections.abc import Callable
from typing import Final

from alerts import calm
from alerts.clock import now_us
from ingest.decision import resumed, silence
from ingest.judge import Judge
from ingest.settlement import Settlement

SLICE: Final = 250
"""States that are written in a second in which nothing comes; more would hold up what comes next for over 10 ms."""

PART: Final = 50
"""Alarms of which people are told in one go, some 30 ms. When a site of thousands falls silent, or a window ends over
hundreds of alarms, water at others must not wait until all of them are written down."""


class Upkeep:
    """Does each when the line says so."""

    def __init__(self, settlement: Settlement, judge: Callable[[], Judge]) -> None:
        """Join the parts; `judge` says who judges now."""
        self._settlement = settlement
        self._judge = judge

    def resume(self) -> set[str]:
        """Take up where the store stands: its sensors, and the readings that were stored but are not in their rows."""
        settlement, judge = self._settlement, self._judge()
        standings = settlement.standings
        with settlement.store.transaction() as transaction:
            standings.learn(transaction.sensors(), judge.rules.of)
            decided = resumed(transaction.unjudged(judge.prior), standings.fleet, judge.rules.of)
            events = settlement.write(transaction, decided, judge)
        return settlement.keep(decided, events)

    def watch_silence(self, at_us: int) -> set[str]:
        """Raise an alarm for sensors of which nothing fresh has come for too long; of more, for `PART` of them."""
        settlement, judge = self._settlement, self._judge()
        fleet = settlement.standings.fleet
        silent = {name: fleet[name] for name in calm.overdue(fleet, at_us)[:PART]}
        if not silent:
            return set()
        decided = silence(silent, at_us, judge.rules.of)
        with settlement.store.transaction() as transaction:
            events = settlement.write(transaction, decided, judge)
        return settlement.keep(decided, events)

    def remind(self, at_us: int) -> set[str]:
        """Tell people again of what nobody has acknowledged, and of what was held back; of more, of `PART` of it."""
        with self._settlement.store.transaction() as transaction:
            events = transaction.remind(self._settlement.duty, at_us, PART)
        return self._settlement.tell(events)

    def forget(self, at_us: int) -> set[str]:
        """Forget some readings that have been kept for long enough; nobody's alarm changes by that."""
        self._settlement.store.forget(at_us)
        return set()

    def write_standings(self) -> set[str]:
        """Write states that no batch has taken along, as nothing comes; nobody's alarm changes by that."""
        standings, store = self._settlement.standings, self._settlement.store
        due = standings.due(SLICE, store.newest)
        if due:
            with store.transaction() as transaction:
                transaction.follow(due, standings, now_us())
        standings.wrote(due)
        return set()
