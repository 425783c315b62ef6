"""Writing what was decided, and taking it as how things stand once it is committed."""

import time
from collections.abc import Sequence

from alerts.addressee import Duty
from alerts.clock import now_us
from alerts.journal import Event
from alerts.notifier import Notifier
from alerts.sensor import SensorState
from ingest.decision import Consequences
from ingest.explanation import facts
from ingest.judge import Judge
from ingest.lineup import Calm
from ingest.pipeline_metrics import PipelineMetrics
from ingest.standings import Due, Standings
from ingest.store import Store
from ingest.transaction import Transaction
from ingest.turn import turn


class Settlement:
    """The store, where the sensors stand, and who hears of changes; what is written here is one transaction's part."""

    def __init__(self, store: Store, duty: Duty, notifier: Notifier, metrics: PipelineMetrics) -> None:
        """Join the parts; `duty` is for whom deliveries are written."""
        self.store = store
        self.standings = Standings()
        self.duty = duty
        self._notifier = notifier
        self._metrics = metrics

    def acquaint(self, names: set[str], judge: Judge) -> None:
        """Give sensors that were never heard of a row, in a commit of their own: there is nothing in it to lose."""
        strangers = self.standings.strangers(names)
        if strangers:
            with self.store.transaction() as transaction:
                new = transaction.create(strangers)
            self.standings.learn(new, judge.rules.of)

    def follow(self, transaction: Transaction, readings: int) -> Due | None:
        """Begin a transaction of so many readings with states whose turn it is: a commit of their own is dearer."""
        share = self.standings.share(readings, time.monotonic())
        if not share:
            return None
        due = self.standings.due(share, self.store.newest)
        transaction.follow(due, self.standings, now_us())
        return due

    def write(self, transaction: Transaction, decided: Consequences, judge: Judge) -> list[Event]:
        """Write states, transitions and what is owed; what changed is explained only here, as explaining is slow."""
        standings = self.standings
        events = [
            Event(one.sensor, one.transition, facts(one, judge.classifier, judge.decision)) for one in decided.changes
        ]
        if decided.urgent:
            now = now_us()
            transaction.record(events, standings.ids, self.duty, now)
            transaction.save({standings.ids[name]: decided.states[name] for name in decided.urgent}, now)
        return events

    def checkpoint(self, transaction: Transaction, decided: Consequences, calm: Calm) -> None:
        """Keep the states before a batch of those sensors whose turn it is.

        They know all that is stored of them. At a start they do not, so that none is kept there: the way back from a
        late reading ends at the newest reading that a checkpoint knows of.
        """
        fleet, ids = self.standings.fleet, self.standings.ids
        due = [(ids[name], place, fleet[name]) for place in calm.due for name in [fleet.names[place]]]
        transaction.checkpoint([*self._one_by_one(decided), *due])

    def keep(
        self, decided: Consequences, events: Sequence[Event], calm: Calm | None = None, followed: Due | None = None
    ) -> set[str]:
        """Take what was committed as how things stand; return the sensors whose alarms have changed."""
        standings = self.standings
        if followed is not None:
            standings.wrote(followed)
        if calm is not None:
            standings.keep_calm(calm.places, calm.rows)
        standings.keep(decided.states, decided.urgent)
        return self.tell(events)

    def tell(self, events: Sequence[Event]) -> set[str]:
        """Count changes, and let the notifier look; return the sensors."""
        if not events:
            return set()
        self._metrics.changed(events)
        if any(event.transition.notify for event in events):
            self._notifier.wake()
        return {event.sensor for event in events}

    def _one_by_one(self, decided: Consequences) -> list[tuple[int, int, SensorState]]:
        """Return row ids, places and states before a batch of those sensors that were not calm and whose turn it is."""
        places, rows = self.standings.fleet.place, []
        for name, state in decided.states.items():
            place, before = places[name], decided.before[name]
            was, now = before.water.evidence.readings, state.water.evidence.readings
            if turn(was, place) != turn(now, place):
                rows.append((self.standings.ids[name], place, before))
        return rows
