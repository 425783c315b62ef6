"""A real browser on a real stack: Mosquitto, ingest, api, and Chromium that looks at the page.

`stack` (session): everything running, with a model to whom pH outside 6.5-8.5 is not potable.
`page`: a page of a Spanish-speaking browser; it fails the test on any error in its console and on any request that
leaves this computer. `open_page` makes further ones, with other settings.
"""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from simulator import stack as whole
from simulator.stack import Stack
from tests.browser import chromium

OpenPage: TypeAlias = Callable[..., Page]


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, small_bundle: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Run broker, ingest and api."""
    request.getfixturevalue("mosquitto_here")
    chosen = {
        "VIGIA_MODEL__DIR": str(small_bundle),
        "VIGIA_MODEL__PRIOR": "0.6",
        "VIGIA_ALERTS__OFF_DELAY": "600",
    }
    with whole.running(tmp_path_factory.mktemp("stack"), chosen, threading.Event()) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium; skip where there is none, or fail with REQUIRE_BROWSER=1."""
    path = chromium.find()
    if path is None:
        reason = "no Chromium on this computer: tests/browser/install"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with chromium.running(path) as started:
        yield started


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Return what opens a page in a context of its own."""
    wrong: list[str] = []
    contexts = []

    def opened(**options: Any) -> Page:  # noqa: ANN401 - playwright's own options
        context = browser.new_context(**{"locale": "es-CL", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(f"dialog {dialog.message}"))
        page.on("request", lambda asked: wrong.extend(_abroad(asked.url)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Return one page."""
    return open_page()


def _abroad(url: str) -> list[str]:
    return [] if urlsplit(url).hostname in {"127.0.0.1", None} else [f"request to {url}"]
