"""A bare paho subscriber that commits each message as it came, with `synchronous=FULL`: the least that is not lost.

It decodes nothing and judges nothing. What it takes longer than the bare one is SQLite's commit and the disk's sync,
for which everybody has to wait who acknowledges nothing before it is stored.
"""

import paho.mqtt.client as mqtt

from benchmarks import session
from benchmarks.record import Record, Task
from benchmarks.rivals import durable
from ingest import garbage


def main() -> None:
    """Commit, count and acknowledge."""
    task = Task.given()
    record = Record(task)
    store = durable.opened(task.folder / "messages.db")
    store.execute("CREATE TABLE messages (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)")

    def deal(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        payload = bytes(message.payload)
        store.execute("INSERT INTO messages (payload) VALUES (?)", (payload,))
        record.dealt([payload])
        client.ack(message.mid, 1)

    garbage.hold_still()  # as the bare one
    record.begin()
    session.run(task.host, task.port, task.client_id, lambda _: record.ready(), deal)


if __name__ == "__main__":
    main()
