"""Whatever is sent over HTTP, the answer is one that the OpenAPI document names, and never a fault of ours.

`FUZZ_EXAMPLES` says how many requests each operation gets; `make faults` sends more.
"""

import json
import os
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api.app import create_app
from ingest import database
from settings import Settings

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "5"))
KEY = "clave-de-prueba"
STREAM = "text/event-stream"
# What a schema cannot say is told by 422: at least one of nine values, and dates in order.
LEFT_OUT: list[Any] = [positive_data_acceptance, negative_data_rejection]


def documented(app: FastAPI) -> dict[str, Any]:
    """Return the document, without streams, which end only when the client goes, and what no generator understands."""
    # Python's regular expressions know no \P{…}: those fields get any text.
    document: dict[str, Any] = json.loads(json.dumps(app.openapi()), object_hook=_without_class)
    document["paths"] = {
        path: operations for path, operations in document["paths"].items() if STREAM not in json.dumps(operations)
    }
    return document


def _without_class(part: dict[str, Any]) -> dict[str, Any]:
    if "\\P{" in str(part.get("pattern")):
        del part["pattern"]
    return part


def send(folder: Path, key: str | None, headers: dict[str, str]) -> int:
    """Send requests of every kind to a service with an empty store; return how many were answered as documented."""
    url = f"sqlite:///{folder}/vigia.db"
    engine = database.writer(url)
    database.migrate(engine)
    engine.dispose()
    app = create_app(Settings.model_validate({"store": {"url": url}, "api": {"key": key}}))
    schema = schemathesis.openapi.from_dict(documented(app))
    schema.app = app
    answered = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def check(case: schemathesis.Case[Any]) -> None:
            nonlocal answered
            case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT)
            answered += 1

        check()
    return answered


def test_without_a_key(tmp_path: Path) -> None:
    """Everybody may do everything."""
    assert send(tmp_path, None, {}) > EXAMPLES


def test_with_the_key(tmp_path: Path) -> None:
    """Whoever gives the key may do everything."""
    assert send(tmp_path, KEY, {"X-API-Key": KEY}) > EXAMPLES


def test_with_a_wrong_key(tmp_path: Path) -> None:
    """Reading and judging go on; what changes something is refused in the documented way."""
    assert send(tmp_path, KEY, {"X-API-Key": "adivinada"}) > EXAMPLES
