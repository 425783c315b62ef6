"""Charts of one quantity over time, as numbers for an SVG of fixed size (pure)."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

WIDTH: Final = 600
HEIGHT: Final = 120
LETTERS: Final = 18
"""Height of a line of text."""
TICKS: Final = 4
"""About so many lines across."""


class Point(NamedTuple):
    """A mean with its band at one place of the time axis, in `[0, 1]`."""

    at: float
    low: float
    mean: float
    high: float


class Rule(NamedTuple):
    """A value that is drawn across as context, with its name."""

    value: float
    name: str


class Line(NamedTuple):
    """A rule on the chart: how far from the top, and what stands there."""

    y: float
    value: float
    name: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths in a box of WIDTH x HEIGHT: the line of means, the band about it; lines across; and what was found."""

    line: str
    band: str
    ticks: tuple[Line, ...]
    rules: tuple[Line, ...]
    low: float
    high: float
    last: float


def chart(
    points: Sequence[Point], gap: float, *, rules: Iterable[Rule] = (), scale: tuple[float, float] | None = None
) -> Chart | None:
    """Return the chart of points in order of time, None without any.

    A `gap` of more than that between two points breaks the line: what was not measured is not drawn. A rule that lies
    far from everything measured is left out, so that it does not press the measurements into a flat line.
    """
    if not points:
        return None
    low, high = min(p.low for p in points), max(p.high for p in points)
    known = list(rules)
    bottom, top = scale or _scale(low, high, [rule.value for rule in known])

    def y(value: float) -> float:
        return round(HEIGHT * (1 - (value - bottom) / (top - bottom)), 1)

    pieces = _pieces(points, gap)
    line = "".join(_path([(p.at, y(p.mean)) for p in piece]) for piece in pieces)
    band = "".join(
        _path([(p.at, y(p.high)) for p in piece] + [(p.at, y(p.low)) for p in reversed(piece)]) + "Z"
        for piece in pieces
    )
    shown = _named_apart([Line(y(rule.value), rule.value, rule.name) for rule in known if bottom <= rule.value <= top])
    ticks = tuple(Line(y(value), value, "") for value in _round_values(bottom, top))
    return Chart(line, band, ticks, shown, low, high, points[-1].mean)


def _scale(low: float, high: float, near: Iterable[float]) -> tuple[float, float]:
    """Return the values at the bottom and the top: all that was measured, what context lies near, and some room."""
    span = high - low or abs(high) * 0.1 or 1.0
    context = [value for value in near if low - 1.5 * span <= value <= high + 1.5 * span]
    bottom, top = min([low, *context]), max([high, *context])
    room = 0.08 * (top - bottom or span)
    return bottom - room, top + room


def _named_apart(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return lines from top to bottom, without the names that would stand on top of another."""
    found: list[Line] = []
    for line in sorted(lines):
        above = next((one.y for one in reversed(found) if one.name), -math.inf)
        found.append(line if line.y - above >= LETTERS else line._replace(name=""))
    return tuple(found)


def _pieces(points: Sequence[Point], gap: float) -> list[list[Point]]:
    pieces: list[list[Point]] = []
    for point in points:
        if not pieces or point.at - pieces[-1][-1].at > gap:
            pieces.append([])
        pieces[-1].append(point)
    return pieces


def _path(places: Sequence[tuple[float, float]]) -> str:
    (at, y), *rest = places
    # A point alone is a stroke of no length, which round caps show as a dot.
    steps = rest or [(at, y)]
    return f"M{WIDTH * at:.1f} {y}L" + " ".join(f"{WIDTH * x:.1f} {place}" for x, place in steps)


def _round_values(bottom: float, top: float) -> list[float]:
    """Return round values between two, about TICKS of them."""
    rough = (top - bottom) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    first = math.ceil(bottom / step)
    return [round(n * step, 10) for n in range(first, math.floor(top / step) + 1)]
