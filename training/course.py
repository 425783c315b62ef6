"""The course's protocol side by side with ours: 80/20, tuned on the 80 %, the 20 % looked at once."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from training import deciding, splits
from training.data import Dataset
from training.fitting import fit
from training.metrics import at_cut
from training.study import Plan, tune

TEST_SHARE: Final = 0.2
COURSE_SEED: Final = 42
COURSE_F1: Final = 0.475
"""The course's best `valid_f1`, chosen on the very part it was reported on."""
FIGURES: Final = ("f1_potable", "f1_inner", "accuracy", "mcc")


def split(data: Dataset, trials: int, seed: int) -> dict[str, float]:
    """Return F1 (potable) at 0.5 and at a cut chosen in the training part, accuracy and MCC, of one 80/20 split."""
    train, test = splits.one_split(data.not_potable, TEST_SHARE, seed)
    known, labels = data.rows(train), data.not_potable[test]
    tuned, _ = tune(known, Plan(trials, seed))
    log_odds = fit(known, tuned, seed).log_odds(data.samples[test])
    cut = deciding.best_cut(known.not_potable, tuned.log_odds, "f1_potable")
    return {**at_cut(labels, log_odds, 0.0), "f1_inner": at_cut(labels, log_odds, cut)["f1_potable"]}


def report(data: Dataset, trials: int, count: int) -> Iterator[str]:
    """Yield the lines of a small table: random_state 42, then mean and sd over `count` other splits."""
    once = split(data, trials, COURSE_SEED)
    yield f"course, random_state {COURSE_SEED}: valid_f1 {COURSE_F1} (chosen on the test part)"
    yield f"ours,   random_state {COURSE_SEED}: " + ", ".join(f"{name} {once[name]:.3f}" for name in FIGURES)
    many = [split(data, trials, seed) for seed in range(count)]
    reached = {name: np.array([one[name] for one in many]) for name in FIGURES}
    yield f"ours, {count} random splits: " + ", ".join(
        f"{name} {values.mean():.3f} ± {values.std():.3f}" for name, values in reached.items()
    )
    yield f"splits with valid_f1 above {COURSE_F1}: {int((reached['f1_potable'] > COURSE_F1).sum())} of {count}"
