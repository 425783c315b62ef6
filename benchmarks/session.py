"""A session at the broker as stock paho holds it: MQTT 5, kept while away, acknowledged by hand."""

from collections.abc import Callable
from typing import Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.subscriber import READINGS

WINDOW: Final = 5_000
"""Messages that the broker may send before the first is acknowledged: as many as Vigía lets it."""

Deal = Callable[[mqtt.Client, object, mqtt.MQTTMessage], None]


def run(
    host: str,
    port: int,
    client_id: str,
    subscribed: Callable[[mqtt.Client], object],
    deal: Deal = lambda _client, _data, _message: None,
) -> None:
    """Connect, say when it is subscribed to all readings, and deal with each until the client disconnects."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5, manual_ack=True)

    def on_connect(
        client: mqtt.Client, _data: object, _flags: mqtt.ConnectFlags, _reason: ReasonCode, _properties: object
    ) -> None:
        client.subscribe(READINGS, qos=1)

    def on_subscribe(
        client: mqtt.Client, _data: object, _mid: int, _reasons: list[ReasonCode], _properties: object
    ) -> None:
        subscribed(client)

    client.on_connect, client.on_subscribe, client.on_message = on_connect, on_subscribe, deal
    connect = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho
    connect.SessionExpiryInterval = 3600
    connect.ReceiveMaximum = WINDOW
    client.connect(host, port, clean_start=False, properties=connect)
    client.loop_forever()
