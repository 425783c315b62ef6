"""Many PUBLISH packets out of one read: each as it was sent, wherever the reads were cut."""

import struct
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import wire
from ingest.reading import Message

NOW_US, CONNECTION = 1_700_000_000_000_000, 7


def variable(number: int) -> bytes:
    """Return a variable byte integer, after the pseudo-code of the standard (1.5.5)."""
    encoded = b""
    while True:
        number, byte = divmod(number, 128)
        encoded += bytes([byte | 0x80 if number else byte])
        if not number:
            return encoded


@dataclass(frozen=True)
class Sent:
    """What a broker sends; `properties` are those of MQTT 5, None for a packet of 3.1.1."""

    topic: str = "agua/v1/s/p/lectura"
    payload: bytes = b"{}"
    qos: int = 1
    mid: int = 1
    dup: bool = False
    retain: bool = False
    properties: bytes | None = b""

    @property
    def packet(self) -> bytes:
        """As it goes over the wire (3.3)."""
        name = self.topic.encode()
        rest = struct.pack(">H", len(name)) + name
        if self.qos:
            rest += struct.pack(">H", self.mid)
        if self.properties is not None:
            rest += variable(len(self.properties)) + self.properties
        rest += self.payload
        return bytes([0x30 | self.dup << 3 | self.qos << 1 | self.retain]) + variable(len(rest)) + rest

    def received(self, place: int) -> Message:
        """As the line is to get it."""
        mid = self.mid if self.qos else 0
        return Message(self.topic, self.payload, NOW_US + place, self.dup, self.retain, mid, CONNECTION)


def sent(*, version5: bool) -> st.SearchStrategy[Sent]:
    """Return messages of QoS 0 and 1, of every size whose length takes one, two or three bytes."""
    sizes = st.sampled_from([0, 1, 90, 127, 128, 300, 16_383, 16_384, 20_000])
    properties = st.sampled_from([0, 1, 127, 128, 300]).map(bytes) if version5 else st.none()
    return st.builds(
        Sent,
        topic=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40),
        payload=sizes.flatmap(lambda size: st.binary(min_size=min(size, 40), max_size=40).map(lambda b: b.ljust(size))),
        qos=st.integers(0, 1),
        mid=st.integers(1, 65_535),
        dup=st.booleans(),
        retain=st.booleans(),
        properties=properties,
    )


def read(buffer: bytes, at: int = 0, *, version5: bool = True) -> wire.Parsed:
    """Read with the time and the connection of these tests."""
    return wire.publishes(buffer, at, NOW_US, CONNECTION, version5=version5)


@given(st.booleans().flatmap(lambda v5: st.tuples(st.just(v5), st.lists(sent(version5=v5), max_size=6))))
def test_every_message_is_read_as_it_was_sent(case: tuple[bool, list[Sent]]) -> None:
    """In order, each a microsecond after the one before it."""
    version5, messages = case
    buffer = b"".join(one.packet for one in messages)
    expected = [one.received(place) for place, one in enumerate(messages)]
    assert read(buffer, version5=version5) == (expected, len(buffer), len(buffer))


@given(st.lists(sent(version5=True), min_size=1, max_size=3), st.data())
def test_what_has_not_arrived_is_left_for_the_next_read(messages: list[Sent], data: st.DataObject) -> None:
    """Cut anywhere: what is complete is read, and where the rest begins, and by when it is there, is said."""
    buffer = b"".join(one.packet for one in messages)
    cut = data.draw(st.integers(0, len(buffer)))
    first = read(buffer[:cut])
    whole = [len(b"".join(one.packet for one in messages[: n + 1])) for n in range(len(messages))]
    assert len(first.messages) == sum(end <= cut for end in whole)
    assert first.at == max((end for end in whole if end <= cut), default=0)
    assert first.end in {first.at, *whole}
    second = read(buffer[first.at :])
    assert [one.payload for one in [*first.messages, *second.messages]] == [one.payload for one in messages]


def test_every_cut_of_a_header_waits() -> None:
    """A header of five bytes, cut after each of them."""
    packet = Sent(payload=bytes(2_100_000)).packet
    for cut in range(8):
        assert read(packet[:cut]) == ([], 0, len(packet) if cut >= 5 else 0)


@pytest.mark.parametrize(
    ("what", "packet"),
    [
        ("QoS 2", Sent(qos=2).packet),
        ("a PINGRESP", b"\xd0\x00"),
        ("a SUBACK", b"\x90\x04\x00\x01\x00\x01"),
        ("a DISCONNECT", b"\xe0\x02\x8e\x00"),
        ("no topic", Sent(topic="").packet),
        ("no packet id", Sent(mid=0).packet),
        ("nothing at all", b"\x32\x00"),
        ("a topic longer than its packet", b"\x32\x05\x00\x09a\x00\x01"),
        ("properties longer than their packet", b"\x30\x05\x00\x01a\x09\x00"),
        ("properties whose length has no end", b"\x30\x09\x00\x01a\xff\xff\xff\xff\x01x"),
    ],
)
def test_what_is_not_plain_is_left_to_somebody_else(what: str, packet: bytes) -> None:
    """With what comes before it read, whatever comes after it, and its end known."""
    before, after = Sent(mid=5), Sent(mid=6)
    for behind in (b"", after.packet):
        parsed = read(before.packet + packet + behind)
        assert parsed.messages == [before.received(0)], what
        assert (parsed.at, parsed.end) == (len(before.packet), len(before.packet + packet)), what


def test_a_length_of_more_than_four_bytes_is_somebody_else_s_too() -> None:
    """Once all bytes that prove it have arrived."""
    endless = b"\x32\xff\xff\xff\xff\x01"
    assert read(endless) == ([], 0, 6)
    assert read(endless[:5]).end > 5


def test_a_topic_that_is_not_utf8_is_given_as_none() -> None:
    """Decode refuses it; the packet is acknowledged like any other."""
    packet = Sent(topic="a?").packet.replace(b"a?", b"a\xff")
    [message] = read(packet).messages
    assert message.topic == wire.NOT_UTF8
    assert message.mid == 1


@given(st.lists(st.integers(1, 65_535)))
def test_acknowledgements_are_puback_packets_in_order(mids: list[int]) -> None:
    """Type 4, two bytes to come, the packet id (3.4)."""
    assert wire.pubacks(mids) == b"".join(b"\x40\x02" + mid.to_bytes(2) for mid in mids)
