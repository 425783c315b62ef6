"""Rows arrive as they were given, however many statements carry them."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Dialect, Integer, MetaData, Table, Text, bindparam, create_engine, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.dialects.sqlite import pysqlite

from ingest.bulk import TOGETHER, Bulk

things = Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("a", Text), Column("b", Integer))
ADD = sqlite.insert(things).on_conflict_do_nothing()


@pytest.mark.parametrize("number", [0, 1, 3, TOGETHER[0] - 1, TOGETHER[0], 3 * TOGETHER[0] + 7])
def test_each_row_is_written_once(tmp_path: Path, number: int) -> None:
    """In any order of columns, with gaps, and without those whose key is taken."""
    engine = create_engine(f"sqlite:///{tmp_path}/things.db")
    things.create(engine)
    rows = [(n, f"r{n}" if n % 3 else None, -n) for n in range(number)]
    raw = engine.raw_connection()
    cursor = raw.cursor()
    assert Bulk.insert(ADD, ("id", "a", "b"), engine.dialect).run(cursor, rows) == number
    turned = [(-n, n, f"r{n}") for n in range(number + 2)]
    assert Bulk.insert(ADD, ("b", "id", "a"), engine.dialect).run(cursor, turned) == 2
    raised = update(things).where(things.c.id == bindparam("row")).values(b=bindparam("b"))
    changed = Bulk.update(raised, ("b", "row"), engine.dialect).run(cursor, [(7, number), (8, number + 1)])
    raw.commit()
    raw.close()
    assert changed == 2
    with engine.connect() as connection:
        stored = [tuple(row) for row in connection.execute(select(things).order_by(things.c.id))]
    assert stored == [*rows, (number, f"r{number}", 7), (number + 1, f"r{number + 1}", 8)]


@pytest.mark.parametrize("dialect", [pysqlite.dialect(), psycopg.dialect()])  # type: ignore[no-untyped-call]
def test_a_database_gets_the_parameters_in_its_own_style(dialect: Dialect) -> None:
    """By place, or by name."""

    class Cursor:
        """Keeps what it is given."""

        rowcount = 2

        def execute(self, sql: str, parameters: object) -> None:
            """Keep it."""
            self.sql, self.parameters = sql, parameters

    cursor = Cursor()
    Bulk.insert(insert(things), ("b", "id", "a"), dialect).run(cursor, [(1, 2, "x"), (3, 4, "y")])  # type: ignore[arg-type]
    by_name = {"b_0": 1, "id_0": 2, "a_0": "x", "b_1": 3, "id_1": 4, "a_1": "y"}
    assert cursor.parameters in (by_name, [1, 2, "x", 3, 4, "y"], [2, "x", 1, 4, "y", 3])
