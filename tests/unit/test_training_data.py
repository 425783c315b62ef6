"""Where the samples come from, which files are refused, and how campaigns are told."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model import campaigns
from model.sample import NAMES
from training import data
from training.data import DataError, Dataset
from training.grouping import campaigns_of

TABLE = pd.DataFrame(np.arange(36.0).reshape(4, 9), columns=list(NAMES)).assign(Potability=[0, 0, 1, 1])


def test_labels_are_turned_round_and_other_columns_left_alone(tmp_path: Path) -> None:
    """1 is not potable in here; a row number in the file must not become a feature."""
    file = tmp_path / "samples.csv"
    TABLE.assign(row=range(4)).to_csv(file, index=False)
    read = data.read(file)
    assert read.not_potable.tolist() == [1, 1, 0, 0]
    assert read.samples.shape == (4, 9)
    assert read.campaign is None
    assert data.facts(read)["kaggle_file"] is False


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (TABLE.drop(columns="Sulfate"), "no column Sulfate"),
        (TABLE.drop(columns="Potability"), "no column Potability"),
        (TABLE.assign(Potability=1), "both must occur"),
        (TABLE.assign(Potability=[0, 1, 2, 1]), "must be 0 or 1"),
        (TABLE.assign(ph="acid"), "acid"),
        (TABLE.assign(ph=np.inf), "infinite"),
    ],
)
def test_a_file_that_cannot_be_trained_on_is_refused(tmp_path: Path, table: pd.DataFrame, complaint: str) -> None:
    """The text says what is wrong with which file."""
    file = tmp_path / "samples.csv"
    table.to_csv(file, index=False)
    with pytest.raises(DataError, match=complaint) as refused:
        data.read(file)
    assert str(file) in str(refused.value)


def test_a_named_file_that_is_missing_is_an_error_not_a_stand_in(tmp_path: Path) -> None:
    """Whoever names a file wants that file."""
    with pytest.raises(DataError):
        data.load(tmp_path / "absent.csv")


def test_without_a_file_a_stand_in_is_drawn_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rows for everybody, and marked as what they are."""
    monkeypatch.chdir(tmp_path)
    drawn = data.load(None)
    assert data.facts(drawn)["stand_in"] is True
    assert drawn.sha256 == data.stand_in().sha256


def in_blocks(lengths: list[int], campaign: list[int] | None = None) -> Dataset:
    """Return blocks of alternating labels."""
    labels = np.concatenate([np.full(length, place % 2, dtype=np.int8) for place, length in enumerate(lengths)])
    ids = None if campaign is None else np.array(campaign)
    return Dataset(np.zeros((len(labels), 9), dtype=np.float32), labels, ids, "made up", "")


def test_long_runs_of_a_label_are_campaigns() -> None:
    """As they stand in the Kaggle file, and in any fold of it in file order."""
    groups = campaigns_of(in_blocks([250, 160, 250]))
    assert groups is not None
    assert np.bincount(groups).tolist() == [250, 160, 250]


def test_shuffled_rows_have_no_campaigns() -> None:
    """A run of equal labels is then a matter of chance."""
    rows = in_blocks([250, 160, 250])
    assert campaigns_of(rows.rows(np.random.default_rng(0).permutation(len(rows)))) is None


def test_a_campaign_column_is_believed_and_split_by_label() -> None:
    """Whatever the order of the rows."""
    groups = campaigns_of(in_blocks([2, 2, 2], campaign=[0, 0, 0, 1, 1, 1]))
    assert groups is not None
    assert groups.tolist() == [0, 0, 1, 3, 2, 2]


def test_a_draw_of_the_summary_can_be_trained_on() -> None:
    """The stand-in has the campaigns of the summary."""
    groups = campaigns_of(data.stand_in())
    assert groups is not None
    assert len(np.unique(groups)) == len(campaigns.read().mixture.components)
