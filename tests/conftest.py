"""What every test may ask for: a real broker and the real data.

`broker` (session): an object with `host` and `port` of a Mosquitto that listens, and `private`: True when it is ours.
A private broker has `start()`, `stop()` (saves its queues) and `kill()` (does not); whoever stops it starts it again.
The broker is shared by the whole session: use client ids and sites of your own.

`mosquitto_here` (session): for tests that start a `simulator.broker.Broker` of their own in `tmp_path`.

`real_data` (session): the `Path` of water_potability.csv.

`small_bundle` (session): the folder of a real bundle of a few trees, to whom pH outside 6.5-8.5 is not potable.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import xgboost
from hypothesis import settings
from sqlalchemy import Engine

from ingest import database
from model import bundle
from model.bundle import Metadata
from model.sample import MEASUREMENTS, NAMES
from simulator import broker as mosquitto
from simulator.group import Group

# How long an example takes says more about the computer than about the code.
settings.register_profile("vigia", deadline=None)
settings.load_profile("vigia")

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class GivenBroker:
    """The broker that TEST_MQTT_HOST names: it can be used but not stopped."""

    host: str
    port: int
    private: bool = False

    def start(self) -> None:
        """Skip the test: the broker is not ours."""
        pytest.skip("needs a broker that it may stop; TEST_MQTT_HOST names one that is not ours")

    stop = kill = start


class PrivateBroker(mosquitto.Broker):
    """A Mosquitto on a free loopback port, with its persistence in a temporary folder."""

    private = True


@pytest.fixture(scope="session")
def mosquitto_here() -> None:
    """Skip where Mosquitto is not installed; with REQUIRE_BROKER=1 fail. For tests that start brokers themselves."""
    if mosquitto.find() is None:
        reason = "no Mosquitto on this computer: mosquitto/install, or TEST_MQTT_HOST=…"
        if os.environ.get("REQUIRE_BROKER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[GivenBroker | PrivateBroker]:
    """Return TEST_MQTT_HOST:TEST_MQTT_PORT when set, else start a Mosquitto, as `mosquitto_here` can."""
    host = os.environ.get("TEST_MQTT_HOST")
    if host:
        yield GivenBroker(host, int(os.environ.get("TEST_MQTT_PORT", "1883")))
        return
    request.getfixturevalue("mosquitto_here")
    folder = tmp_path_factory.mktemp("mosquitto")
    with Group() as group, PrivateBroker(folder, process_group=group.id) as private:
        yield private


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return the writing engine of a new store."""
    made = database.writer(f"sqlite:///{tmp_path}/store.db")
    database.migrate(made)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the path of the data set: VIGIA_DATA, data/ or ../shared/data/; skip where it is in none."""
    places = [ROOT / "data/water_potability.csv", ROOT.parent / "shared/data/water_potability.csv"]
    if os.environ.get("VIGIA_DATA"):
        places.insert(0, Path(os.environ["VIGIA_DATA"]))
    for place in places:
        if place.is_file():
            return place
    pytest.skip(f"the data set is not at {' or '.join(map(str, places))} (Kaggle adityakadiwal/water-potability)")


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a bundle that any test may read and none may change."""
    random = np.random.default_rng(1)
    rows = random.uniform(0, 14, (600, len(NAMES))).astype(np.float32)
    labels = (rows[:, 0] < 6.5) | (rows[:, 0] > 8.5)
    table = xgboost.DMatrix(rows, labels, feature_names=list(NAMES))
    trees = xgboost.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1, "seed": 1}, table, 20)
    golden = rows[:3]
    metadata = Metadata.model_validate(
        {
            "format": bundle.FORMAT,
            "version": "0-small",
            "created": "2026-01-01T00:00:00+00:00",
            "features": [{"name": m.name, "unit": m.unit} for m in MEASUREMENTS],
            "training_share": 0.6,
            "prior": 0.6,
            "threshold": 0.5,
            "threshold_rule": "one half",
            "calibration": {},
            "evidence": {"h": 2.0, "mean_readings_between_false": 1000, "mean_delay": 3},
            "operating_points": {"log_odds": [-5, 0, 5], "false_alarm": [1, 0.2, 0], "detection": [1, 0.9, 0]},
            "golden": {
                "rows": golden.tolist(),
                "log_odds": trees.inplace_predict(golden, predict_type="margin").tolist(),
            },
            "metrics": {},
            "data": {},
            "libraries": {"xgboost": xgboost.__version__},
            "sha256": hashlib.sha256(trees.save_raw("ubj")).hexdigest(),
        }
    )
    folder = tmp_path_factory.mktemp("bundle")
    bundle.write(folder, metadata, bytes(trees.save_raw("ubj")), "# A bundle for tests\n")
    return folder
