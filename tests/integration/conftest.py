"""What integration tests share.

Of the notifier: a `receiver` that accepts everything, and the `outbox` of the test's store. Of the HTTP service: the
stores `filled`, which is only read, and `fresh`, which may be written to; `client` asks of the first. And the small
`classifier`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.outbox import Outbox
from ingest import database
from ingest.writer import Writer
from model.classifier import Classifier
from tests.receivers import Receiver
from tests.served import client_of, fill


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that accepts everything."""
    with Receiver() as made:
        yield made
        made.shutdown()


@pytest.fixture
def outbox(engine: Engine) -> Iterator[Outbox]:
    """Return its outbox, which reads while somebody writes."""
    reader = database.reader(str(engine.url))
    yield Outbox(Writer(engine), reader)
    reader.dispose()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, small_bundle: Path) -> str:
    """Return the URL of a store: norte/a has bad water, norte/b good, sur/c bad water and a fault."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store')}/vigia.db"
    fill(url, small_bundle)
    return url


@pytest.fixture(scope="module")
def client(filled: str, small_bundle: Path) -> Iterator[TestClient]:
    """Return a client of a service on that store, on which nobody does anything."""
    with client_of(filled, small_bundle) as made:
        yield made


@pytest.fixture
def fresh(tmp_path: Path, small_bundle: Path) -> str:
    """Return the URL of a store like `filled`, to be written to."""
    url = f"sqlite:///{tmp_path}/vigia.db"
    fill(url, small_bundle)
    return url


@pytest.fixture
def classifier(small_bundle: Path) -> Classifier:
    """Return the small classifier, to which a pH far from seven is bad."""
    return Classifier.load(small_bundle)
