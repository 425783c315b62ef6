"""The network's turn where nobody is at the other end."""

import contextlib
import socket

import pytest
from prometheus_client import CollectorRegistry

from ingest import network
from ingest.subscriber import Subscriber
from settings.schema import Mqtt
from tests.waiting import wait_until


def test_a_connection_without_an_answer_is_tried_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody accepted it and is gone, as after a half-open outage: it must not cost a whole keep-alive."""
    monkeypatch.setattr(network, "LET_IN", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as door:
        door.settimeout(0)
        made = Subscriber(Mqtt(port=door.getsockname()[1]), 10, 10, CollectorRegistry())
        made.start()
        came: list[socket.socket] = []

        def three_have_come() -> bool:
            made.rest(0.05)
            with contextlib.suppress(BlockingIOError):
                came.append(door.accept()[0])
            return len(came) == 3

        wait_until(three_have_come, "the third attempt", 10)
        assert not made.ready
        made.close()
        for one in came:
            one.close()


def test_a_broker_that_is_not_there_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """Said once; the iteration goes on, so that whatever time asks for is done."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    made = Subscriber(Mqtt(port=port), 10, 10, CollectorRegistry())
    made.start()
    batches = iter(made)
    assert [next(batches) for _ in range(3)] == [[], [], []]
    assert caplog.text.count("cannot reach the broker") == 1
    made.close()
