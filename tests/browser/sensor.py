"""A sensor for browser tests: it publishes a pH, and nothing else."""

import json
import time

from paho.mqtt import publish

from simulator.stack import Stack


def send(stack: Stack, sensor: str, ph: float) -> None:
    """Publish a reading of now; return when the broker has it."""
    payload = json.dumps({"ts": time.time_ns() // 1_000_000, "ph": ph})
    publish.single(
        f"agua/v1/{sensor}/lectura", payload, qos=1, hostname=stack.broker.host, port=stack.broker.port, keepalive=10
    )
