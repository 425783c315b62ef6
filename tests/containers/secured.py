"""The configuration for real use under whichever Mosquitto is on this computer, on a loopback port of its own."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from simulator.broker import Broker, BrokerError, find

ROOT: Final = Path(__file__).parents[2]
IN_IMAGE: Final = "/usr/lib/mosquitto_"
"""How the plugins' paths begin in the public image of Mosquitto 2.1, and so in our file."""
PLUGIN: Final = "mosquitto_persist_sqlite.so"
PLACES: Final = (PLUGIN, f"mosquitto/{PLUGIN}", f"*/mosquitto/{PLUGIN}")
"""Where packages put the plugins, under `lib` beside the broker's own folder; the last is Debian's."""


def version() -> str:
    """Return the version of the Mosquitto on this computer, such as 2.0.11.

    Raises:
        BrokerError: when there is none.

    """
    executable = find()
    if executable is None:
        raise BrokerError("Mosquitto is not installed: mosquitto/install does it, or says what to do")
    says = subprocess.run([executable, "-h"], check=False, capture_output=True, text=True)
    return says.stdout.split("version", 1)[-1].split()[0]


def form(version: str) -> Path:
    """Return our configuration for a version of Mosquitto."""
    return ROOT / "mosquitto" / ("secured-2.0.conf" if version.startswith("2.0.") else "secured-2.1.conf")


def make_secrets(folder: Path, *sensors: str, demo: bool = False) -> Path:
    """Run the script for these sensors, and the demo's; return the folder `secrets` that it fills."""
    words = [word for sensor in sensors for word in ("--sensor", sensor)] + ["--demo"] * demo
    script = [sys.executable, str(ROOT / "containers/make_secrets.py"), "--folder", str(folder / "secrets"), *words]
    subprocess.run(script, check=True, capture_output=True)
    return folder / "secrets"


def passwords(secrets: Path) -> dict[str, str]:
    """Return the password of every login."""
    known: dict[str, str] = json.loads((secrets / "sensors.json").read_text(encoding="utf-8"))
    return known | {
        file.name.removeprefix("password_"): file.read_text(encoding="utf-8") for file in secrets.glob("password_*")
    }


def broker(folder: Path, secrets: Path, options: Mapping[str, str] | None = None) -> Broker:
    """Return a broker, not yet started, with the form for its version and, for measurements, other options."""
    given = secrets / "broker"
    old = form(version()).name == "secured-2.0.conf"
    prefix = "" if old else "plugin_opt_"
    lines = {
        f"{prefix}password_file": str(given / "passwords"),
        f"{prefix}acl_file": str(given / "acl"),
        "certfile": str(given / "server.crt"),
        "keyfile": str(given / "server.key"),
    }
    config = folder / "given.conf"
    shipped = form(version()).read_text(encoding="utf-8")
    config.write_text(shipped if old else shipped.replace(IN_IMAGE, f"{plugins()}/mosquitto_"), encoding="utf-8")
    return Broker(folder, config=config, lines=lines | dict(options or {}))


def plugins() -> Path:
    """Return the folder of the plugins that belong to the Mosquitto on this computer."""
    executable = shutil.which(find() or "mosquitto") or ""
    library = Path(executable).parent.parent / "lib"
    return next(path.parent for place in PLACES for path in sorted(library.glob(place)))
