"""A bare paho subscriber that only counts and acknowledges: what stock paho can carry at all."""

import paho.mqtt.client as mqtt

from benchmarks import session
from benchmarks.record import Record, Task
from ingest import garbage


def main() -> None:
    """Count and acknowledge."""
    task = Task.given()
    record = Record(task)

    def deal(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        record.dealt([bytes(message.payload)])
        client.ack(message.mid, 1)

    if task.times:  # or its collector may stop it for 40 ms once, and 5 times a slower p99 is easy to keep
        garbage.hold_still()
    record.begin()
    session.run(task.host, task.port, task.client_id, lambda _: record.ready(), deal)


if __name__ == "__main__":
    main()
