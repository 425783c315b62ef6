"""Where all sensors stand, in memory: the store's rows follow, and whatever is not in them is in the readings.

A state is what its readings make of it (`alerts.sensor`), so not every one of them needs writing: a state is written at
once when something about it changed that people see, and otherwise when its turn comes. After a crash the readings
behind the row are judged again. One process owns the sensors of a store.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from alerts.journal import Known
from alerts.sensor import SensorState

SLICE: Final = 500
"""States that are written when their turn comes; more would hold the line up for longer than 2 ms."""

ROUNDS: Final = 20
"""Looks in which every sensor is looked at once; each look at them all would take 30 ms with 100,000 sensors."""


class Standings:
    """The state and the row id of every sensor that was ever heard of."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self.ids: dict[str, int] = {}
        self.states: dict[str, SensorState] = {}
        self._unwritten: dict[str, None] = {}
        self._round: list[str] = []

    def learn(self, known: Mapping[str, Known]) -> None:
        """Take sensors as the store has them."""
        for name, one in known.items():
            self.ids[name] = one.id
            self.states[name] = one.state

    def strangers(self, names: set[str]) -> list[str]:
        """Return those of these sensors that were never heard of."""
        return sorted(names - self.ids.keys())

    def keep(self, states: Mapping[str, SensorState], written: Iterable[str]) -> None:
        """Take what a commit has made of sensors; `written` are those whose rows say so already."""
        self.states.update(states)
        self._unwritten.update(dict.fromkeys(states))
        for name in written:
            self._unwritten.pop(name, None)

    def unwritten(self) -> dict[str, SensorState]:
        """Return the states that have waited longest to be written, at most `SLICE`."""
        return {name: self.states[name] for name, _ in zip(self._unwritten, range(SLICE), strict=False)}

    def next_slice(self) -> dict[str, SensorState]:
        """Return the sensors that are to be looked at now; in `ROUNDS` calls it is everybody's turn."""
        if not self._round:
            self._round = list(self.states)
        size = max(SLICE, len(self.states) // ROUNDS)
        names, self._round = self._round[:size], self._round[size:]
        return {name: self.states[name] for name in names}
