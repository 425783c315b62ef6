"""`python -m benchmarks.score`: µs for a row at 1 to 4,096 rows, beside `XGBClassifier.predict` of a DataFrame.

`vigia, values to verdict` is all that ingest does for a batch: nine values or gaps as they were decoded, margin, trees
and calibration, the verdict, and whether the sample is unlike the training data. The rivals are given their DataFrame
ready made, have no margin to work out, and one thread each. No call sees the rows of the call before: a
processor learns by heart how a search for the same values goes.
"""

import time
from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Annotated, Any, Final, TypeAlias

import numpy as np
import pandas as pd
import typer
import xgboost
from xgboost import XGBClassifier

from benchmarks.interleaved import Ratio, Table, interleaved, report
from model import campaigns, threads
from model.classifier import Classifier
from model.matrix import Matrix
from model.sample import NAMES, Values
from settings.schema import CHAMPION

SIZES: Final = (1, 8, 64, 512, 4096)
DIFFERENT: Final = 8
"""Batches of the largest size; of smaller ones up to 200."""
SECONDS: Final = 0.15
"""Of scoring, for each size in each turn."""
OURS: Final = "vigia, values to verdict"
SAME: Final = "XGBClassifier.predict, the same trees"
LARGE: Final = "XGBClassifier.predict, 300 trees of depth 6"
BARE: Final = "Booster.inplace_predict, the same trees"

Scorer: TypeAlias = Callable[[Any], object]

app = typer.Typer(add_completion=False, pretty_exceptions_show_locals=False)


@app.command()
def main(turns: Annotated[int, typer.Option(min=1)] = 7) -> None:
    """Print µs for a row, and ratios."""
    threads.single()
    drawn = campaigns.draw(campaigns.read(), DIFFERENT * max(SIZES), np.random.default_rng(0))
    rows = [_batches(drawn.samples, n) for n in SIZES]
    frames = [[pd.DataFrame(batch, columns=list(NAMES)) for batch in batches] for batches in rows]
    values = [[_values(batch) for batch in batches] for batches in rows]
    ours, same = Classifier.load(CHAMPION), XGBClassifier()
    same.load_model(CHAMPION / "model.ubj")
    same.set_params(n_jobs=1)
    large = XGBClassifier(n_estimators=300, max_depth=6, learning_rate=0.05, n_jobs=1)
    known = drawn.samples[: max(SIZES)]
    large.fit(pd.DataFrame(known, columns=list(NAMES)), drawn.potable[: len(known)])
    booster: xgboost.Booster = same.get_booster()
    results = interleaved(
        {
            OURS: partial(_trial, partial(_verdicts, ours), values),
            SAME: partial(_trial, same.predict, frames),
            LARGE: partial(_trial, large.predict, frames),
            BARE: partial(_trial, booster.inplace_predict, rows),
        },
        turns,
    )
    ratios = [Ratio(rival, OURS, _name(n)) for rival in (SAME, LARGE) for n in SIZES]
    report("score", Table(results, ratios, {"xgboost": xgboost.__version__, "numpy": np.__version__}))


def _batches(samples: Matrix, n: int) -> list[Matrix]:
    return [samples[begin : begin + n].copy() for begin in range(0, min(len(samples), 200 * n), n)]


def _values(rows: Matrix) -> list[Values]:
    return [tuple(None if np.isnan(value) else value for value in row) for row in rows.tolist()]


def _verdicts(classifier: Classifier, values: list[Values]) -> object:
    log_odds, unlike = classifier.scores(values)
    cut = classifier.decision().cut
    return [score >= cut for score in log_odds], unlike


def _trial(score: Scorer, sizes: list[list[Any]]) -> dict[str, float]:
    return {_name(n): _microseconds(score, batches) / n for n, batches in zip(SIZES, sizes, strict=True)}


def _microseconds(score: Scorer, batches: list[Any]) -> float:
    """Return the median time of a call."""
    score(batches[-1])
    took = []
    end = time.perf_counter() + SECONDS
    for batch in cycle(batches):
        began = time.perf_counter()
        score(batch)
        ended = time.perf_counter()
        took.append(ended - began)
        if ended > end:
            break
    return float(np.median(took)) * 1e6


def _name(n: int) -> str:
    return f"µs/row at {n:,}"


if __name__ == "__main__":
    app()
