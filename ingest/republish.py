"""Sends messages to the broker once more, each with the broker's word that somebody is to get it."""

import queue
from typing import Final, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from settings.schema import Mqtt

PATIENCE_S: Final = 10.0
NOBODY: Final = 0x10
"""Taken, but no session wants it: ingest has never connected, and nothing would be stored."""


class PublishError(Exception):
    """The broker cannot be reached, lets us not in, or does not take a message."""


class Republisher:
    """A connection of its own while entered; its session ends with it."""

    def __init__(self, settings: Mqtt) -> None:
        """Take where the broker is and who we are there; nothing is connected yet."""
        self._where = (settings.host, settings.port)
        self._answers: queue.Queue[ReasonCode] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        if settings.username is not None:
            password = settings.password.get_secret_value() if settings.password else None
            self._client.username_pw_set(settings.username, password)
        if settings.ca is not None:
            self._client.tls_set(str(settings.ca))
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._answers.put(reason)
        self._client.on_publish = lambda _c, _u, _m, reason, _p: self._answers.put(reason)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send one message and wait for its acknowledgement.

        Raises:
            PublishError: it was not taken, or nobody would get it.

        """
        self._client.publish(topic, payload, qos=1)
        reason = self._answer()
        if reason.is_failure:
            raise PublishError(f"the broker refuses {topic}: {reason}; it takes a login that may write there")
        if reason.value == NOBODY:
            raise PublishError("no consumer has a session at the broker: start ingest once, then replay")

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            PublishError: the broker cannot be reached or refuses.

        """
        host, port = self._where
        try:
            self._client.connect(host, port)
        except OSError as error:
            raise PublishError(f"no broker at {host}:{port}: {error}") from None
        self._client.loop_start()
        reason = self._answer()
        if reason.is_failure:
            self.__exit__()
            raise PublishError(f"the broker at {host}:{port} refuses: {reason}")
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _answer(self) -> ReasonCode:
        try:
            return self._answers.get(timeout=PATIENCE_S)
        except queue.Empty:
            raise PublishError("the broker does not answer") from None
