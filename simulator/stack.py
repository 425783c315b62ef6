"""All of Vigía on this computer, private: broker, consumer, HTTP service, and somebody to notify."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from settings.schema import Mqtt
from simulator.broker import HOST, Broker, free_port
from simulator.group import Group
from simulator.service import Service, ServiceError, environment
from simulator.sink import Sink

PAGE_PORT = 8000


@dataclass(frozen=True, slots=True)
class Stack:
    """What runs, and where. `store` is a SQLAlchemy URL; `prior` and `off_delay` (seconds) as set."""

    broker: Broker
    sink: Sink
    services: tuple[Service, ...]
    page: str
    store: str
    prior: str
    off_delay: str
    folder: Path

    @property
    def mqtt(self) -> Mqtt:
        """How to reach the broker."""
        return Mqtt(host=self.broker.host, port=self.broker.port)

    def check(self) -> None:
        """Raise ServiceError when a program has died."""
        code = self.broker.exit_code()
        if code is not None:
            raise ServiceError(f"Mosquitto ended with exit code {code}; see {self.broker.log}")
        for service in self.services:
            service.check()


@contextlib.contextmanager
def running(folder: Path, chosen: dict[str, str], stop: threading.Event) -> Iterator[Stack]:
    """Start everything with all files in `folder`; yield when it is ready, or when `stop` is set; end everything.

    `chosen` are the demo's settings of model and alerts as `VIGIA_…` variables; what the environment says goes first.

    Raises:
        BrokerError: Mosquitto is missing or does not start.
        ServiceError: a program dies or does not get ready.

    """
    metrics, api = free_port(), _page_port()
    page, store = f"http://{HOST}:{api}", f"sqlite:///{folder / 'vigia.db'}"
    config = folder / "vigia.yaml"
    config.write_text("# The demo sets everything by variables; this file keeps yours out of it.\n", encoding="utf-8")
    with Group() as group, Sink() as sink, Broker(folder, process_group=group.id) as broker:
        env = environment(
            VIGIA_MQTT__HOST=broker.host,
            VIGIA_MQTT__PORT=str(broker.port),
            VIGIA_STORE__URL=store,
            VIGIA_INGEST__METRICS_PORT=str(metrics),
            VIGIA_API__HOST=HOST,
            VIGIA_API__PORT=str(api),
            VIGIA_ALERTS__PAGE=page,
            # Each notice by itself: gathered ones would come after the end of a short demo.
            VIGIA_ALERTS__RECEIVERS=json.dumps([{"url": sink.url, "digest": 0}]),
        )
        env = chosen | env
        with (
            Service("ingest", ["--config", str(config)], env, folder, group) as consumer,
            Service("api", ["--config", str(config)], env, folder, group) as http,
        ):
            consumer.wait_ready(f"http://{HOST}:{metrics}/readyz", stop)
            http.wait_ready(f"{page}/readyz", stop)
            prior, off_delay = env["VIGIA_MODEL__PRIOR"], env["VIGIA_ALERTS__OFF_DELAY"]
            yield Stack(broker, sink, (consumer, http), page, store, prior, off_delay, folder)


def _page_port() -> int:
    try:
        with socket.create_server((HOST, PAGE_PORT)):
            return PAGE_PORT
    except OSError:
        return free_port()
