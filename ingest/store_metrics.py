"""What Prometheus sees of the store: can it be written and read, how large is it, and what waits in the quarantine."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine, func, select

from ingest.at_scrape import AtScrape
from ingest.schema import quarantine

EVERY_S: Final = 5.0
PARTS: Final = ("", "-wal", "-shm")
"""Endings of the files that an SQLite store consists of."""


class StoreMetrics(Collector):
    """Bytes, free space, quarantine, and whether the store works."""

    def __init__(self, registry: CollectorRegistry, reader: Engine, writable: Callable[[], bool]) -> None:
        """Register; `writable` says whether the last write went well."""
        self._writable = writable
        self._file = _file(reader)
        self._told = AtScrape(reader, _told, EVERY_S)
        registry.register(self)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield what is known: where the store cannot be read, only that, and what the file system says."""
        told = self._told()
        yield GaugeMetricFamily("vigia_store_writable", "1 while the store can be written.", value=self._writable())
        yield GaugeMetricFamily("vigia_store_readable", "1 while the store can be read.", value=told is not None)
        if told is not None:
            rows, own_bytes = told
            yield GaugeMetricFamily("vigia_quarantine_messages", "Messages in the quarantine.", value=rows)
            if own_bytes is not None:
                yield GaugeMetricFamily("vigia_store_bytes", "Size of the store.", value=own_bytes)
        if self._file is not None:
            yield from _of_files(self._file)

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Yield nothing: registering must not read the store."""
        return ()


def _told(connection: Connection) -> tuple[int, int | None]:
    """Return the rows of the quarantine, and the bytes of a database that has no file of its own here.

    Rows are the span of their ids: exact where the oldest are deleted first, and at once however many there are.
    """
    span = func.max(quarantine.c.id) - func.min(quarantine.c.id) + 1
    rows = connection.execute(select(span)).scalar() or 0
    if connection.dialect.name != "postgresql":
        return rows, None
    return rows, connection.execute(select(func.pg_database_size(func.current_database()))).scalar()


def _file(reader: Engine) -> Path | None:
    named = reader.url.database if reader.dialect.name == "sqlite" else None
    return Path(named) if named and named != ":memory:" else None


def _of_files(file: Path) -> Iterable[GaugeMetricFamily]:
    parts = (file.with_name(file.name + ending) for ending in PARTS)
    try:
        size = sum(part.stat().st_size for part in parts if part.exists())
        disk = shutil.disk_usage(file.parent)
    except OSError:  # a volume that is gone; vigia_store_readable tells of it
        return
    yield GaugeMetricFamily("vigia_store_bytes", "Size of the store.", value=size)
    yield GaugeMetricFamily("vigia_store_disk_bytes", "Size of the disk that the store is on.", value=disk.total)
    yield GaugeMetricFamily("vigia_store_disk_free_bytes", "What is free of that disk.", value=disk.free)
