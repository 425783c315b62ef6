"""What Prometheus sees of the alarms that stand open, counted in the store at a scrape.

No series carries a sensor: with 100,000 of them that would be the end of Prometheus. Sites are told of one by one up
to `SITES`, those with the most sensors first; the rest is one site more, `(otros)`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import ColumnElement, Connection, Engine, func, literal_column, select

from alerts.schema import alarms, sensors
from alerts.transition import Kind, Severity
from ingest.at_scrape import AtScrape

SITES: Final = 50
OTHERS: Final = "(otros)"
"""No site can have this name: ids have no parentheses."""
STANDING: Final = (
    (Kind.WATER, Severity.PRESUNTA),
    (Kind.WATER, Severity.CONFIRMADA),
    (Kind.FAULT, Severity.TECNICA),
    (Kind.SILENCE, Severity.TECNICA),
)
ALARMS_EVERY_S: Final = 10.0
SITES_EVERY_S: Final = 60.0
"""Counting 100,000 sensors by site takes SQLite about 0.2 s, without holding anybody up."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Open alarms by kind and severity: all, those nobody acknowledged, those held back; and by site and kind."""

    open: Counter[tuple[str, str]]
    unacknowledged: Counter[tuple[str, str]]
    held: Counter[tuple[str, str]]
    by_site: Counter[tuple[str, str]]


class AlarmMetrics(Collector):
    """Alarms open, unacknowledged and held back, by kind and severity; open ones and sensors by site."""

    def __init__(self, registry: CollectorRegistry, reader: Engine) -> None:
        """Register."""
        self._standing = AtScrape(reader, standing, ALARMS_EVERY_S)
        self._sites = AtScrape(reader, sensors_by_site, SITES_EVERY_S)
        registry.register(self)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield the counts, with a zero for every kind; nothing while the store cannot be read."""
        families = (
            GaugeMetricFamily("vigia_alarms_open", "Alarms that stand open.", labels=["kind", "severity"]),
            GaugeMetricFamily(
                "vigia_alarms_unacknowledged", "Open alarms nobody acknowledged.", labels=["kind", "severity"]
            ),
            GaugeMetricFamily(
                "vigia_alarms_held", "Open alarms a shelf or window keeps from people.", labels=["kind", "severity"]
            ),
            GaugeMetricFamily("vigia_site_alarms_open", "Open alarms of a site.", labels=["site", "kind"]),
            GaugeMetricFamily("vigia_site_sensors", "Sensors of a site ever heard of.", labels=["site"]),
            GaugeMetricFamily("vigia_sensors", "Sensors ever heard of."),
        )
        is_open, unacknowledged, held, site_open, site_sensors, known = families
        counted, sites = self._standing(), self._sites()
        if counted is None or sites is None:
            return families
        for kind, severity in STANDING:
            is_open.add_metric([kind, severity], counted.open[kind, severity])
            unacknowledged.add_metric([kind, severity], counted.unacknowledged[kind, severity])
            held.add_metric([kind, severity], counted.held[kind, severity])
        shown = bounded(sites)
        for site, number in shown.items():
            site_sensors.add_metric([site], number)
        for place, number in bounded_alarms(counted.by_site, shown).items():
            site_open.add_metric(list(place), number)
        known.add_metric([], sum(sites.values()))
        return families

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Yield nothing: registering must not read the store."""
        return ()


def standing(connection: Connection) -> Standing:
    """Count the open alarms."""
    site = _site(connection).label("site")
    query = (
        select(
            alarms.c.kind,
            alarms.c.severity,
            site,
            func.count().label("number"),
            func.count().filter(alarms.c.acknowledged_us.is_(None)).label("unacknowledged"),
            func.count().filter(alarms.c.held_us.is_not(None)).label("held"),
        )
        .join_from(alarms, sensors)
        .where(alarms.c.cleared_us.is_(None))
        .group_by(alarms.c.kind, alarms.c.severity, site)
    )
    found = Standing(Counter(), Counter(), Counter(), Counter())
    for row in connection.execute(query):
        found.open[row.kind, row.severity] += row.number
        found.unacknowledged[row.kind, row.severity] += row.unacknowledged
        found.held[row.kind, row.severity] += row.held
        found.by_site[row.site, row.kind] += row.number
    return found


def sensors_by_site(connection: Connection) -> dict[str, int]:
    """Count the sensors of each site."""
    site = _site(connection)
    rows = connection.execute(select(site.label("site"), func.count().label("number")).group_by(site))
    return {row.site: row.number for row in rows}


def bounded(sites: Mapping[str, int]) -> dict[str, int]:
    """Return the counts of the `SITES` largest sites, and of all the others together where there are more."""
    ranked = sorted(sites.items(), key=lambda one: (-one[1], one[0]))
    rest = sum(number for _, number in ranked[SITES:])
    return dict(ranked[:SITES]) | ({OTHERS: rest} if rest else {})


def bounded_alarms(by_site: Mapping[tuple[str, str], int], shown: Mapping[str, int]) -> dict[tuple[str, str], int]:
    """Return a count for each kind of each site that is shown, and of the others where they are."""
    counts: dict[tuple[str, str], int] = {(site, kind): 0 for site in shown for kind in Kind}
    for (site, kind), number in by_site.items():
        key = (site if site in shown else OTHERS, kind)
        counts[key] = counts.get(key, 0) + number
    return counts


def _site(connection: Connection) -> ColumnElement[str]:
    """Return what stands before the slash in a sensor's name."""
    slash: ColumnElement[str] = literal_column("'/'")  # no parameter: PostgreSQL groups by what it can see is the same
    one: ColumnElement[int] = literal_column("1")
    if connection.dialect.name == "postgresql":
        return func.split_part(sensors.c.name, slash, one)
    return func.substr(sensors.c.name, one, func.instr(sensors.c.name, slash) - one)
