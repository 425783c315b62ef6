"""The one look at the store that all open pages share: what they cost does not depend on how many they are."""

from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from threading import Lock
from typing import Final

from sqlalchemy import Connection

from alerts.clock import now_us
from api.bench import Bench
from api.problems import Problem
from api.records import Records
from api.tile import POINTS, Tile, Urgency, heights, line, urgency_of
from ingest import overview
from ingest.overview import Score, Standing, Told
from ingest.queries import Alarm

FRESH_US: Final = 1_000_000
"""A look that was taken so short a time ago serves the next page too."""
HELD_US: Final = 5_000_000
"""Of many sensors, those with good water are shown anew only so often; what matters is shown at once."""
MANY: Final = 100
CARDS: Final = 50
ENDED: Final = 20
MOST_SCORES: Final = 20_000
"""Readings taken in at one look at the most; older ones would be pushed off the lines by them anyway."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is known of the water at a time. `known` is False while there is no store, or none that answers.

    `alarms` are the worst open ones, `ended` those that ended before anybody acknowledged them; `alarms_us` is when
    either changed.
    """

    at_us: int
    known: bool = False
    tiles: tuple[Tile, ...] = ()
    alarms: tuple[Told, ...] = ()
    ended: tuple[Alarm, ...] = ()
    evidence: tuple[tuple[str, float], ...] = ()
    alarms_us: int = 0


class Watch:
    """Looks at the store when asked, and remembers the last look. It blocks: not for the event loop."""

    def __init__(self, records: Records, bench: Bench) -> None:
        """Only take note."""
        self._records = records
        self._bench = bench
        self._looking = Lock()
        self._last = Snapshot(0)
        self._newest_id = 0
        self._places: defaultdict[int, deque[int]] = defaultdict(lambda: deque(maxlen=POINTS))
        self._tiles: dict[int, Tile] = {}

    def recent(self) -> Snapshot:
        """Return what is known, looking anew where the last look is too old to be shown."""
        last = self._last
        return last if last.known and now_us() - last.at_us < FRESH_US else self.look()

    def look(self) -> Snapshot:
        """Return what is known now."""
        with self._looking:
            try:
                seen = self._records.read(self._see)
            except Problem:
                seen = None
            self._last = seen or _lost(self._last, now_us())
            return self._last

    def _see(self, connection: Connection) -> Snapshot:
        at_us, last = now_us(), self._last
        standings = overview.standings(connection)
        self._take_in(self._new_scores(connection, standings))
        self._tiles = {one.id: self._tile(one, at_us, many=len(standings) > MANY) for one in standings}
        alarms = tuple(overview.open_alarms(connection, CARDS))
        ended = tuple(overview.ended_unacknowledged(connection, ENDED))
        about = {told.alarm.sensor for told in alarms}
        evidence = tuple((one.name, round(one.s, 1)) for one in standings if one.name in about)
        before = (last.alarms, last.ended, last.evidence, last.known, _count(last.tiles))
        tiles = tuple(sorted(self._tiles.values(), key=lambda tile: tile.order))
        same = before == (alarms, ended, evidence, True, _count(tiles))
        return Snapshot(
            at_us,
            known=True,
            tiles=tiles,
            alarms=alarms,
            ended=ended,
            evidence=evidence,
            alarms_us=last.alarms_us if same else at_us,
        )

    def _new_scores(self, connection: Connection, standings: Iterable[Standing]) -> list[Score]:
        if self._newest_id == 0:
            self._newest_id = overview.newest_id(connection)
            return overview.last_scores(connection, [one.id for one in standings], POINTS)
        scores, self._newest_id = overview.scores_after(connection, self._newest_id, MOST_SCORES)
        return scores

    def _take_in(self, scores: list[Score]) -> None:
        judge = self._bench.judge
        if not scores or judge is None:
            return
        places = heights([one.log_odds for one in scores], judge.decision).tolist()
        for score, place in zip(scores, places, strict=True):
            self._places[score.sensor_id].append(place)

    def _tile(self, standing: Standing, at_us: int, *, many: bool) -> Tile:
        before = self._tiles.get(standing.id)
        now = urgency_of(standing, at_us)
        if before is not None and before.urgency == now:
            calm = many and now == Urgency.POTABLE
            if before.newest_us == standing.newest_us or (calm and at_us - before.changed_us < HELD_US):
                return before
        site, _, name = standing.name.partition("/")
        return Tile(standing.id, site, name, now, standing.newest_us, line(self._places[standing.id]), at_us)


def _lost(last: Snapshot, at_us: int) -> Snapshot:
    """Return what was known last, which stays on the page with its age, as no longer certain."""
    return replace(last, at_us=at_us, known=False, alarms_us=at_us if last.known else last.alarms_us)


def sites(tiles: Iterable[Tile]) -> list[str]:
    """Return the names of the sites."""
    return sorted({tile.site for tile in tiles})


def _count(tiles: Iterable[Tile]) -> list[tuple[Urgency, int]]:
    """Return how many tiles, in their order, are of each urgency."""
    return [(urgent, len(list(group))) for urgent, group in groupby(tiles, key=lambda tile: tile.urgency)]
