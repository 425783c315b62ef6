"""Where all sensors stand, in memory: the store's rows follow, and whatever is not in them is in the readings.

A state is what its readings make of it (`alerts.sensor`), so not every one of them needs writing: a state is written at
once when something about it changed that people see, and otherwise when its turn comes. After a crash the readings
behind the row are judged again. One process owns the sensors of a store.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from alerts.fleet import Fleet, Places, Rows
from alerts.journal import Known
from alerts.sensor import SensorState
from ingest.decision import RuleOf

SLICE: Final = 500
"""States that are written when their turn comes; more would hold the line up for longer than 2 ms."""


class Standings:
    """The state and the row id of every sensor that was ever heard of."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self.ids: dict[str, int] = {}
        self.fleet = Fleet()
        self._unwritten = np.zeros(0, np.bool_)
        self._turn = 0

    def learn(self, known: Mapping[str, Known], rule_of: RuleOf) -> None:
        """Take sensors as the store has them."""
        for name, one in known.items():
            self.ids[name] = one.id
            self.fleet.put(name, one.state)
            self.fleet.rule(name, rule_of(name))
        missing = len(self.fleet.rows) - len(self._unwritten)
        self._unwritten = np.concatenate([self._unwritten, np.zeros(missing, np.bool_)])

    def follow(self, rule_of: RuleOf) -> None:
        """Take other rules for all sensors."""
        for name in self.fleet.names:
            self.fleet.rule(name, rule_of(name))

    def strangers(self, names: set[str]) -> list[str]:
        """Return those of these sensors that were never heard of."""
        return [name for name in names if name not in self.ids]

    def keep(self, states: Mapping[str, SensorState], written: Iterable[str]) -> None:
        """Take what a commit has made of sensors; `written` are those whose rows say so already."""
        place = self.fleet.place
        for name, state in states.items():
            self.fleet.put(name, state)
            self._unwritten[place[name]] = True
        for name in written:
            self._unwritten[place[name]] = False

    def keep_calm(self, places: Places, rows: Rows) -> None:
        """Take what a commit has made of sensors of which nothing needs writing at once."""
        self.fleet.rows[places] = rows
        self._unwritten[places] = True

    def unwritten(self) -> dict[str, SensorState]:
        """Return states whose turn it is to be written, at most `SLICE`; all have their turn, one after the other."""
        waiting = np.flatnonzero(self._unwritten)
        places = np.concatenate([waiting[waiting >= self._turn], waiting[waiting < self._turn]])[:SLICE]
        if len(places):
            self._turn = int(places[-1]) + 1
        names = [self.fleet.names[place] for place in places]
        return {name: self.fleet[name] for name in names}
