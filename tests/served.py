"""A service on a store that ingest's own parts have filled, for tests of what it answers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from alerts.journal import Event
from alerts.transition import Change, Kind, Severity, Transition
from api.app import create_app
from ingest import database
from ingest.reading import Message
from model.classifier import Classifier
from settings import Settings
from settings.schema import Api, Model
from settings.schema import Store as StoreSettings
from tests.arranged import NOON, SECOND, pipeline, record

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OURS = BROWSER | {"Sec-Fetch-Site": "same-origin"}
SCRIPT = "<script>alert(1)</script>"


def client_of(url: str, bundle: Path, **api: Any) -> TestClient:  # noqa: ANN401 - settings of the api
    """Return a client of a service on a store."""
    return TestClient(create_app(Settings(model=Model(dir=bundle), store=StoreSettings(url=url), api=Api(**api))))


def fill(url: str, bundle: Path) -> None:
    """Write readings and their consequences as ingest does: norte/a is bad, norte/b good, sur/c bad and has a fault."""
    engine = database.writer(url)
    database.migrate(engine)
    engine.dispose()
    hear(url, bundle, [*sent("norte/a", 3.0, 3.0, 3.0), *sent("norte/b", 7.0, 7.1), *sent("sur/c", 3.0)])
    change_fault(url, Change.RAISED)


def hear(url: str, bundle: Path, messages: Sequence[Message]) -> None:
    """Let ingest's own parts take in messages."""
    engine = database.writer(url)
    line = pipeline(engine, Classifier.load(bundle))
    line.process(messages)
    line.upkeep.write_standings()
    engine.dispose()


def change_fault(url: str, change: Change) -> None:
    """Raise or clear the fault of sur/c."""
    engine = database.writer(url)
    facts = {"cause": "impossible", "field": "ph", "count": 1, "model": SCRIPT}
    changed = Transition(Kind.FAULT, 1, change, Severity.TECNICA, NOON, s=0.0, notify=False)
    with engine.begin() as connection:
        record(connection, [Event("sur/c", changed, facts)])
    engine.dispose()


def sent(sensor: str, *values: float) -> list[Message]:
    """Return messages of readings of pH, a second apart from noon."""
    topic = f"agua/v1/{sensor}/lectura"
    times = [NOON + place * SECOND for place in range(len(values))]
    return [
        Message(topic, json.dumps({"ts": at_us // 1000, "ph": ph}).encode(), at_us)
        for at_us, ph in zip(times, values, strict=True)
    ]
