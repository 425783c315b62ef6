"""The obvious way: a callback that makes a DataFrame of the message, predicts, stores, commits and acknowledges."""

import json
import sqlite3

import paho.mqtt.client as mqtt
import pandas as pd
from xgboost import XGBClassifier

from benchmarks import session
from benchmarks.record import Record, Task
from model.sample import NAMES
from settings.schema import CHAMPION


def main() -> None:
    """Score and store each message by itself."""
    task = Task.given()
    record = Record(task)
    classifier = XGBClassifier()
    classifier.load_model(CHAMPION / "model.ubj")
    store = sqlite3.connect(task.folder / "obvious.db", check_same_thread=False)
    columns = ", ".join(f"{name} REAL" for name in NAMES)
    store.execute(f"CREATE TABLE readings (topic TEXT, ts TEXT, seq INTEGER, {columns}, not_potable INTEGER)")
    insert = f"INSERT INTO readings VALUES ({', '.join('?' * (len(NAMES) + 4))})"  # noqa: S608 - question marks

    def deal(client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        body = json.loads(message.payload)
        row = [body[name] for name in NAMES]
        not_potable = int(classifier.predict(pd.DataFrame([row], columns=list(NAMES), dtype=float))[0])
        store.execute(insert, [message.topic, body["ts"], body["seq"], *row, not_potable])
        store.commit()
        record.dealt([bytes(message.payload)])
        client.ack(message.mid, 1)

    record.begin()
    session.run(task.host, task.port, task.client_id, lambda _: record.ready(), deal)


if __name__ == "__main__":
    main()
