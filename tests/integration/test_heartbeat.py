"""Signs of life for somebody outside, and an alarm about alarms that do not arrive."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry

from alerts import norms, overdue
from alerts.direct import Direct
from alerts.heartbeat import Heartbeat
from alerts.overdue import Overdue
from alerts.sender import SendError
from alerts.text import Text
from alerts.wording import Wording
from tests.waiting import wait_until

CANARY = "canario-latido"
NOW_US = 1_780_000_000_000_000


class Switch:
    """A dead-man's switch: counts signs of life, answers as told."""

    def __init__(self) -> None:
        """Listen."""
        self.beats = 0
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.beats += outer.status == 200
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/{CANARY}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Be gone."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def switch() -> Iterator[Switch]:
    """Return a switch that listens."""
    made = Switch()
    yield made
    made.close()


def test_it_beats_while_all_is_well_and_only_then(switch: Switch, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody outside misses it when the store or the broker is away."""
    well = True
    with Heartbeat(switch.url, 0.05, lambda: well, CollectorRegistry()):
        wait_until(lambda: switch.beats > 1)
        well = False
        wait_until(lambda: "is not well" in caplog.text)
        before = switch.beats
        well = True
        wait_until(lambda: "well again" in caplog.text)
        wait_until(lambda: switch.beats > before)
    assert caplog.text.count("is not well") == 1


def test_trouble_with_the_switch_is_told_without_its_address(switch: Switch, caplog: pytest.LogCaptureFixture) -> None:
    """Who has the address can say that all is well."""
    switch.status = 500
    with Heartbeat(switch.url, 0.05, lambda: True, CollectorRegistry()):
        wait_until(lambda: "the address answers 500" in caplog.text)
        switch.status = 200
        wait_until(lambda: switch.beats)
    with Heartbeat(f"http://127.0.0.1:1/{CANARY}", 0.05, lambda: True, CollectorRegistry()):
        wait_until(lambda: "cannot be reached" in caplog.text)
    with Heartbeat(f"no address {CANARY}", 0.05, lambda: True, CollectorRegistry()):
        wait_until(lambda: "no sign of life was sent" in caplog.text)
    assert CANARY not in caplog.text


class Owed:
    """What is owed to whom: the outbox as this asks for it."""

    def __init__(self) -> None:
        """Owe nothing."""
        self.since_us: dict[str, int] = {}

    def pending(self, name: str, _limit: int) -> list[SimpleNamespace]:
        """Return the oldest."""
        return [SimpleNamespace(created_us=self.since_us[name])] if name in self.since_us else []


class Person:
    """A receiver who remembers."""

    def __init__(self, name: str) -> None:
        """Begin without a word."""
        self.name = name
        self.told: list[str] = []

    def send(self, text: Text) -> None:
        """Listen, unless out of reach."""
        if self.name == "sordo":
            raise SendError("refused")
        self.told.append(text.body)


def test_the_others_hear_once_of_a_receiver_that_is_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """Two minutes after the oldest notification; again only after it had been well."""
    people = [Person("turno"), Person("planta"), Person("sordo")]
    words = Wording("es", "America/Santiago", "http://127.0.0.1:8000", norms.load())
    owed, registry = Owed(), CollectorRegistry()
    watch = Overdue(owed, [Direct(one, words) for one in people], "es", registry)  # type: ignore[arg-type]
    at = [NOW_US + n * 60_000_000 for n in range(10)]
    owed.since_us["turno"] = NOW_US
    watch.look(at[1])
    assert (people[1].told, registry.get_sample_value("vigia_receivers_overdue")) == ([], 0)
    watch.look(at[3])
    watch.look(at[4])
    assert people[1].told == ["AVISOS SIN ENTREGAR · turno · desde hace 3 min. Avise por otro medio."]
    assert people[0].told == []
    assert registry.get_sample_value("vigia_receivers_overdue") == 1
    owed.since_us.clear()
    watch.look(at[5])
    owed.since_us["turno"] = at[5]
    watch.look(at[8])
    assert len(people[1].told) == 2
    assert caplog.text.count("not delivered to turno") == 2
    assert caplog.text.count("receiver sordo was not told") == 2


def test_a_store_that_is_away_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It looks again."""
    monkeypatch.setattr(overdue, "LOOK_S", 0.01)
    words = Wording("es", "America/Santiago", "http://127.0.0.1:8000", norms.load())
    watch = Overdue(None, [Direct(Person("turno"), words)], "es", CollectorRegistry())  # type: ignore[arg-type]
    with watch:
        wait_until(lambda: caplog.text.count("could not be looked for") > 1)
    watch.join(10)
    assert not watch.is_alive()
