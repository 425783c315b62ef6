"""The statements that write many rows of a batch, prepared once for a database."""

from typing import Any, Final, NamedTuple, Self

from sqlalchemy import Dialect, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts import sensor_row
from alerts.schema import checkpoints, sensors
from alerts.sensor import SensorState
from ingest import past
from ingest.bulk import Bulk
from ingest.schema import readings
from model.sample import NAMES

READING: Final = (
    *("id", "before_id", "sensor_id", "boot", "ordinal", "time_us", "received_us", "marks", "digest", "packet"),
    *NAMES,
    *("log_odds", "not_potable", "model_id"),
)
STATE: Final = (*sensor_row.columns(SensorState()), "received_us", "reading_id")


class Statements(NamedTuple):
    """Rows of `READING`, of `STATE` and then the sensor's row id, and of `past.COLUMNS`."""

    add_readings: Bulk
    save_states: Bulk
    keep_checkpoints: Bulk

    @classmethod
    def prepared(cls, dialect: Dialect) -> Self:
        """Prepare them. A reading that is there already is left out; a checkpoint takes the place of an old one."""
        insert_into = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        states: dict[str, Any] = {name: bindparam(name) for name in STATE}
        its = update(sensors).where(sensors.c.id == bindparam("row")).values(states)
        kept = insert_into(checkpoints)
        newer = {name: kept.excluded[name] for name in ("boot", "ordinal", "reading_id", "state")}
        return cls(
            Bulk.insert(insert_into(readings).on_conflict_do_nothing(), READING, dialect),
            Bulk.update(its, (*STATE, "row"), dialect),
            Bulk.insert(
                kept.on_conflict_do_update(index_elements=["sensor_id", "slot"], set_=newer), past.COLUMNS, dialect
            ),
        )
