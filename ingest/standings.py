"""Where all sensors stand, in memory: the store's rows follow, and whatever is not in them is in the readings.

A state is what its readings make of it (`alerts.sensor`), so not every one of them needs writing: a state is written at
once when something about it changed that people see, and otherwise when its turn comes. After a crash the readings
behind the row are judged again. One process owns the sensors of a store.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from alerts.fleet import Fleet, Places, Rows
from alerts.journal import Known
from alerts.sensor import SensorState
from ingest.decision import RuleOf

ROUND_S: Final = 5.0
"""Seconds within which a state is written, as long as no more than `MOST_A_SECOND` are: pages read the rows."""
MOST_A_SECOND: Final = 1_000

SPACED: Final = 32
"""Readings after which another state is written all the same. A round of all sensors takes as many for each of them, or
`BEHIND` in all, but at least `AT_LEAST` for each: after a crash in a flood, what came in two rounds is looked through
(1,000 sensors: 0.4 s, 20,000: 3 s). To write a state takes half as long as a reading."""
BEHIND: Final = 80_000
AT_LEAST: Final = 4

TOGETHER: Final = 4
"""States that are worth a statement."""


class Due(NamedTuple):
    """The places of sensors whose turn it is to be written.

    `frontier`: with them, all readings up to this one are in the rows of their sensors; None where that is nothing new.
    `newest`: the id of the newest reading that the rows can know of. `last`: the round ends with them.
    """

    places: Places
    frontier: int | None
    newest: int
    last: bool

    def __bool__(self) -> bool:
        """Whether there is anything to write."""
        return len(self.places) > 0 or self.frontier is not None


class Standings:
    """The state and the row id of every sensor that was ever heard of."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self.ids: dict[str, int] = {}
        self.fleet = Fleet()
        self._unwritten = np.zeros(0, np.bool_)
        self._turn = 0
        self._owed = 0.0
        self._shared_s = 0.0
        self._began: int | None = None
        self._frontier: int | None = None

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
        return list(names.difference(self.ids))

    def keep(self, states: Mapping[str, SensorState], written: Iterable[str]) -> None:
        """Take what a commit has made of sensors; `written` are those whose rows say so already."""
        place = self.fleet.place
        for name, state in states.items():
            self.fleet.put(name, state)
            self._unwritten[place[name]] = True
        for name in written:
            self._unwritten[place[name]] = False

    def keep_calm(self, places: Places | Sequence[int], rows: Rows | Sequence[tuple[Any, ...]]) -> None:
        """Take what a commit has made of sensors of which nothing needs writing at once."""
        if isinstance(rows, np.ndarray):
            self.fleet.rows[places] = rows
            self._unwritten[places] = True
            return
        for place, row in zip(places, rows, strict=True):
            self.fleet.rows[place] = row
            self._unwritten[place] = True

    def share(self, readings: int, now_s: float) -> int:
        """Return how many states have to be written along with so many readings, at this time of a monotonic clock."""
        sensors = max(1, len(self.fleet))
        waited_s, self._shared_s = min(1.0, now_s - self._shared_s), now_s
        by_time = waited_s * min(MOST_A_SECOND, sensors / ROUND_S)
        by_number = readings / min(SPACED, max(AT_LEAST, BEHIND // sensors))
        self._owed += max(by_time, by_number)
        if self._owed < TOGETHER:
            return 0
        whole = int(self._owed)
        self._owed -= whole
        return whole

    def due(self, most: int, newest: int) -> Due:
        """Return sensors whose turn it is, at most so many, one after the other.

        Once round, every reading that was there at the beginning of the round is in the row of its sensor. `newest` is
        the id of the newest reading that is stored for good.
        """
        places = np.flatnonzero(self._unwritten[self._turn :])[:most] + self._turn
        last = len(places) < most
        done = self._began if last else None
        return Due(places, None if done == self._frontier else done, newest, last)

    def rows(self, places: Places) -> list[tuple[int, tuple[Any, ...]]]:
        """Return the row ids of the sensors at these places, and the values of their rows."""
        ids = [self.ids[self.fleet.names[place]] for place in places.tolist()]
        return list(zip(ids, self.fleet.columns(places), strict=True))

    def wrote(self, due: Due) -> None:
        """Take note that these rows were written."""
        self._unwritten[due.places] = False
        if due.frontier is not None:  # 0 counts: an empty store must not be told of it again and again
            self._frontier = due.frontier
        if due.last:
            self._turn, self._began = 0, due.newest
        else:
            self._turn = int(due.places[-1]) + 1
