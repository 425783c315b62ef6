"""The tables of readings, beside those of alarms in the same database."""

from typing import Final

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, LargeBinary, Table, Text, UniqueConstraint

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
    Column("id", BigId, primary_key=True),
    Column("sensor_id", ForeignKey("sensors.id"), nullable=False),
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
    Column("model_id", ForeignKey("models.id"), nullable=False),
    # The sensor's own order; what the broker delivers twice is stored once.
    UniqueConstraint("sensor_id", "boot", "ordinal"),
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
