"""The tables of alarms: who each sensor is and where it stands, what changed when, and who is still to hear of it.

Times are UTC in microseconds since 1970: SQLite has no type that keeps a zone.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata: Final = MetaData(naming_convention=NAMING)

BigId: Final = BigInteger().with_variant(Integer, "sqlite")  # SQLite's row id is an INTEGER, and only that

sensors: Final = Table(
    "sensors",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),  # sitio/sensor
    Column("boot", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("time_us", BigInteger, nullable=False),
    Column("received_us", BigInteger, nullable=False),
    Column("reading_id", BigInteger, nullable=False),  # the newest that the row knows of; 0: none
    Column("s", Float, nullable=False),
    Column("llr_count", BigInteger, nullable=False),
    Column("llr_last", Float, nullable=False),
    Column("llr_mean", Float, nullable=False),
    Column("llr_variance", Float, nullable=False),
    Column("llr_covariance", Float, nullable=False),
    Column("recent", BigInteger, nullable=False),
    Column("number", Integer, nullable=False),
    Column("severity", Text),
    Column("potable_for_us", BigInteger),
    Column("notified_us", BigInteger),
    Column("told", Boolean, nullable=False),
    Column("cleared_us", BigInteger),
    Column("fault_number", Integer, nullable=False),
    Column("fault_cause", Text),
    Column("refused", Integer, nullable=False),
    Column("equal", Integer, nullable=False),
    Column("good", Integer, nullable=False),
    Column("digest", BigInteger, nullable=False),
    Column("silence_number", Integer, nullable=False),
    Column("silent", Boolean, nullable=False),
    Column("gaps", Integer, nullable=False),
    Column("period_us", BigInteger, nullable=False),
    Column("newest_us", BigInteger, nullable=False),
)

checkpoints: Final = Table(
    "checkpoints",
    metadata,
    Column("sensor_id", ForeignKey("sensors.id"), primary_key=True),
    Column("slot", Integer, primary_key=True),  # a handful each; the newest takes the place of the oldest
    Column("boot", BigInteger, nullable=False),
    Column("ordinal", BigInteger, nullable=False),
    Column("reading_id", BigInteger, nullable=False),  # the newest that was stored then; 0: none
    Column("state", JSON, nullable=False),  # of the sensor after the reading of this place in its order
)

holds: Final = Table(
    "holds",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("scope", Text, nullable=False),  # sitio or sitio/sensor
    Column("reason", Text, nullable=False),  # hold.Reason
    Column("kind", Text),  # of a shelved alarm; NULL: all kinds
    Column("from_us", BigInteger, nullable=False),
    Column("until_us", BigInteger),  # NULL: until somebody ends it
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("placed_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("ended_by", Text),
    # Asked for at every look: those that nobody has ended.
    Index(
        "ix_holds_standing",
        "until_us",
        sqlite_where=text("ended_us IS NULL"),
        postgresql_where=text("ended_us IS NULL"),
    ),
)

alarms: Final = Table(
    "alarms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sensor_id", ForeignKey("sensors.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Integer, nullable=False),  # the sensor's own count
    Column("severity", Text, nullable=False),
    Column("raised_us", BigInteger, nullable=False),
    Column("confirmed_us", BigInteger),
    Column("cleared_us", BigInteger),
    Column("acknowledged_us", BigInteger),
    Column("acknowledged_by", Text),
    Column("acknowledged_note", Text),
    Column("hold_id", ForeignKey("holds.id")),  # the shelf or window that kept people from being told, if one did
    Column("held_us", BigInteger),  # since when they would have been told; NULL: nothing is kept from them
    Column("lab_us", BigInteger),
    Column("lab_potable", Boolean),
    Column("lab_by", Text),
    Column("lab_note", Text),
    Column("escalate_us", BigInteger, index=True),  # when the second list is told; NULL: not, or no more
    Column("escalated_us", BigInteger),
    Column("repeats", Integer, nullable=False, server_default="0"),
    Column("remind_us", BigInteger, index=True),  # when people are told again; NULL: no more
    UniqueConstraint("sensor_id", "kind", "number"),
    # Open ones are a handful among all that ever were.
    Index("ix_alarms_open", "id", sqlite_where=text("cleared_us IS NULL"), postgresql_where=text("cleared_us IS NULL")),
)

transitions: Final = Table(
    "transitions",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("alarm_id", ForeignKey("alarms.id"), nullable=False, index=True),
    Column("change", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("decided_us", BigInteger, nullable=False),
    Column("notify", Boolean, nullable=False),
    Column("facts", JSON, nullable=False),
)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("transition_id", ForeignKey("transitions.id"), nullable=False),
    Column("receiver", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    Column("next_us", BigInteger, nullable=False),
    Column("sent_us", BigInteger),
    Column("error", Text),
    UniqueConstraint("transition_id", "receiver"),
    # What is still to be sent is a handful of rows among millions.
    Index(
        "ix_deliveries_pending",
        "receiver",
        "id",
        sqlite_where=text("status = 'pending'"),
        postgresql_where=text("status = 'pending'"),
    ),
)
