"""What the overview shows, as a whole page and as the pieces of it that changed."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request, Response

from alerts.transition import Kind, Severity
from api.bench import Bench
from api.rendering import Reader, Renderer, reader_of
from api.strip import Health, Strip
from api.tile import Urgency
from api.watch import Snapshot, Watch, sites
from ingest.overview import Told
from settings.schema import Mqtt

TEMPLATES: Final = ("outage.html", "attention.html", "tiles.html", "strip.html")


@dataclass(frozen=True, slots=True)
class View:
    """What somebody looks at: in which language, and which site, or all."""

    reader: Reader
    site: str | None = None


class Overview:
    """Renders it. It reads the store: not for the event loop."""

    def __init__(self, renderer: Renderer, watch: Watch, strip: Strip, bench: Bench, broker: Mqtt) -> None:
        """Take what it shows, and what shows it; `broker` for the line that publishes a first reading."""
        self._renderer = renderer
        self._watch = watch
        self._strip = strip
        self._bench = bench
        self._broker = broker

    def page(self, request: Request, site: str | None) -> Response:
        """Return the page."""
        snapshot = self._watch.recent()
        view = View(reader_of(request), site)
        facts = self._facts(view, snapshot, 0) | {
            "sites": sites(snapshot.tiles),
            "broker": self._broker,
            "version_us": snapshot.at_us,
        }
        here = f"/?sitio={site}" if site else "/"
        return self._renderer.render(request, "overview.html", here, facts)

    def look(self) -> int:
        """Look at the store anew; return when that was."""
        return self._watch.look().at_us

    def changes(self, view: View, since_us: int) -> str:
        """Return the elements of the page that changed after a time, "" when none did."""
        snapshot = self._watch.recent()
        facts = self._facts(view, snapshot, since_us)
        health: Health = facts["health"]
        due = (
            health.consumer_us > since_us,
            max(snapshot.alarms_us, health.consumer_us) > since_us,
            bool(facts["tiles"]),
            health.at_us > since_us,
        )
        pieces = [name for name, is_due in zip(TEMPLATES, due, strict=True) if is_due]
        return "".join(self._renderer.fragment(view.reader, name, facts) for name in pieces)

    def _facts(self, view: View, snapshot: Snapshot, since_us: int) -> dict[str, Any]:
        here = [tile for tile in snapshot.tiles if view.site in {None, tile.site}]
        alarms = [told for told in snapshot.alarms if view.site in {None, told.alarm.sensor.partition("/")[0]}]
        counts = Counter(tile.urgency for tile in here)
        return {
            "site": view.site,
            "known": snapshot.known,
            "seen_us": snapshot.at_us,
            "tiles": [tile for tile in here if tile.changed_us > since_us],
            "counts": [(int(urgency), counts[urgency]) for urgency in Urgency],
            "worst": int(here[0].urgency) if here else None,
            "alarms": [(told, urgency_of(told)) for told in alarms],
            "ended": [one for one in snapshot.ended if view.site in {None, one.sensor.partition("/")[0]}],
            "unacknowledged": sum(told.alarm.acknowledged_us is None for told in alarms),
            "evidence": dict(snapshot.evidence),
            "judge": self._bench.judge,
            "h": self._bench.judge.metadata.evidence.h if self._bench.judge else None,
            "health": self._strip.recent(),
        }


def urgency_of(told: Told) -> int:
    """Return how urgent an open alarm is, as its sensor's tile is."""
    if told.alarm.kind == Kind.WATER:
        return Urgency.CONFIRMED if told.alarm.severity == Severity.CONFIRMADA else Urgency.SUSPECTED
    return Urgency.FAULT if told.alarm.kind == Kind.FAULT else Urgency.SILENT
