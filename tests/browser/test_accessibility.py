"""What axe-core finds on every page: nothing serious, in either colour scheme and on a small screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from simulator.stack import Stack
from tests.browser import sensor
from tests.browser.conftest import OpenPage

PAGES = (
    "/",
    "/?sitio=sur",
    "/alarmas?estado=todas",
    "/alarmas/1",
    "/sensores",
    "/sensores/sur/uno",
    "/ventanas?sitio=sur&sensor=uno",
    "/ventanas",
    "/comprobacion?ejemplo",
    "/docs",
)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_no_page_has_a_serious_violation(open_page: OpenPage, stack: Stack, scheme: str, width: int) -> None:
    """By the rules of WCAG 2.1 AA and axe's own."""
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 850})
    sensor.send(stack, "sur/uno", 3.0)
    sensor.send(stack, "sur/dos", 7.2)
    page.goto(stack.page)
    expect(page.locator("#mosaico li", has_text="dos")).to_be_visible()
    found = []
    for path in PAGES:
        page.goto(stack.page + path)
        assert page.locator("main").count() == 1, path
        for violation in Axe().run(page).response["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"][:3]]
            if violation["impact"] in {"serious", "critical"}:
                found.append((path, violation["id"], violation["help"], nodes))
    assert found == []


def test_nothing_is_wider_than_a_phone(open_page: OpenPage, stack: Stack) -> None:
    """No page scrolls sideways; wide tables do so within themselves."""
    page = open_page(viewport={"width": 360, "height": 740})
    sensor.send(stack, "sur/uno", 3.0)
    for path in PAGES:
        page.goto(stack.page + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
