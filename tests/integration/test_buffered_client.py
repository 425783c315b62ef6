"""The buffered client beside stock paho: the same bytes in, the same messages and the same bytes out.

Both talk to a peer that plays a broker's bytes over a socket of this computer, so that every cut is where we want it.
A new version of paho belongs into `buffered_client.COMPARED` when this file passes with it.
"""

import contextlib
import re
import select
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

from ingest import buffered_client, wire
from ingest.buffered_client import BufferedClient, PlainClient, new_client
from ingest.reading import Message

V5, V311 = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
TOPIC = b"agua/v1/s/p/lectura"
CONNACK = {V5: b"\x20\x03\x00\x00\x00", V311: b"\x20\x02\x00\x00"}
PINGRESP = b"\xd0\x00"
TAKEN_OVER = b"\xe0\x02\x8e\x00"


def publish(payload: bytes, first: int = 0x32, mid: int = 1, properties: bytes | None = b"\x00") -> bytes:
    """Return a PUBLISH packet; `first` is its first byte, `properties` with their length, None before MQTT 5."""
    rest = struct.pack(">H", len(TOPIC)) + TOPIC + (struct.pack(">H", mid) if first & 6 else b"")
    rest += (properties or b"") + payload
    length = len(rest)
    size = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return bytes([first]) + size + rest


def user_property(size: int) -> bytes:
    """Return properties with their length: one of a user's, with a value of so many bytes."""
    one = b"\x26\x00\x01k" + struct.pack(">H", size) + b"v" * size
    length = len(one)
    return (bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])) + one


def script(version: MQTTProtocolVersion) -> bytes:
    """Return what a broker says after CONNACK: a bit of everything."""
    none = b"\x00" if version == V5 else None
    packets = [
        publish(b'{"ph": 7}', properties=none),
        publish(b"", 0x30, properties=none),  # QoS 0, empty
        publish(b"again", 0x3A, 2, none),  # a redelivery
        PINGRESP,
        publish(b"kept", 0x33, 3, none),  # retained
        publish(b"twice", 0x34, 4, none),  # QoS 2, in full with the next but one
        publish(b"x" * 150, mid=5, properties=none),
        b"\x62\x02\x00\x04",  # PUBREL
        publish(b"strange", mid=6, properties=none).replace(TOPIC, b"\xff" * len(TOPIC)),
    ]
    if version == V5:
        packets += [
            publish(b"short", mid=7, properties=user_property(3)),
            publish(b"long", mid=8, properties=user_property(200)),
            publish(b"last", mid=9),
            TAKEN_OVER,
        ]
    return b"".join(packets)


class Peer:
    """A client under test, connected to us."""

    def __init__(self, kind: type[PlainClient], path: Path, version: MQTTProtocolVersion = V5) -> None:
        """Connect the client, without a thread: `pump` runs it."""
        self.messages: list[Message] = []
        self.reasons: list[Any] = []
        self.client = kind("contract", self.messages.extend, version)
        self.client.on_disconnect = lambda _c, _u, _f, reason, _p: self.reasons.append(reason.value)
        self.client.transport = "unix"  # type: ignore[assignment] # paho allows it, and its type forgets it
        self._version = version
        self._path = path
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(path))
        self._door.listen()
        self.client.connect(str(path))
        self.accept()

    def accept(self) -> None:
        """Take the client's connection, and let it in."""
        self.ours = self._door.accept()[0]
        assert self.ours.recv(65_536)[0] == 0x10
        self.say(CONNACK[self._version])

    def say(self, data: bytes) -> None:
        """Send bytes, and let the client deal with them."""
        self.ours.sendall(data)
        self.pump()

    def pump(self) -> None:
        """Let the client read until nothing is left."""
        while (theirs := self.client.socket()) and select.select([theirs], [], [], 0)[0]:
            self.client.loop_read()

    def heard(self) -> bytes:
        """Return what the client has sent since; a client that leaves unread bytes behind resets the connection."""
        for _ in range(2):
            with contextlib.suppress(BlockingIOError, ConnectionResetError):
                return self.ours.recv(1_000_000, socket.MSG_DONTWAIT)
        return b""

    def close(self) -> None:
        """Let everything go."""
        self.client.disconnect()
        self.ours.close()
        self._door.close()
        self._path.unlink()

    def outcome(self) -> dict[str, object]:
        """Return what the client made of it, and what it said, the times aside; all that it got is acknowledged."""
        said = self.heard()
        if self.client.socket():
            self.client.ack_all([message.mid for message in self.messages if message.mid])
            said += self.heard()
        return {
            "messages": [(m.topic, m.payload, m.redelivered, m.retained, m.mid) for m in self.messages],
            "said": said,
            "reasons": list(self.reasons),
            "connected": self.client.socket() is not None,
        }


@contextlib.contextmanager
def peer(kind: type[PlainClient], folder: Path, version: MQTTProtocolVersion = V5) -> Iterator[Peer]:
    """Give a connected client of this kind."""
    made = Peer(kind, folder / "broker", version)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("version", [V5, V311])
def test_both_make_the_same_of_the_same_bytes_wherever_they_are_cut(
    tmp_path: Path, version: MQTTProtocolVersion
) -> None:
    """In one read; cut in two at every place; and byte by byte."""
    said = script(version)
    with peer(PlainClient, tmp_path, version) as stock:
        stock.say(said)
        expected = stock.outcome()
    assert len(stock.messages) == (10 if version == V5 else 7)
    for pieces in [
        [said],
        [said[i : i + 1] for i in range(len(said))],
        *([said[:cut], said[cut:]] for cut in range(1, len(said))),
    ]:
        with peer(BufferedClient, tmp_path, version) as ours:
            for piece in pieces:
                ours.say(piece)
            assert ours.outcome() == expected, f"first piece of {len(pieces[0])} bytes"


@pytest.mark.parametrize("broken", [b"\x32\xff\xff\xff\xff\x01", publish(b"", 0x36), b"\x00\x00", TAKEN_OVER])
def test_both_end_the_connection_at_the_same_packets(tmp_path: Path, broken: bytes) -> None:
    """A length without end, a QoS that is none, a packet that is none, a farewell; only what came before is there."""
    outcomes = []
    for kind in (PlainClient, BufferedClient):
        with peer(kind, tmp_path) as made:
            made.say(publish(b"good") + broken + publish(b"never"))
            outcomes.append(made.outcome())
    assert outcomes[0] == outcomes[1]
    assert not outcomes[1]["connected"]
    assert [message.payload for message in made.messages] == [b"good"]


def test_half_a_packet_does_not_outlive_its_connection(tmp_path: Path) -> None:
    """What the old connection cut off would garble all that the new one brings."""
    with peer(BufferedClient, tmp_path) as made:
        made.say(publish(b"one") + publish(b"two")[:-2])
        made.ours.close()
        made.pump()
        assert made.client.socket() is None
        made.client.reconnect()
        made.accept()
        made.say(publish(b"two") + publish(b"three"))
        assert [message.payload for message in made.messages] == [b"one", b"two", b"three"]


def test_a_packet_larger_than_a_read_arrives_whole(tmp_path: Path) -> None:
    """Joined once, at its end, and not before."""
    size = 3 * buffered_client.READ
    rest = struct.pack(">H", len(TOPIC)) + TOPIC + b"\x00\x01\x00" + bytes(size)
    length = bytes([len(rest) & 127 | 128, len(rest) >> 7 & 127 | 128, len(rest) >> 14])
    large = b"\x32" + length + rest
    with peer(BufferedClient, tmp_path) as made:
        for place in range(0, len(large), 50_000):
            made.say(large[place : place + 50_000])
        made.say(publish(b"after"))
        assert [len(message.payload) for message in made.messages] == [size, 5]


def test_one_read_brings_one_list_with_strictly_increasing_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the clock stands still: arrival is the key of a reading without a time of its own."""
    monkeypatch.setattr(buffered_client, "now_us", lambda: 1_700_000_000_000_000)
    lists: list[list[Message]] = []
    with peer(BufferedClient, tmp_path) as made:
        made.client._arrived = lists.append  # noqa: SLF001 - to see the lists themselves
        made.client.generation = 3
        made.say(b"".join(publish(b"%d" % n, mid=n) for n in range(1, 500)))
        made.say(publish(b"later"))
    assert [len(one) for one in lists] == [499, 1]
    messages = [message for one in lists for message in one]
    times = [message.received_us for message in messages]
    assert times == sorted(set(times))
    assert {message.generation for message in messages} == {3}


def test_acknowledgements_that_do_not_fit_into_the_socket_go_out_later(tmp_path: Path) -> None:
    """In order, none lost and none twice, between other packets of the client's own."""
    mids = [1 + n % 65_535 for n in range(200_000)]
    with peer(BufferedClient, tmp_path) as made:
        made.client.ack_all(mids)
        made.client.publish("estado", b"online", qos=0)
        assert made.client.want_write(), "all of it fitted: the test needs a longer list"
        said = b""
        while made.client.want_write():
            said += made.heard()
            made.client.loop_write()
        said += made.heard()
    acks = wire.pubacks(mids)
    assert said[: len(acks)] == acks
    assert said[len(acks)] == 0x30


def test_the_end_of_the_connection_is_noticed(tmp_path: Path) -> None:
    """By the network loop, which then connects again."""
    with peer(BufferedClient, tmp_path) as made:
        made.ours.close()
        assert made.client.loop_read() == MQTTErrorCode.MQTT_ERR_CONN_LOST
        assert made.client.loop_read() == MQTTErrorCode.MQTT_ERR_NO_CONN
        assert len(made.reasons) == 1


def test_the_pinned_version_of_paho_is_one_that_was_compared() -> None:
    """What is installed for real use is fast."""
    root = Path(__file__).parents[2]
    [pinned] = re.findall(r"^paho-mqtt==(\S+)", (root / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert pinned in buffered_client.COMPARED
    assert isinstance(new_client("a", print), BufferedClient)


def test_with_another_version_stock_paho_does_the_work(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """And the log says so."""
    monkeypatch.setattr(buffered_client, "COMPARED", frozenset({"0.0"}))
    made = new_client("a", print)
    assert type(made) is PlainClient
    assert isinstance(made, mqtt.Client)
    assert "slower" in caplog.text
