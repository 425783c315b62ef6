"""The registry of sensors: where each is and what people call it, from a CSV file that the utility keeps."""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from api.parameters import NAME

COLUMNS: Final = {"sitio", "sensor", "nombre", "lat", "lon"}
LATITUDE: Final = 90.0
LONGITUDE: Final = 180.0


class RegistryError(Exception):
    """The file cannot be used; the text names file and line."""


class Place(NamedTuple):
    """Where a sensor is, in degrees north and east."""

    label: str
    lat: float
    lon: float


def read(file: Path) -> Mapping[str, Place]:
    """Return the places of sensors by `sitio/sensor`; raises RegistryError."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            table = csv.DictReader(lines)
            missing = COLUMNS - set(table.fieldnames or ())
            if missing:
                raise RegistryError(f"{file}:1: the first line must name the columns {', '.join(sorted(missing))}")
            return dict(_places(file, table))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RegistryError(f"{file}: {error}") from error


def _places(file: Path, table: "csv.DictReader[str]") -> Iterator[tuple[str, Place]]:
    known: set[str] = set()
    for row in table:
        where = f"{file}:{table.line_num}"
        site, sensor = (row["sitio"] or "").strip(), (row["sensor"] or "").strip()
        if not (re.fullmatch(NAME, site) and re.fullmatch(NAME, sensor)):
            raise RegistryError(f"{where}: sitio and sensor have 1 to 64 letters without accent, digits, _ or -")
        name = f"{site}/{sensor}"
        if name in known:
            raise RegistryError(f"{where}: {name} was listed before")
        known.add(name)
        lat, lon = _degrees(where, row["lat"], LATITUDE), _degrees(where, row["lon"], LONGITUDE)
        yield name, Place((row["nombre"] or "").strip() or sensor, lat, lon)


def _degrees(where: str, text: str | None, most: float) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = most + 1
    if not abs(value) <= most:
        raise RegistryError(f"{where}: lat and lon are decimal degrees, with a point")
    return value
