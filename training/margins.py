"""Where XGBoost starts from: which margin, fitted to training rows only, and cross-fitted for those rows themselves.

A margin that has seen a row's label is too sure of that row; trees trained on top of it would learn to distrust it.
So each training row's own margin comes from a mixture fitted without the row.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from model.margin import Margin
from model.mixture import Mixture
from model.verdict import Vector
from training.boosting import DEFAULTS, Fold, cross_validate
from training.data import Dataset
from training.grouping import campaigns_of
from training.metrics import log_loss
from training.mixtures import by_campaign, by_class, with_background
from training.splits import Rows, stratified

CROSS_FITS: Final = 5
COMPONENTS: Final = (4, 8, 12)
PLAIN: Final = "plain"
CAMPAIGNS: Final = "campaigns"
MIXTURE: Final = "mixture"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a margin is made: `plain` (none), `campaigns` (they are known) or `mixture` (so many found per class)."""

    kind: str
    components: int = 0

    def __str__(self) -> str:
        """Return the recipe as a word, such as `mixture-8`."""
        return f"{self.kind}-{self.components}" if self.components else self.kind

    @classmethod
    def parse(cls, word: str) -> "Recipe":
        """Return the recipe that `str` gave as this word."""
        kind, _, components = word.partition("-")
        return cls(kind, int(components or 0))


def fit(recipe: Recipe, data: Dataset, seed: int) -> Mixture | None:
    """Return the recipe's mixture for these rows, or None for a plain model or rows without campaigns."""
    if recipe.kind == CAMPAIGNS:
        campaign = campaigns_of(data)
        return None if campaign is None else with_background(by_campaign(data, campaign))
    if recipe.kind == MIXTURE:
        return with_background(by_class(data, recipe.components, np.random.default_rng(seed)))
    return None


def margin(mixture: Mixture | None, data: Dataset) -> Vector:
    """Return the margin of each row, the same log-odds for all where there is no mixture."""
    if mixture is None:
        return np.zeros(len(data))
    return Margin(mixture).log_odds(data.samples)


def cross_fitted(recipe: Recipe, data: Dataset, seed: int) -> Vector:
    """Return each row's margin by a mixture that has not seen the row."""
    own = np.zeros(len(data))
    if recipe.kind == PLAIN:
        return own
    for train, held_out in stratified(data.not_potable, CROSS_FITS, seed):
        own[held_out] = margin(fit(recipe, data.rows(train), seed), data.rows(held_out))
    return own


def folds(recipe: Recipe, data: Dataset, count: int, seed: int) -> list[Fold]:
    """Return stratified folds of the rows, margins fitted inside each, ready to train on again and again."""
    return [_fold(recipe, data, train, valid, seed) for train, valid in stratified(data.not_potable, count, seed)]


def choose(data: Dataset, seed: int) -> tuple[Recipe, dict[str, float]]:
    """Return the recipe with the least cross-validated log loss on these rows, and the log loss of each candidate.

    Campaigns that a column or the row order tells are tried; without them, mixtures of several sizes; always plain.
    """
    found = [Recipe(CAMPAIGNS)] if campaigns_of(data) is not None else [Recipe(MIXTURE, n) for n in COMPONENTS]
    plain = cross_validate(folds(Recipe(PLAIN), data, CROSS_FITS, seed), DEFAULTS, len(data))
    losses = {recipe: log_loss(data.not_potable, cross_fitted(recipe, data, seed)) for recipe in found}
    losses[Recipe(PLAIN)] = log_loss(data.not_potable, plain.log_odds)
    best = min(losses, key=lambda recipe: losses[recipe])
    return best, {str(recipe): loss for recipe, loss in losses.items()}


def _fold(recipe: Recipe, data: Dataset, train: Rows, valid: Rows, seed: int) -> Fold:
    known, unseen = data.rows(train), data.rows(valid)
    return Fold(
        valid,
        known.samples,
        known.not_potable,
        cross_fitted(recipe, known, seed),
        unseen.samples,
        unseen.not_potable,
        margin(fit(recipe, known, seed), unseen),
    )
