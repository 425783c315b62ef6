"""A CSV file as readings: every row once, in order, as if it had been measured up to now."""

import csv
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model.sample import NAMES, Values
from simulator.message import Message, encoded, timestamp, truth_of
from simulator.station import Station

LABEL = "Potability"
MISSING = frozenset({"", "nan", "na", "null"})
SPACING_US = 1_000_000
# A file is spread over half a day at the most, so that the consumer takes none of its rows for old.
SPAN_US = 12 * 3600 * 1_000_000


class ReplayError(Exception):
    """A file that cannot be replayed; the text starts with file, line and column where they are known."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file; `potable` is None where there is no label."""

    values: Values
    potable: bool | None


def read(path: Path) -> list[Row]:
    """Read a CSV file with a column for each of the nine measurements and, if it has one, `Potability` (0 or 1).

    An empty field and NaN are missing measurements; other columns are ignored.

    Raises:
        ReplayError: the file is missing, a column is, or a field is no number.

    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            absent = [name for name in NAMES if name not in (reader.fieldnames or ())]
            if absent:
                raise ReplayError(f"{path}:1: there is no column {', '.join(absent)}")
            return [_row(line, f"{path}:{reader.line_num}") for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ReplayError(f"{path}: {error}") from None


def messages(rows: list[Row], fleet: list[Station], now_us: int, boot: int, rate: float | None) -> Iterator[Message]:
    """Yield each row once, dealt to the stations in turn, `rate` a second or without pause.

    The timestamps end just before `now_us` (Unix microseconds) and are a second apart, or less in a long file.
    """
    spacing_us = min(SPACING_US, SPAN_US // max(1, len(rows)))
    begin_us = now_us - len(rows) * spacing_us
    for i, (row, station) in enumerate(zip(rows, itertools.cycle(fleet), strict=False)):
        ts = timestamp(begin_us + i * spacing_us)
        body: dict[str, object] = {"ts": ts, "seq": i // len(fleet) + 1, "boot": boot}
        truth = None if row.potable is None else truth_of(ts, potable=row.potable)
        yield Message(
            station, i / rate if rate else 0.0, encoded(body | dict(zip(NAMES, row.values, strict=True))), truth
        )


def _row(line: dict[str, str | None], where: str) -> Row:
    label = _number(line.get(LABEL), f"{where}: {LABEL}")
    if label not in {None, 0.0, 1.0}:
        raise ReplayError(f"{where}: {LABEL}: {label} is neither 0 nor 1")
    values = tuple(_number(line[name], f"{where}: {name}") for name in NAMES)
    return Row(values, None if label is None else label == 1.0)


def _number(field: str | None, where: str) -> float | None:
    if field is None or field.strip().lower() in MISSING:
        return None
    try:
        number = float(field)
    except ValueError:
        raise ReplayError(f"{where}: {field!r} is no number") from None
    if not math.isfinite(number):
        raise ReplayError(f"{where}: {field!r} is no finite number")
    return number
