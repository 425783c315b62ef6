"""The overview in a browser: what happens to the water appears on it, and people answer."""

import os
import threading
from pathlib import Path

from paho.mqtt import publish
from playwright.sync_api import Browser, Page, expect

from simulator.broker import free_port
from simulator.group import Group
from simulator.service import Service
from simulator.stack import Stack
from tests.browser import sensor
from tests.browser.conftest import OpenPage

SMUGGLED = "<img src=x onerror=alert(1)>"


def test_an_alarm_appears_on_an_open_page_without_reloading(page: Page, stack: Stack) -> None:
    """With which pipe, how bad, since when, and what to do; and the tile of its sensor moves to the front."""
    sensor.send(stack, "norte/calma", 7.2)
    page.goto(stack.page)
    expect(page.locator("#vivo")).to_have_text("en vivo")
    expect(page.locator("#mosaico li", has_text="calma")).to_contain_text("Potable")
    page.evaluate("window.untouched = true")
    sensor.send(stack, "norte/alarma", 3.0)
    card = page.locator("#atencion .alarm", has_text="alarma")
    expect(card).to_contain_text("Agua no potable")
    expect(card).to_contain_text("pH 3,00")
    expect(card).to_contain_text("Desde")
    expect(card).to_contain_text("procedimiento de agua no potable")
    expect(page.locator("#mosaico li").first).to_contain_text("alarma")
    expect(page.locator("#voz")).to_contain_text("norte/alarma")
    assert page.evaluate("window.untouched")


def test_acknowledging_by_mouse_shows_on_the_pages_of_others(page: Page, open_page: OpenPage, stack: Stack) -> None:
    """Without reloading theirs."""
    other = open_page()
    other.goto(stack.page)
    sensor.send(stack, "norte/raton", 3.0)
    page.goto(stack.page)
    page.locator("#atencion .alarm", has_text="raton").get_by_role("link", name="Reconocer").click()
    _sign(page, "Ana Rojas")
    expect(page.locator("main")).to_contain_text("La reconoció Ana Rojas")
    expect(other.locator("#atencion .alarm", has_text="raton")).to_contain_text("Reconocida por Ana Rojas")


def test_acknowledging_by_keyboard_alone(page: Page, stack: Stack) -> None:
    """Tab leads to everything, and what is focused stays so while the page changes."""
    sensor.send(stack, "norte/teclado", 3.0)
    page.goto(stack.page)
    expect(page.locator("#atencion .alarm", has_text="teclado")).to_be_visible()
    _tab_to(page, "Reconocer norte/teclado")
    sensor.send(stack, "norte/otra", 3.0)
    expect(page.locator("#atencion .alarm", has_text="otra")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/alarmas/*")
    _tab_to(page, "quien")
    page.keyboard.type("Luis")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("La reconoció Luis")


def test_acknowledging_without_scripts(open_page: OpenPage, stack: Stack) -> None:
    """The page then fetches itself anew every ten seconds."""
    page = open_page(java_script_enabled=False)
    sensor.send(stack, "norte/simple", 3.0)
    card = page.locator("#atencion .alarm", has_text="simple")
    page.goto(stack.page)
    while not card.count():
        page.reload()
    assert page.locator("noscript meta[http-equiv=refresh]").count() or 'http-equiv="refresh"' in page.content()
    card.get_by_role("link", name="Reconocer").click()
    _sign(page, "Eva")
    expect(page.locator("main")).to_contain_text("La reconoció Eva")


def test_the_language_is_chosen_once(page: Page, open_page: OpenPage, stack: Stack) -> None:
    """By the link, kept on other pages; or by what the browser prefers."""
    page.goto(stack.page)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    page.goto(f"{stack.page}/comprobacion")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check a sample")
    english = open_page(locale="en-GB")
    english.goto(stack.page)
    expect(english.get_by_role("link", name="Overview")).to_be_visible()


def test_markup_in_the_place_of_a_sensor_does_not_get_in(page: Page, stack: Stack) -> None:
    """Neither over the broker nor by an address."""
    page.goto(stack.page)
    topic = f"agua/v1/norte/{SMUGGLED}/lectura"
    publish.single(topic, b'{"ph": 3.0}', qos=1, hostname=stack.broker.host, port=stack.broker.port)
    sensor.send(stack, "norte/despues", 3.0)
    expect(page.locator("#mosaico li", has_text="despues")).to_be_visible()
    expect(page.locator("#sistema")).to_contain_text("En cuarentena, 24 h1")
    assert "onerror" not in page.content()
    answer = page.request.get(f"{stack.page}/", params={"sitio": SMUGGLED}, headers={"Accept": "text/html"})
    assert (answer.status, "onerror" in answer.text()) == (422, False)


def test_a_page_that_is_cut_off_says_so_and_comes_back(browser: Browser, stack: Stack, tmp_path: Path) -> None:
    """Old news must not look like news; and a service that stops does not wait for the pages that watch it."""
    port = free_port()
    settings = {"VIGIA_STORE__URL": stack.store, "VIGIA_API__PORT": str(port), "VIGIA_API__CONSUMER": ""}
    page = browser.new_page(locale="es-CL")  # of its own: the browser calls every broken connection an error
    with Group() as group:
        for _ in range(2):
            with Service("api", [], os.environ | settings, tmp_path, group) as service:
                service.wait_ready(f"http://127.0.0.1:{port}/livez", threading.Event())
                if page.url == "about:blank":
                    page.goto(f"http://127.0.0.1:{port}")
                expect(page.locator("#vivo")).to_have_text("en vivo")
                expect(page.locator("#perdida")).to_be_hidden()
            expect(page.locator("#perdida")).to_be_visible()
    page.context.close()


def test_a_broker_that_is_gone_stands_above_everything(page: Page, stack: Stack) -> None:
    """Until it is back."""
    page.goto(stack.page)
    stack.broker.stop()
    try:
        expect(page.locator("#corte")).to_contain_text("Sin conexión con el broker")
    finally:
        stack.broker.start()
    expect(page.locator("#corte")).to_be_empty()


def _sign(page: Page, name: str) -> None:
    """Acknowledge on the page of an alarm."""
    form = page.locator("#reconocer")
    form.get_by_label("Quién").fill(name)
    form.get_by_role("button", name="Reconocer").click()


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the link with this text or the field of this name has the focus."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || document.activeElement.textContent") == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")
