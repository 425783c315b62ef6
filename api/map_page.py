"""`GET /mapa`: the sensors where they are, drawn without tiles from elsewhere; there only with a registry."""

import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from fastapi import FastAPI, Request, Response

from api.registry import Place
from api.rendering import Renderer
from api.tile import Tile, Urgency
from api.watch import Watch

WIDTH: Final = 1000
MARGIN: Final = 60
LEAST_HEIGHT: Final = 400
MOST_HEIGHT: Final = 900
METRES: Final = 111_320.0
"""In a degree of latitude."""


class Spot(NamedTuple):
    """A sensor on the map; the most urgent are drawn last, over the others."""

    x: float
    y: float
    name: str
    label: str
    urgency: int


class Map(NamedTuple):
    """Spots in a box of WIDTH x height, and a scale: so many metres are so long."""

    height: int
    spots: list[Spot]
    scale_m: int
    scale_width: float


def drawn(places: Mapping[str, Place], tiles: Iterable[Tile]) -> Map | None:
    """Return the map of all known places, None without any (pure); a sensor never heard of is without data.

    Over a city the earth is flat: a degree of longitude is as long as at the middle latitude everywhere.
    """
    if not places:
        return None
    urgencies = {f"{tile.site}/{tile.name}": tile.urgency for tile in tiles}
    lats, lons = [place.lat for place in places.values()], [place.lon for place in places.values()]
    narrow = math.cos(math.radians((min(lats) + max(lats)) / 2))
    wide, tall = (max(lons) - min(lons)) * narrow, max(lats) - min(lats)
    room = WIDTH - 2 * MARGIN
    unit = min(room / max(wide, 1e-4), (MOST_HEIGHT - 2 * MARGIN) / max(tall, 1e-4))
    height = max(LEAST_HEIGHT, round(tall * unit) + 2 * MARGIN)
    left, top = (WIDTH - wide * unit) / 2, (height - tall * unit) / 2
    spots = [
        Spot(
            round(left + (place.lon - min(lons)) * narrow * unit, 1),
            round(top + (max(lats) - place.lat) * unit, 1),
            name,
            place.label,
            int(urgencies.get(name, Urgency.SILENT)),
        )
        for name, place in places.items()
    ]
    metres = METRES / unit
    scale_m = next(m for power in range(7) for m in (10**power, 2 * 10**power, 5 * 10**power) if m / metres > MARGIN)
    return Map(height, sorted(spots, key=lambda spot: (-spot.urgency, spot.name)), scale_m, round(scale_m / metres, 1))


def install(app: FastAPI, renderer: Renderer, watch: Watch, places: Mapping[str, Place]) -> None:
    """Add the page; it reads the store, so it is no coroutine and runs in a thread."""

    @app.get("/mapa", include_in_schema=False)
    def page(request: Request) -> Response:
        facts = {"map": drawn(places, watch.recent().tiles), "width": WIDTH}
        return renderer.render(request, "map.html", "/mapa", facts)
