"""`python -m tests.browser.screenshots`: the pictures of docs/img, taken anew of the page as it is."""

import random
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import Browser, Page
from prometheus_client import CollectorRegistry

from alerts.clock import now_us
from ingest.health import HealthServer
from model import bundle
from simulator.broker import free_port
from simulator.group import Group
from simulator.service import Service, environment
from tests.browser import chromium, seeded
from tests.browser.seeded import Trouble, fill

ROOT: Final = Path(__file__).parents[2]
PICTURES: Final = ROOT / "docs/img"
DESKTOP: Final = {"width": 1280, "height": 860}
PHONE: Final = {"width": 390, "height": 844}
WALL: Final = {"width": 1920, "height": 1080}
SOME: Final = Trouble(confirmed=1, suspected=2, broken=1, silent=1)
COLOURS: Final = 128
"""In a picture: enough for a page that has few, and a third of the bytes."""


def main() -> None:
    """Take them all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    path = chromium.find()
    if path is None:
        raise SystemExit("no Chromium on this computer: tests/browser/install")
    with tempfile.TemporaryDirectory() as folder, Group() as group, chromium.running(path) as browser:
        with served(Path(folder), group, 24, SOME) as address:
            take(browser, address, "desktop", viewport=DESKTOP)
            take(browser, address, "phone", viewport=PHONE, device_scale_factor=2, is_mobile=True)
            take(browser, address, "dark", viewport=DESKTOP, color_scheme="dark")
            take(browser, f"{address}/sensores/ciudad-satelite/p-0001", "sensor", viewport=DESKTOP)
            take(browser, f"{address}/comprobacion?ejemplo", "spot-check", press="Evaluar", viewport=DESKTOP)
            take(browser, f"{address}/alarmas?estado=todas", "log", viewport=DESKTOP)
            take(browser, f"{address}/mapa", "map", viewport=DESKTOP)
        with served(Path(folder), group, 24, Trouble()) as address:
            take(browser, address, "calm", viewport=DESKTOP)
        with served(Path(folder), group, 1000, SOME) as address:
            take(browser, address, "thousand", viewport=WALL)
        with served(Path(folder), group, 0, Trouble()) as address:
            take(browser, address, "empty", viewport=DESKTOP)
        with served(Path(folder), group, 24, SOME, broker_down=True) as address:
            take(browser, address, "broker-down", viewport=DESKTOP)


@contextmanager
def served(folder: Path, group: Group, sensors: int, trouble: Trouble, *, broker_down: bool = False) -> Iterator[str]:
    """Yield the address of a page on a store so filled, with a consumer that has a broker or none."""
    store = folder / "vigia.db"
    for old in folder.glob("vigia.db*"):
        old.unlink()
    champion = bundle.read(ROOT / "model/champion").metadata.version
    url = f"sqlite:///{store}"
    fill(url, sensors, now_us(), trouble, champion)
    port = free_port()
    # Only what ingest says of itself: at work it would judge what is seeded, and other pictures would come of it.
    checks = {"broker": lambda: not broker_down, "store": lambda: True, "notifier": lambda: True}
    consumer = HealthServer("127.0.0.1", 0, CollectorRegistry(), checks)
    settings = environment(
        VIGIA_STORE__URL=url,
        VIGIA_API__PORT=str(port),
        VIGIA_API__CONSUMER=f"http://127.0.0.1:{consumer.port}",
        VIGIA_API__SENSORS=str(_registry(folder, sensors)),
        VIGIA_MODEL__PRIOR="0.05",
    )
    with closing(consumer), Service("api", [], settings, folder, group) as page:
        page.wait_ready(f"http://127.0.0.1:{port}/livez", threading.Event())
        yield f"http://127.0.0.1:{port}"


def _registry(folder: Path, sensors: int) -> Path:
    """Write where the sensors might be, in and about Maipú, and return the file."""
    dice = random.Random(7)  # noqa: S311 - the same map each time
    rows = [
        f"{name.replace('/', ',')},,{-33.51 + dice.gauss(0, 0.02):.4f},{-70.76 + dice.gauss(0, 0.03):.4f}"
        for name in (seeded.name_of(number) for number in range(1, sensors + 1))
    ]
    file = folder / "sensores.csv"
    file.write_text("\n".join(["sitio,sensor,nombre,lat,lon", *rows]) + "\n", encoding="utf-8")
    return file


def take(browser: Browser, address: str, name: str, press: str | None = None, **options: Any) -> None:  # noqa: ANN401
    """Take one picture; `options` are those of a browser context."""
    page: Page = browser.new_page(**{"locale": "es-CL", "color_scheme": "light", **options})
    page.goto(address)
    if press:
        page.get_by_role("button", name=press).click()
    page.wait_for_timeout(3500)  # until what is live has come
    target = PICTURES / f"{name}.png"
    page.screenshot(path=target)
    page.context.close()
    with Image.open(target) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    sys.stdout.write(f"{target.relative_to(ROOT)} {target.stat().st_size // 1024} KB\n")


if __name__ == "__main__":
    main()
