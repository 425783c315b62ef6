"""The two lines that a newcomer copies: a spot check by HTTP, a reading by MQTT. Both work as they are printed."""

import json

# The reading of the assignment: water that is not potable.
BODY = json.dumps(
    {
        "ph": 10.316400384553162,
        "Hardness": 217.2668424334475,
        "Solids": 10676.508475429378,
        "Chloramines": 3.445514571005745,
        "Sulfate": 397.7549459751925,
        "Conductivity": 492.20647361771086,
        "Organic_carbon": 12.812732207582542,
        "Trihalomethanes": 72.28192021570328,
        "Turbidity": 3.4073494284238364,
    },
    separators=(",", ":"),
)


def curl(page: str) -> str:
    """Return the spot check against the page's address."""
    return f"curl -s {page}/potabilidad -H 'Content-Type: application/json' -d '{BODY}'"


def mosquitto_pub(host: str, port: int) -> str:
    """Return a reading by a sensor called `a-mano` at a site called `visita`; without `ts` its arrival counts."""
    return f"mosquitto_pub -h {host} -p {port} -q 1 -t agua/v1/visita/a-mano/lectura -m '{BODY}'"
