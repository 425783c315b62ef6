"""The store on a real SQLite: once each, all or nothing, and a clear word when it cannot."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, func, select, text

from alerts.addressee import Addressee, Duty
from alerts.fault import Cause, FaultState
from alerts.journal import Event
from alerts.outbox import Outbox
from alerts.policy import WaterState
from alerts.schema import alarms, metadata
from alerts.sensor import SensorState
from alerts.silence import SilenceState
from alerts.transition import Change, Kind, Severity, Transition
from ingest import database
from ingest.outcome import Refused, Scored, conflict
from ingest.reading import Limits, Message, Reading, decode
from ingest.rejection import DecodeError, Reason
from ingest.schema import quarantine, readings
from ingest.store import Store, StoreError
from ingest.writer import Writer
from tests.arranged import NOON, add, record

LIMITS = Limits(10**12, 10**15)


def scored(payload: str, received_us: int = NOON, *, redelivered: bool = False, mid: int = 0) -> Scored:
    """Return a reading with a verdict, as decoded from a message."""
    message = Message("agua/v1/centro/p-07/lectura", payload.encode(), received_us, redelivered=redelivered, mid=mid)
    [reading] = decode(message, LIMITS)
    assert isinstance(reading, Reading)
    return Scored(message, reading, 0.5, not_potable=True)


def count(engine: Engine) -> int:
    """Return how many readings are stored."""
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(readings)).scalar_one()


def test_migrations_and_tables_say_the_same(engine: Engine) -> None:
    """Whoever changes a table writes a migration; and a second start finds nothing to do."""
    database.migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_every_connection_is_durable(engine: Engine) -> None:
    """SQLite's defaults are not ours."""
    with engine.connect() as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]


def test_a_reading_that_comes_again_is_stored_once(engine: Engine) -> None:
    """In a later batch and in the same one."""
    store = Store(Writer(engine), "m1")
    payload = '{"ts": 1795348800000, "ph": 7}'
    first = add(store, [scored(payload)])
    again = add(store, [scored(payload, NOON + 1), scored(payload, NOON + 2)])
    assert (len(first.stored), len(again.stored), again.duplicates, again.conflicts) == (1, 0, 2, [])
    assert count(engine) == 1


def test_a_new_reading_among_old_ones_is_found(engine: Engine) -> None:
    """What was stored now and what was there is told apart one by one."""
    store = Store(Writer(engine), "m1")
    add(store, [scored('{"ts": 1795348800000, "ph": 7}')])
    new = scored('{"ts": 1795348801000, "ph": 7}', NOON + 2)
    added = add(
        store,
        [scored('{"ts": 1795348800000, "ph": 7}', NOON + 1), new, scored('{"ts": 1795348801000, "ph": 7}', NOON + 3)],
    )
    assert (added.stored, added.duplicates) == ([new], 2)


def test_the_same_key_with_other_values_is_a_conflict(engine: Engine) -> None:
    """It goes to the quarantine with its reason; the first one stays."""
    store = Store(Writer(engine), "m1")
    add(store, [scored('{"ts": 1795348800000, "ph": 7}')])
    other = scored('{"ts": 1795348800000, "ph": 8}', NOON + 1)
    added = add(store, [other])
    assert (added.stored, added.duplicates, added.conflicts) == ([], 0, [other])
    assert conflict(other).error.reason is Reason.CONFLICT


def test_a_redelivered_reading_without_a_key_is_known_by_its_packet(engine: Engine) -> None:
    """Its key is the time of arrival, and it arrives twice; equal values alone are no proof."""
    store = Store(Writer(engine), "m1")
    add(store, [scored('{"ph": 7}', mid=5)])
    again = add(store, [scored('{"ph": 7}', NOON + 5, redelivered=True, mid=5)])
    other = add(store, [scored('{"ph": 7}', NOON + 9, redelivered=True, mid=6)])
    assert (again.duplicates, len(again.stored), len(other.stored)) == (1, 0, 1)


def test_all_or_nothing(engine: Engine) -> None:
    """Whatever happens inside the transaction, half a batch is never there."""
    store = Store(Writer(engine), "m1")

    def half_a_batch() -> None:
        with store.transaction() as transaction:
            ids = {name: one.id for name, one in transaction.create(["centro/p-07"]).items()}
            transaction.add([scored('{"ph": 7}')], ids)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_a_batch()
    assert count(engine) == 0


def test_a_locked_store_says_so_and_recovers(engine: Engine, tmp_path: Path) -> None:
    """Another process holds the lock; ours tells of it, and works again afterwards."""
    store = Store(Writer(engine), "m1")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA busy_timeout=10"))
    other = database.writer(f"sqlite:///{tmp_path}/store.db")
    with other.begin(), pytest.raises(StoreError, match="locked"), store.transaction():
        pass
    other.dispose()
    assert len(add(store, [scored('{"ph": 7}')]).stored) == 1


def test_a_refused_message_is_kept_with_its_reason(engine: Engine) -> None:
    """The payload is cut, the reason is not."""
    store = Store(Writer(engine), "m1")
    message = Message("agua/v1/centro/p-07/lectura", b"x" * 9_000, NOON)
    with store.transaction() as transaction:
        transaction.quarantine([Refused(message, DecodeError(Reason.NOT_JSON, "no", "ph"))])
    with engine.connect() as connection:
        row = connection.execute(select(quarantine)).one()
    assert (row.reason, row.field, row.detail, len(row.payload)) == ("not_json", "ph", "no", 4096)


def test_transitions_alarms_and_deliveries_are_written_together(engine: Engine) -> None:
    """A presunta for one receiver, its confirmation for both, and the alarm carries all three times."""
    everybody = Duty((Addressee("turno"), Addressee("jefe", Severity.CONFIRMADA)))
    changes = [
        Transition(Kind.WATER, 1, Change.RAISED, Severity.PRESUNTA, NOON, 0.5, notify=True),
        Transition(Kind.WATER, 1, Change.CONFIRMED, Severity.CONFIRMADA, NOON + 1, 5.5, notify=True),
        Transition(Kind.WATER, 1, Change.CLEARED, Severity.CONFIRMADA, NOON + 2, 0.0, notify=False),
    ]
    with engine.begin() as connection:
        record(connection, [Event("centro/p-07", change, {}) for change in changes], everybody, NOON + 3)
    with engine.connect() as connection:
        alarm = connection.execute(select(alarms)).one()
    assert (alarm.severity, alarm.raised_us, alarm.confirmed_us, alarm.cleared_us) == (
        "confirmada",
        NOON,
        NOON + 1,
        NOON + 2,
    )
    box = Outbox(Writer(engine), engine)
    assert [(d.change, d.sensor) for d in box.pending("turno")] == [
        ("raised", "centro/p-07"),
        ("confirmed", "centro/p-07"),
    ]
    [for_the_boss] = box.pending("jefe")
    assert for_the_boss.change == "confirmed"
    box.sent({for_the_boss.id: NOON + 4})
    assert box.pending("jefe") == []
    assert box.oldest_pending_us() == NOON + 3


def test_a_sensor_is_remembered_as_it_stood(engine: Engine) -> None:
    """Every field of the state survives a restart."""
    store = Store(Writer(engine), "m1")
    state = SensorState(
        WaterState(
            3, 7, 5, number=2, severity=Severity.PRESUNTA, potable_for_us=9, notified_us=4, told=False, cleared_us=2
        ),
        FaultState(1, Cause.STUCK, 2, 30, 4, 99),
        SilenceState(3, silent=True, gaps=7, period_us=1_000, newest_us=5),
    )
    with store.transaction() as transaction:
        new = transaction.create(["a/b"])["a/b"]
        assert new.state == SensorState()
        transaction.save({new.id: state}, NOON)
    with store.transaction() as transaction:
        assert transaction.sensors()["a/b"].state == state
