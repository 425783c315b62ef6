"""The broker's container alone, as docker-compose.yml starts it: every check of test_mosquitto_secured.py, again."""

from collections.abc import Iterator

import pytest

from simulator.broker import HOST
from tests.containers.conftest import TAG
from tests.containers.engine import Engine
from tests.containers.secured import passwords
from tests.containers.stack import Stack
from tests.integration.test_mosquitto_secured import (  # noqa: F401 - pytest runs what is imported
    OTHER,
    PREFIX,
    SENSOR,
    Secured,
    test_a_sensor_cannot_speak_for_anybody_else,
    test_a_sensor_cannot_take_the_consumers_session,
    test_a_sensor_reads_nothing,
    test_a_sensor_writes_its_own_reading_and_the_consumer_reads_it,
    test_a_wrong_password_is_refused,
    test_an_unknown_login_is_refused,
    test_only_the_monitor_reads_the_brokers_figures,
    test_plain_text_gets_no_answer,
    test_the_broker_proves_who_it_is,
    test_what_was_refused_does_not_reach_the_consumer,
)


@pytest.fixture(scope="module")
def secured(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Start it, with fresh secrets, and take it away."""
    stack = Stack(engine, tmp_path_factory.mktemp("broker"), TAG, SENSOR, OTHER, PREFIX)
    try:
        stack.up("mosquitto")
        yield Secured(HOST, stack.ports["BROKER"], stack.secrets, passwords(stack.secrets))
    finally:
        stack.remove()
