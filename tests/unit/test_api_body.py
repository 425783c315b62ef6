"""A body that does not arrive in time, or not at all, ends with a problem and never with a wait."""

import asyncio

import pytest
from fastapi import Request
from starlette.types import Message

from api import body
from api.problems import Problem


def request(*messages: Message) -> Request:
    """Return a request that sends these ASGI messages and then nothing more."""
    waiting = list(messages)

    async def receive() -> Message:
        return waiting.pop(0) if waiting else await asyncio.Event().wait()  # type: ignore[return-value]

    return Request({"type": "http", "headers": []}, receive)


def read(*messages: Message) -> bytes:
    """Read the body of such a request."""
    return asyncio.run(body.read(request(*messages)))


def part(content: bytes, *, more: bool) -> Message:
    """Return a piece of a body."""
    return {"type": "http.request", "body": content, "more_body": more}


def test_a_body_in_pieces_is_put_together() -> None:
    """As networks deliver it."""
    assert read(part(b'{"ph"', more=True), part(b": 7}", more=False)) == b'{"ph": 7}'


def test_a_body_that_stops_in_the_middle_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is closed with it: the rest could still come."""
    monkeypatch.setattr(body, "PATIENCE", 0.01)
    with pytest.raises(Problem) as caught:
        read(part(b'{"ph"', more=True))
    assert caught.value.status == 408
    assert caught.value.headers == {"Connection": "close"}


def test_a_client_that_hangs_up_is_no_bug_of_ours() -> None:
    """It is not logged as one."""
    with pytest.raises(Problem) as caught:
        read(part(b'{"ph"', more=True), {"type": "http.disconnect"})
    assert caught.value.status == 400


def test_a_service_that_stops_does_not_wait_for_a_body() -> None:
    """Whoever else ends the request is not taken for its own deadline."""

    async def stop() -> None:
        reading = asyncio.create_task(body.read(request()))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(stop())
