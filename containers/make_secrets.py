#!/usr/bin/env python3
"""Makes every secret that docker-compose.yml mounts, in the git-ignored folder `secrets/`; needs Python and openssl.

What is there already is kept, so that it can be run again for one more sensor. The folder can be entered by its owner
alone; the files in it can be read by all, because each container reads its own as a user that the host does not know.
"""

import argparse
import base64
import hashlib
import json
import os
import re
import secrets
import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
SERVICES: Final = ("vigia-ingest", "vigia-salud", "monitor")
"""Logins that mosquitto/acl names."""
SENSOR: Final = re.compile(r"[A-Za-z0-9_-]{1,64}/[A-Za-z0-9_-]{1,64}")
DEMO_SENSORS: Final = tuple(
    f"{site}/{kind}-{number:02}"
    for number, site, kind in zip(
        range(1, 13),
        ("pajaritos", "rinconada", "ciudad-satelite", "el-abrazo") * 3,
        ("tuberia", "ducto", "estanque") * 4,
        strict=True,
    )
)
"""The fleet of `python -m simulator --sensors 12`."""
DEMO_RECEIVER: Final = "json://sink:8080/"
CA_DAYS: Final = 3650
SERVER_DAYS: Final = 825
ITERATIONS: Final = 101
"""mosquitto_passwd's own number; the passwords have 192 random bits, so there is nothing to stretch."""


def main() -> None:
    """Make what is missing, and everything that follows from the logins."""
    given = arguments()
    folder: Path = given.folder
    broker = folder / "broker"
    broker.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    certificates(folder, broker, given.host)
    for name in ("api_key", "grafana_password", *(f"password_{login}" for login in SERVICES)):
        keep(folder / name, secrets.token_urlsafe(24))
    sensors = sensor_passwords(folder / "sensors.json", (*given.sensor, *(DEMO_SENSORS if given.demo else ())))
    receivers = given.receiver or ([DEMO_RECEIVER] if given.demo else [])
    if receivers:
        write(folder / "receivers.json", json.dumps(receivers) + "\n")
    keep(folder / "receivers.json", "[]\n")
    logins = {login: (folder / f"password_{login}").read_text(encoding="utf-8") for login in SERVICES} | sensors
    write(broker / "passwords", "".join(f"{login}:{hashed(password)}\n" for login, password in logins.items()))
    write(broker / "acl", (ROOT / "mosquitto" / "acl").read_text(encoding="utf-8") + acl(sensors))
    health = f"--cafile /etc/mosquitto/vigia/ca.crt\n-u vigia-salud\n-P {logins['vigia-salud']}\n"
    write(broker / "mosquitto_sub", health)
    print(f"{folder}: certificates, {len(SERVICES)} service logins, {len(sensors)} sensor logins (sensors.json)")  # noqa: T201


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=ROOT / "secrets", help="where to put them")
    parser.add_argument("--demo", action="store_true", help="logins of the simulator's sensors; alerts go to `sink`")
    parser.add_argument("--sensor", action="append", default=[], metavar="SITIO/SENSOR", help="one more login")
    parser.add_argument("--receiver", action="append", default=[], metavar="URL", help="Apprise URL; replaces the list")
    parser.add_argument("--host", action="append", default=[], help="name or address by which sensors reach the broker")
    given = parser.parse_args()
    for sensor in given.sensor:
        if not SENSOR.fullmatch(sensor):
            parser.error(f"{sensor!r}: a sensor is SITIO/SENSOR, each 1 to 64 letters, digits, '-' or '_'")
    return given


def certificates(folder: Path, broker: Path, hosts: list[str]) -> None:
    """Make an authority of our own, and with it the broker's certificate; a new one when hosts are given."""
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    ca, ca_key = folder / "ca.crt", folder / "ca.key"
    if not ca.exists():
        extensions = ("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        openssl(
            "req",
            "-x509",
            *curve,
            "-keyout",
            ca_key,
            "-out",
            ca,
            "-days",
            CA_DAYS,
            "-subj",
            "/CN=Vigia CA",
            *extensions,
        )
        ca_key.chmod(0o600)
        write(broker / "ca.crt", ca.read_text(encoding="utf-8"))
    if hosts or not (broker / "server.crt").exists():
        request, details = folder / "server.csr", folder / "server.ext"
        names = ["DNS:mosquitto", "DNS:localhost", "IP:127.0.0.1"]
        names += [
            ("IP:" if re.fullmatch(r"[\d.]+|[0-9a-fA-F:]+:[0-9a-fA-F:]*", host) else "DNS:") + host for host in hosts
        ]
        write(details, f"subjectAltName={','.join(names)}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        openssl("req", "-new", *curve, "-keyout", broker / "server.key", "-out", request, "-subj", "/CN=mosquitto")
        signing = ("-CA", ca, "-CAkey", ca_key, "-set_serial", secrets.randbits(63), "-days", SERVER_DAYS)
        openssl("x509", "-req", "-in", request, *signing, "-extfile", details, "-out", broker / "server.crt")
        (broker / "server.key").chmod(0o644)
        request.unlink()
        details.unlink()


def openssl(*words: object) -> None:
    """Run openssl; what it says is shown only when it fails."""
    done = subprocess.run(["openssl", *map(str, words)], check=False, capture_output=True, text=True)  # noqa: S603, S607
    if done.returncode:
        raise SystemExit(f"openssl {words[0]}: {done.stderr}")


def sensor_passwords(file: Path, wanted: tuple[str, ...]) -> dict[str, str]:
    """Return the password of every sensor, known or new, as they now stand in the file."""
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    sensors = {sensor: secrets.token_urlsafe(24) for sensor in wanted} | known
    write(file, json.dumps(sensors, indent=2) + "\n")
    return sensors


def hashed(password: str) -> str:
    """Return a password as Mosquitto keeps it: PBKDF2 with SHA-512."""
    salt = os.urandom(12)
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def acl(sensors: dict[str, str]) -> str:
    """Return the rights of each sensor, line by line: why not by `pattern` is in docs/adr/0030-logins-of-sensors.md."""
    return "".join(
        f"\nuser {sensor}\ntopic write agua/v1/{sensor}/lectura\ntopic write agua/v1/{sensor}/estado\n"
        for sensor in sensors
    )


def keep(file: Path, content: str) -> None:
    """Write a file unless it is there."""
    if not file.exists():
        write(file, content)


def write(file: Path, content: str) -> None:
    """Write in place: a container that has the file mounted sees the new content."""
    file.write_text(content, encoding="utf-8")
    file.chmod(0o644)


if __name__ == "__main__":
    main()
