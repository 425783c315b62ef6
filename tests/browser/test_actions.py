"""What an operator does about an alarm, in a browser that runs no scripts."""

import httpx2
from playwright.sync_api import expect

from simulator.stack import Stack
from tests.browser import sensor
from tests.browser.conftest import OpenPage
from tests.waiting import wait_until


def test_everything_can_be_done_without_a_script(open_page: OpenPage, stack: Stack) -> None:
    """Acknowledge, shelve and judge; announce a window, with the browser's own field for times, and end it."""
    sensor.send(stack, "oeste/uno", 3.0)
    wait_until(lambda: alarms(stack), "an alarm")
    page = open_page(java_script_enabled=False, timezone_id="America/Santiago")
    page.goto(f"{stack.page}/alarmas/{alarms(stack)[0]['id']}")

    act = page.locator("#reconocer")
    act.get_by_label("Quién").fill("Ana")
    act.get_by_role("button").click()
    expect(act).to_contain_text("La reconoció Ana")

    act = page.locator("#archivar")
    act.locator("summary").click()
    act.locator("[name=minutos]").select_option("4 horas")
    act.get_by_label("Quién").fill("Ana")
    act.get_by_role("button").click()
    expect(act).to_contain_text("por Ana")

    act = page.locator("#veredicto")
    act.locator("summary").click()
    act.locator("[name=potable]").select_option("no potable")
    act.get_by_label("Quién").fill("Laboratorio")
    act.get_by_role("button").click()
    expect(page.locator("main")).to_contain_text("Veredicto del laboratorio: No potable")

    page.goto(f"{stack.page}/sensores/oeste/uno")
    page.get_by_role("link", name="Anunciar una ventana").click()
    form = page.locator("#anunciar")
    expect(form.get_by_label("Sitio", exact=True)).to_have_value("oeste")
    form.get_by_label("Hasta").fill("2099-01-01T10:00")
    form.get_by_label("Quién").fill("Eva")
    form.get_by_role("button").click()
    window = page.locator("section", has_text="hasta 01-01-2099 10:00:00")
    expect(window).to_contain_text("oeste/uno")

    window.locator("summary").click()
    window.get_by_label("Quién").fill("Eva")
    window.get_by_role("button").click()
    expect(page.locator("section", has_text="hasta 01-01-2099 10:00:00")).to_have_count(0)
    expect(page.locator("section", has_text="Alarma archivada")).to_have_count(1)


def alarms(stack: Stack) -> list[dict[str, int]]:
    """Return the open alarms of the site."""
    found: list[dict[str, int]] = httpx2.get(f"{stack.page}/alarmas?sitio=oeste").json()["alarmas"]
    return found
