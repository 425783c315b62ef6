"""Replacing the champion: the two recipes trained again on the same folds, and the worse one refused."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from model import bundle
from model.bundle import BundleError, Metadata
from training import splits
from training.data import Dataset
from training.fitting import fit
from training.margins import Recipe
from training.metrics import log_loss
from training.study import Tuned

SEED: Final = 2026
FOLDS: Final = 5
ALLOWANCE: Final = 0.002
"""Nats by which a candidate may be behind: two seeds of one recipe differ by as much."""


class WorseError(Exception):
    """A candidate that must not replace the champion; the text says by how much it is worse."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean out-of-fold log loss of both on the same folds; `champion` is None where it cannot be trained again."""

    candidate: float
    champion: float | None

    @property
    def worse(self) -> bool:
        """Whether the candidate is behind by more than chance, or cannot be compared."""
        return self.champion is None or self.candidate > self.champion + ALLOWANCE


def promote(candidate: Path, champion: Path, data: Dataset, *, force: bool = False) -> Comparison | None:
    """Put the candidate's bundle in the champion's place; None when there was no champion to compare with.

    Raises:
        BundleError: when the candidate is not a sound bundle.
        WorseError: when the candidate is worse on these data, or they cannot be compared, unless `force`.

    """
    fresh = bundle.read(candidate)
    compared = None
    try:
        held = bundle.read(champion)
    except BundleError:
        held = None
    if held is not None:
        compared = compare(fresh.metadata, held.metadata, data)
        if compared.worse and not force:
            raise WorseError(_sentence(compared))
    card = (candidate / bundle.CARD).read_text(encoding="utf-8")
    bundle.write(champion, fresh.metadata, fresh.trees, card)
    return compared


def compare(candidate: Metadata, champion: Metadata, data: Dataset) -> Comparison:
    """Train both recipes on the same folds of `data` and compare them on the held-out rows.

    The bundles themselves have seen every row, so their own scores would flatter both.
    """
    known = _loss(champion, data) if champion.recipe else None
    return Comparison(_loss(candidate, data), known)


def _loss(metadata: Metadata, data: Dataset) -> float:
    recipe = metadata.recipe
    tuned = Tuned(Recipe.parse(recipe["margin"]), {}, recipe["params"], int(recipe["rounds"]), np.empty(0))
    losses = []
    for train, held_out in splits.stratified(data.not_potable, FOLDS, SEED):
        scores = fit(data.rows(train), tuned, SEED).log_odds(data.samples[held_out])
        losses.append(log_loss(data.not_potable[held_out], scores))
    return float(np.mean(losses))


def _sentence(compared: Comparison) -> str:
    if compared.champion is None:
        return "the champion's bundle does not say how to train it again, so the two cannot be compared"
    return f"log loss {compared.candidate:.4f} against the champion's {compared.champion:.4f} on the same folds"
