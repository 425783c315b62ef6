"""The list of faults by name; each takes back what it does."""

from collections.abc import Mapping
from typing import Final

from tests.faults import model_faults as model
from tests.faults import network_faults as network
from tests.faults import process_faults as process
from tests.faults import reading_faults as reading
from tests.faults import receiver_faults as receiver
from tests.faults import store_faults as store
from tests.faults.fault import Fault
from tests.faults.proxy import Weather
from tests.faults.receiver import Mood

FAULTS: Final[Mapping[str, Fault]] = {
    "ingest-kill": process.ingest_killed,
    "ingest-term": process.ingest_ended,
    "ingest-stop-8s": process.ingest_frozen(8.0),
    "ingest-stop-20s": process.ingest_frozen(20.0),
    "sender-kill": process.sender_killed,
    "sender-stop": process.sender_frozen,
    "broker-term": process.broker_restarted,
    "broker-kill": process.broker_killed,
    "broker-stop-8s": process.broker_frozen_shortly,
    "broker-stop-long": process.broker_frozen,
    "session-lost": process.session_lost,
    "page-kill": process.page_killed,
    "page-stop": process.page_frozen,
    "net-reset": network.connection_reset,
    "net-half-open": network.weather(Weather.HALF_OPEN, 16.0),
    "net-refuse": network.weather(Weather.REFUSE),
    "net-delay": network.weather(Weather.DELAY),
    "net-drip": network.weather(Weather.DRIP),
    "net-stall": network.weather(Weather.STALL, 8.0),
    "publisher-cut": network.publisher_cut,
    "sink-500": receiver.mood(Mood.ERROR),
    "sink-429": receiver.mood(Mood.BUSY),
    "sink-hang": receiver.mood(Mood.HANG),
    "sink-drip": receiver.mood(Mood.DRIP),
    "sink-reset": receiver.mood(Mood.RESET),
    "sink-refused": receiver.receiver_down,
    "store-locked": store.store_locked,
    "store-read": store.store_read,
    "store-full": store.store_full,
    "store-read-only": store.store_read_only,
    "store-read-only-start": store.store_read_only_at_start,
    "store-disk-failed": store.store_disk_failed,
    "store-moved": store.moved(""),
    "store-wal-moved": store.moved("-wal"),
    "store-replaced": store.store_replaced,
    "clock-forward": reading.clock(3_600.0),
    "clock-back": reading.clock(-3_600.0),
    "bundle-flipped": model.bundle_flipped,
    "bundle-truncated": model.bundle_truncated,
    "bundle-replaced": model.bundle_replaced,
    "payload-fuzz": reading.payloads_broken,
    "payload-retained": reading.payloads_retained,
    "readings-twice": reading.readings_twice,
}
NEEDS_DISK: Final = frozenset({"store-full", "store-read-only", "store-read-only-start", "store-disk-failed"})
FOR_RECEIVERS: Final = frozenset(name for name in FAULTS if name.startswith("sink-"))
UNNOTICED: Final = frozenset({"page-kill", "page-stop", "store-read"})
"""Not the stream's business: no excuse for telling anybody anything twice."""
ENDS_INGEST: Final = frozenset({"ingest-kill", "ingest-term", "store-read-only-start", "store-disk-failed"})
