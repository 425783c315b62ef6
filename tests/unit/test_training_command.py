"""What the command line says before it starts a long run, and what it refuses."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from model import campaigns
from training import data
from training.__main__ import app

RUN = CliRunner()


def test_options_that_contradict_each_other_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bundle states one rule for its threshold."""
    monkeypatch.chdir(tmp_path)
    answered = RUN.invoke(app, ["--max-false-alarms", "0.1", "--cost-ratio", "5"], env={"VIGIA_DATA": ""})
    assert answered.exit_code == 2
    assert "either" in answered.output


def test_a_missing_data_set_is_said_loudly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may take a stand-in for the data set; the summary of the stand-in is still a summary."""
    monkeypatch.chdir(tmp_path)
    answered = RUN.invoke(app, ["summary", "--out", "again.json"], env={"VIGIA_DATA": ""})
    assert answered.exit_code == 0
    assert "WARNING: no data set" in answered.stderr
    assert len(campaigns.read(tmp_path / "again.json").mixture.components) == 16


def test_a_bad_file_is_one_line_not_a_traceback(tmp_path: Path) -> None:
    """With the name of the file."""
    answered = RUN.invoke(app, ["--data", str(tmp_path / "absent.csv")])
    assert answered.exit_code == 2
    assert "absent.csv" in answered.stderr
    assert "Traceback" not in answered.output


def test_a_candidate_that_is_no_bundle_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is compared or replaced."""
    monkeypatch.chdir(tmp_path)
    answered = RUN.invoke(app, ["promote", str(tmp_path / "nothing")], env={"VIGIA_DATA": ""})
    assert answered.exit_code == 1
    assert "missing" in answered.stderr
    assert data.DEFAULT.exists() is False
