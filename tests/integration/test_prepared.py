"""A prepared statement writes and returns what SQLAlchemy itself would, on one connection and in one transaction."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    create_engine,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError

from alerts.prepared import Prepared

things = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("done", Boolean),
    Column("facts", JSON),
)
ADD = Prepared(insert(things).returning(things.c.id, things.c.done))
FIND = select(things).where(things.c.id >= bindparam("least"), things.c.name != "hidden").order_by(things.c.id)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """Return a transaction on a store with the table."""
    engine = create_engine(f"sqlite:///{tmp_path}/things.db")
    things.create(engine)
    with engine.begin() as begun:
        yield begun


def test_rows_are_those_of_sqlalchemy(connection: Connection) -> None:
    """Truth values, JSON and nothing come back as such, whichever of the two wrote and whichever reads."""
    assert ADD.run(connection, {"name": "a", "done": True, "facts": {"n": [1, None, "ñ"]}}) == [(1, True)]
    assert ADD.run(connection, {"name": "b"}) == [(2, None)], "of the columns that are not given it says nothing"
    connection.execute(insert(things), {"name": "c", "done": False, "facts": []})
    found = Prepared(FIND)
    assert found.mappings(connection, {"least": 1}) == [
        {"id": 1, "name": "a", "done": True, "facts": {"n": [1, None, "ñ"]}},
        {"id": 2, "name": "b", "done": None, "facts": None},
        {"id": 3, "name": "c", "done": False, "facts": []},
    ]
    assert found.run(connection, {"least": 2}) == [tuple(row) for row in connection.execute(FIND, {"least": 2})]


def test_an_update_writes_the_columns_that_it_is_given(connection: Connection) -> None:
    """With what the statement itself says, and no others."""
    ADD.run(connection, {"name": "a", "done": False, "facts": {}})
    its = Prepared(update(things).where(things.c.id == bindparam("row")).values(name=things.c.name + "!"))
    assert its.run(connection, {"row": 1, "done": True}) == []
    assert its.run(connection, {"row": 1, "facts": [1]}) == []
    assert connection.execute(select(things)).one() == (1, "a!!", True, [1])


def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it(connection: Connection) -> None:
    """By whoever catches DBAPIError, with the statement; and the transaction goes on."""
    ADD.run(connection, {"name": "a"})
    with pytest.raises(DBAPIError, match=r"UNIQUE constraint failed: things\.name") as caught:
        ADD.run(connection, {"name": "a"})
    assert "INSERT INTO things" in str(caught.value)
    assert connection.execute(text("SELECT count(*) FROM things")).scalar() == 1
