"""Norms are context with a source; what cannot be told from one reading is not said."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from alerts import norms
from alerts.norms import SHIPPED, Norms
from model.sample import NAMES, Values, values_of

GOOD = {"ph": 7.2, "Solids": 300.0, "Sulfate": 100.0, "Chloramines": 2.0, "Trihalomethanes": 50.0}


@pytest.fixture(scope="module")
def shipped() -> Norms:
    """Return the norms that Vigía carries."""
    return norms.load()


def found(shipped: Norms, **changed: float | None) -> list[tuple[str, str, str, float]]:
    """Return norm, measurement, side and bound of whatever good water with some changed values is above."""
    return [(e.norm.name, e.limit.measurement, e.side, e.bound) for e in shipped.above(values_of({**GOOD, **changed}))]


def test_water_within_all_values_is_above_none(shipped: Norms) -> None:
    """Measurements without a known limit say nothing."""
    assert found(shipped) == []


def test_a_value_on_the_limit_is_not_above_it(shipped: Norms) -> None:
    """Above is above."""
    assert found(shipped, ph=8.5, Solids=500.0, Sulfate=250.0, Chloramines=3.0, Trihalomethanes=80.0) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"ph": 9.0}, [("NCh 409/1.Of2005", "above", 8.5), ("EPA SMCL", "above", 8.5)]),
        ({"ph": 6.0}, [("NCh 409/1.Of2005", "below", 6.5), ("EPA SMCL", "below", 6.5)]),
        ({"Solids": 1000.0}, [("EPA SMCL", "above", 500.0)]),
        ({"Solids": 1501.0}, [("NCh 409/1.Of2005", "above", 1500.0), ("EPA SMCL", "above", 500.0)]),
        ({"Sulfate": 300.0}, [("EPA SMCL", "above", 250.0)]),
        ({"Sulfate": 501.0}, [("NCh 409/1.Of2005", "above", 500.0), ("EPA SMCL", "above", 250.0)]),
        ({"Chloramines": 3.5}, [("NCh 409/1.Of2005", "above", 3.0)]),
        ({"Chloramines": 4.5}, [("NCh 409/1.Of2005", "above", 3.0), ("EPA MRDL", "above", 4.0)]),
        ({"Trihalomethanes": 90.0}, [("EPA MCL", "above", 80.0)]),
    ],
)
def test_each_norm_speaks_from_its_own_value(
    shipped: Norms, changed: dict[str, float], expected: list[tuple[str, str, float]]
) -> None:
    """The stricter norm first hears of it alone."""
    measurement = next(iter(changed))
    assert found(shipped, **changed) == [(norm, measurement, side, bound) for norm, side, bound in expected]


def test_nch_trihalomethanes_are_told_only_where_the_sum_alone_decides(shipped: Norms) -> None:
    """Up to 200 µg/L the four compounds would have to be known."""
    assert ("NCh 409/1.Of2005", "Trihalomethanes", "above", 200.0) not in found(shipped, Trihalomethanes=200.0)
    assert ("NCh 409/1.Of2005", "Trihalomethanes", "above", 200.0) in found(shipped, Trihalomethanes=200.1)


def test_missing_measurements_are_above_nothing(shipped: Norms) -> None:
    """What was not measured is not accused."""
    nothing: Values = (None,) * len(NAMES)
    assert shipped.above(nothing) == []


def test_every_norm_has_a_date_and_a_source(shipped: Norms) -> None:
    """So that a reader can check it."""
    assert all(norm.date[:4].isdecimal() and norm.source for norm in shipped.norms)


@pytest.mark.parametrize("unit", ["g/L", "µg/L"])
def test_a_limit_in_another_unit_than_the_measurement_is_refused(tmp_path: Path, unit: str) -> None:
    """At loading, before a factor of a thousand misleads anybody."""
    document = json.loads(SHIPPED.read_text(encoding="utf-8"))
    document["norms"][0]["limits"][1]["unit"] = unit
    path = tmp_path / "norms.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ValidationError, match="Solids"):
        norms.load(path)
