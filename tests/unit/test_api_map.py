"""The registry of sensors and the map that is drawn from it."""

from pathlib import Path

import pytest

from api.map_page import MARGIN, WIDTH, drawn
from api.registry import Place, RegistryError, read
from api.tile import Tile, Urgency

HEADER = "sitio,sensor,nombre,lat,lon\n"
CENTRE = Place("Centro", -33.510, -70.757)
NORTH = Place("Norte", -33.480, -70.757)
EAST = Place("Oriente", -33.510, -70.721)


def test_a_registry_names_and_places_sensors(tmp_path: Path) -> None:
    """Other columns may stand beside; without a name the sensor's own is taken."""
    file = tmp_path / "sensores.csv"
    file.write_text(f"\ufeff{HEADER.strip()},barrio\nmaipu,p-01,Plaza,-33.51,-70.757,x\nmaipu,p-02,,-33.5,-70.75,\n")
    assert read(file) == {"maipu/p-01": Place("Plaza", -33.51, -70.757), "maipu/p-02": Place("p-02", -33.5, -70.75)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sitio,sensor\n", ":1: the first line must name the columns lat, lon, nombre"),
        (f"{HEADER}ñ,p,x,1,1\n", ":2: sitio and sensor"),
        (f"{HEADER}a,p,x,1,1\na,p,x,1,1\n", ":3: a/p was listed before"),
        (f"{HEADER}a,p,x,91,1\n", ":2: lat and lon"),
        (f'{HEADER}a,p,x,"-33,5",1\n', ":2: lat and lon"),
        (f"{HEADER}a,p,x,nan,1\n", ":2: lat and lon"),
        (f"{HEADER}a\n", ":2: sitio and sensor"),
    ],
)
def test_a_registry_that_cannot_be_used_says_where(tmp_path: Path, text: str, said: str) -> None:
    """With the file and the line."""
    file = tmp_path / "sensores.csv"
    file.write_text(text)
    with pytest.raises(RegistryError) as refused:
        read(file)
    assert str(refused.value).startswith(f"{file}{said}")


def test_a_registry_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Not a map without sensors."""
    with pytest.raises(RegistryError, match="nowhere"):
        read(tmp_path / "nowhere.csv")


def test_north_is_up_and_east_is_right() -> None:
    """And a kilometre is as long in both directions; all of it within the box."""
    found = drawn({"a/c": CENTRE, "a/n": NORTH, "a/e": EAST}, [])
    assert found is not None
    spots = {spot.label: spot for spot in found.spots}
    assert spots["Norte"].y < spots["Centro"].y == spots["Oriente"].y
    assert spots["Norte"].x == spots["Centro"].x < spots["Oriente"].x
    up, across = spots["Centro"].y - spots["Norte"].y, spots["Oriente"].x - spots["Centro"].x
    assert up == pytest.approx(across, rel=0.01)
    assert all(MARGIN <= spot.x <= WIDTH - MARGIN and 0 <= spot.y <= found.height for spot in found.spots)
    assert found.scale_width < WIDTH / 2


def test_the_most_urgent_is_drawn_over_the_others() -> None:
    """A sensor that was never heard of is without data, and one that is not listed is not drawn."""
    tiles = [Tile(1, "a", "c", Urgency.CONFIRMED, 0, "", 0), Tile(2, "a", "x", Urgency.POTABLE, 0, "", 0)]
    found = drawn({"a/c": CENTRE, "a/n": NORTH}, tiles)
    assert found is not None
    assert [(spot.name, spot.urgency) for spot in found.spots] == [("a/n", Urgency.SILENT), ("a/c", Urgency.CONFIRMED)]


def test_one_sensor_alone_stands_in_the_middle() -> None:
    """No division by the size of a point."""
    found = drawn({"a/c": CENTRE}, [])
    assert found is not None
    assert found.spots[0].x == WIDTH / 2
    assert drawn({}, []) is None
