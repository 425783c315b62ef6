"""`python -m model score --bundle DIR FILE.csv`: score a file of samples, one line out per row in."""

import csv
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from model.bundle import BundleError
from model.classifier import Classifier
from model.matrix import matrix
from model.sample import NAMES, Values

CHAMPION = Path(__file__).parent / "champion"

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False, help="Work with a model bundle.")


class RowError(Exception):
    """A row of the file that is not a sample; the text names line and column."""


@app.callback()
def _commands() -> None:
    """Keep `score` a command of its own, so that others can stand beside it."""


@app.command()
def score(
    file: Annotated[Path, typer.Argument(help="CSV with a header; other columns than the nine are ignored.")],
    bundle: Annotated[Path, typer.Option(help="Folder of the bundle.")] = CHAMPION,
    prior: Annotated[
        float | None, typer.Option(help="Expected share of not potable; the bundle's own if left out.")
    ] = None,
) -> None:
    """Write `p_no_potable,potabilidad` for each row of FILE to standard output."""
    try:
        classifier = Classifier.load(bundle)
        rows = list(_read(file))
    except (BundleError, RowError, OSError) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    decision = classifier.decision(prior)
    log_odds = classifier.log_odds(matrix(rows))
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("p_no_potable", "potabilidad"))
    probabilities = decision.probability(log_odds).tolist()
    verdicts = (~decision.not_potable(log_odds)).astype(int).tolist()
    out.writerows(zip(map(repr, probabilities), verdicts, strict=True))


def _read(file: Path) -> Iterator[Values]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        reader = csv.DictReader(lines)
        missing = [name for name in NAMES if name not in (reader.fieldnames or ())]
        if missing:
            msg = f"{file}: no column {', '.join(missing)}"
            raise RowError(msg)
        for row in reader:
            yield tuple(_cell(row, name, f"{file}:{reader.line_num}") for name in NAMES)


def _cell(row: Mapping[str, str | None], name: str, where: str) -> float | None:
    text = (row[name] or "").strip()
    if not text or text.lower() in {"nan", "na", "null"}:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.inf
    if not math.isfinite(value):
        msg = f"{where}: {name}: {text!r} is not a finite number"
        raise RowError(msg)
    return value


if __name__ == "__main__":
    app()
