"""Stratified folds, always shuffled: the order of the rows may give the labels away (pure)."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold, train_test_split

from training.data import Labels

Rows: TypeAlias = NDArray[np.intp]


def stratified(labels: Labels, folds: int, seed: int) -> list[tuple[Rows, Rows]]:
    """Return (training rows, validation rows) of each fold, row numbers in file order."""
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)  # type: ignore[no-untyped-call]
    return list(splitter.split(np.zeros(len(labels)), labels))  # type: ignore[no-untyped-call]


def one_split(labels: Labels, test_share: float, seed: int) -> tuple[Rows, Rows]:
    """Return (training rows, test rows) of one shuffled, unstratified split, as scikit-learn's `train_test_split`."""
    train, test = train_test_split(np.arange(len(labels)), test_size=test_share, random_state=seed)
    return np.sort(train), np.sort(test)


def campaigns(groups: NDArray[np.intp], labels: Labels, folds: int) -> list[tuple[Rows, Rows]]:
    """Return folds that keep out whole campaigns, about equally many of each label: what a new source would get."""
    first = {number: int(np.flatnonzero(groups == number)[0]) for number in np.unique(groups)}
    held_out = np.empty(len(groups), dtype=np.intp)
    for label in (0, 1):
        of_label = [number for number, row in first.items() if labels[row] == label]
        for place, number in enumerate(of_label):
            held_out[groups == number] = place % folds
    return [(np.flatnonzero(held_out != fold), np.flatnonzero(held_out == fold)) for fold in range(folds)]
