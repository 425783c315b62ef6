"""Models are changed while the service runs: good ones take over, bad ones change nothing."""

import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from ingest.bundle_watch import REASONS, BundleWatch
from ingest.judge import Judge
from model import bundle
from model.bundle import CARD, METADATA, TREES
from settings import Settings
from tests.waiting import wait_until

FILES = (TREES, CARD, METADATA)
FLIPPED = 500


class Bench:
    """A folder with a bundle, and a watch on it."""

    def __init__(self, folder: Path, shipped: Path) -> None:
        """Copy the bundle and load it."""
        self.folder = folder
        self.shipped = shipped
        for name in FILES:
            shutil.copy(shipped / name, folder / name)
        settings = Settings.model_validate({"model": {"dir": folder}})
        self.registry = CollectorRegistry()
        self.judge = Judge.load(settings)
        self.watch = BundleWatch(folder, self.judge, lambda: Judge.load(settings), self.registry)

    def refused(self, reason: str) -> float:
        """Return how many were refused for a reason."""
        return self.registry.get_sample_value("vigia_bundle_refused_total", {"reason": reason}) or 0.0

    def put(self, change: Callable[[dict[str, object]], None]) -> None:
        """Write the bundle anew as training would, its metadata changed."""
        read = bundle.read(self.shipped)
        content = read.metadata.model_dump(mode="json")
        change(content)
        metadata = bundle.Metadata.model_validate_json(json.dumps(content))
        bundle.write(self.folder, metadata, read.trees, "# Another\n")


@pytest.fixture
def bench(tmp_path: Path, small_bundle: Path) -> Bench:
    """Return a bench with the small bundle."""
    return Bench(tmp_path, small_bundle)


def test_a_new_version_is_offered_once(bench: Bench) -> None:
    """And the one after it too."""
    for version in ("1-next", "2-after"):
        bench.put(lambda content: content.update(version=version))  # noqa: B023 - called at once
        bench.watch.look()
        offered = bench.watch.fresh()
        assert offered is not None
        assert offered.classifier.metadata.version == version
        assert bench.watch.fresh() is None
    assert bench.registry.get_sample_value("vigia_bundle_loaded_total") == 2


def test_the_thread_looks_by_itself(bench: Bench) -> None:
    """Until it is stopped."""
    bench.watch.start()
    bench.put(lambda content: content.update(version="1-next"))
    offered: list[str] = []

    def has_come() -> bool:
        fresh = bench.watch.fresh()
        offered.extend([] if fresh is None else [fresh.classifier.metadata.version])
        return bool(offered)

    wait_until(has_come)
    assert offered == ["1-next"]
    bench.watch.stop()
    bench.watch.join(10)
    assert not bench.watch.is_alive()


def test_the_same_bundle_written_again_is_no_news(bench: Bench) -> None:
    """Neither offered nor refused, though the one at work has scored and keeps what it has worked out for that."""
    bench.judge.classifier.unlike_training(np.zeros((100, 9), np.float32))
    bench.put(lambda _: None)
    bench.watch.look()
    assert bench.watch.fresh() is None
    assert sum(bench.refused(reason) for reason in REASONS) == 0


def test_another_model_under_the_same_version_is_refused(bench: Bench) -> None:
    """Its readings could not be told from the old one's."""
    bench.put(lambda content: content.update(threshold=0.4))
    bench.watch.look()
    assert bench.watch.fresh() is None
    assert bench.refused("same_version") == 1


def test_trees_that_answer_otherwise_than_recorded_are_refused(bench: Bench) -> None:
    """The golden set speaks for what training saw."""

    def change(content: dict[str, object]) -> None:
        golden = bench.judge.classifier.metadata.golden
        content["version"] = "1-next"
        content["golden"] = {"rows": golden.rows, "log_odds": [one + 1 for one in golden.log_odds]}

    bench.put(change)
    bench.watch.look()
    assert bench.watch.fresh() is None
    assert bench.refused("golden") == 1


def test_a_bad_bundle_is_said_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """However often it is looked at."""
    (bench.folder / METADATA).write_text("{", encoding="utf-8")
    for _ in range(5):
        bench.watch.look()
    assert bench.refused("metadata") == 1
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "0-small serves on" in caplog.text


def test_files_that_arrive_one_after_the_other_end_well(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> None:
    """`cp` of metadata before trees: refused in between, at work in the end."""
    other = Bench(tmp_path_factory.mktemp("other"), Path("model/champion"))
    shutil.copy(other.folder / METADATA, bench.folder / METADATA)
    bench.watch.look()
    assert bench.refused("checksum") == 1
    shutil.copy(other.folder / TREES, bench.folder / TREES)
    bench.watch.look()
    assert bench.watch.fresh() is not None


def test_a_folder_that_goes_away_changes_nothing(bench: Bench) -> None:
    """And one that comes back is looked at."""
    away = bench.folder.with_name("away")
    bench.folder.rename(away)
    bench.watch.look()
    assert bench.refused("missing") == 1
    away.rename(bench.folder)
    bench.watch.look()
    assert bench.watch.fresh() is None


def test_flipped_bits_never_crash_and_never_change_a_score(tmp_path: Path) -> None:
    """Of the shipped bundle, one bit at a time: every one is refused, and the old model answers as before."""
    champion = Path("model/champion")
    bench = Bench(tmp_path, champion)
    rows = np.asarray(bench.judge.classifier.metadata.golden.rows, dtype=np.float32)
    before = bench.judge.classifier.log_odds(rows)
    chance = random.Random(20261123)  # noqa: S311 - which bits
    for number in range(FLIPPED):
        name = chance.choice([TREES, METADATA])
        content = bytearray((champion / name).read_bytes())
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, ns=(number, number))
        bench.watch.look()
        offered = bench.watch.fresh()
        assert offered is None
        shutil.copy(champion / name, tmp_path / name)
    refused = sum(bench.refused(reason) for reason in ("checksum", "metadata", "features", "format", "version"))
    assert refused == FLIPPED
    assert (bench.judge.classifier.log_odds(rows) == before).all()
