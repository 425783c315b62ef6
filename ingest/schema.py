"""The tables of readings, beside those of alarms in the same database."""

from typing import Final

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, Table, Text, UniqueConstraint

from alerts.schema import BigId, metadata
from model.sample import NAMES

models: Final = Table(
    "models",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Text, nullable=False, unique=True),
)

readings: Final = Table(
    "readings",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=False),  # counts readings in the order of arrival
    Column("before_id", BigInteger, nullable=False),  # the reading of the same sensor that was stored before; 0: none
    # Of a row that the writer has read itself: to look both up again for each of millions of readings a day proves
    # nothing, so neither this nor the model is a foreign key.
    Column("sensor_id", Integer, nullable=False),
    Column("boot", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("marks", Integer, nullable=False),  # reading.Mark
    Column("digest", BigInteger, nullable=False),
    Column("packet", Integer, nullable=False),  # MQTT packet id, by which a redelivery is known
    *(Column(name, Float) for name in NAMES),
    Column("log_odds", Float, nullable=False),  # of not potable, at the training share
    Column("not_potable", Integer, nullable=False),
    Column("model_id", Integer, nullable=False),
    # What the broker delivers twice is stored once. The ordinal, mostly a time, goes first: new entries of all sensors
    # then stand side by side.
    UniqueConstraint("ordinal", "sensor_id", "boot"),
)

frontier: Final = Table(
    "frontier",
    metadata,
    Column("reading_id", BigInteger, primary_key=True, autoincrement=False),  # one row: ingest.chain
)

quarantine: Final = Table(
    "quarantine",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("received_us", BigInteger, nullable=False),
    Column("topic", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
