"""The two lines that a newcomer copies: a spot check by HTTP, a reading by MQTT. Both work as they are printed."""

import json

from model.sample import EXAMPLE

BODY = json.dumps(EXAMPLE, separators=(",", ":"))


def curl(page: str) -> str:
    """Return the spot check against the page's address."""
    return f"curl -s {page}/potabilidad -H 'Content-Type: application/json' -d '{BODY}'"


def mosquitto_pub(host: str, port: int) -> str:
    """Return a reading by a sensor called `a-mano` at a site called `visita`; without `ts` its arrival counts."""
    return f"mosquitto_pub -h {host} -p {port} -q 1 -t agua/v1/visita/a-mano/lectura -m '{BODY}'"
