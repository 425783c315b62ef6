"""A statement of SQLAlchemy's that is put together once, and executed by the driver.

Around a statement that takes the database 20 µs, SQLAlchemy spends several times as many: it looks the statement up
among those that it knows, and makes objects of what comes back. That is worth sparing where readings wait for it: on
the way of an alarm from its reading to its receivers.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

Statement = Select[*tuple[Any, ...]] | Insert | Update
Convert = Callable[[Any], Any]


class Prepared:
    """One statement, for whatever database it is executed on."""

    def __init__(self, statement: Statement) -> None:
        """Take a statement whose parameters are always as many: none with `IN` and a list."""
        self._statement = statement
        self._forms: dict[tuple[str, ...], _Form] = {}
        self.columns = tuple(column.name for column in statement.exported_columns)
        """Of its rows; an INSERT or UPDATE without RETURNING has none."""

    def run(self, connection: Connection, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Execute it in the connection's transaction and return all rows.

        Parameters are the statement's own and, where it writes, the columns that are written.

        Raises:
            DBAPIError: the database refuses, as SQLAlchemy says it.

        """
        dialect = connection.dialect
        key = dialect.name, *parameters
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = _form(self._statement, dialect, list(parameters))
        cursor = connection.connection.cursor()
        try:
            cursor.execute(form.sql, form.bound(parameters))
            rows = cursor.fetchall() if self.columns else []
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError(form.sql, None, error) from error
        finally:
            cursor.close()
        return form.converted(rows)

    def mappings(self, connection: Connection, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Execute it and return the rows by column; raises as `run` does."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.run(connection, parameters)]


class _Form(NamedTuple):
    """A statement for one kind of database and one set of parameters, and what its types ask for."""

    sql: str
    constants: dict[str, Any]
    order: Sequence[str] | None
    into: Sequence[tuple[str, Convert]]
    out_of: Sequence[tuple[int, Convert]]

    def bound(self, parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a list, or by name: the driver's
        values = {**self.constants, **parameters}
        for name, convert in self.into:
            values[name] = convert(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def converted(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        if not self.out_of:
            return list(rows)
        changed = []
        for row in rows:
            its = list(row)
            for place, convert in self.out_of:
                its[place] = convert(its[place])
            changed.append(tuple(its))
        return changed


def _form(statement: Statement, dialect: Dialect, names: list[str]) -> _Form:
    compiled = statement.compile(dialect=dialect, column_keys=names)
    constants = {name: value for name, value in compiled.params.items() if name not in names}
    into = [
        (name, convert)
        for bound, name in compiled.bind_names.items()
        if (convert := bound.type.dialect_impl(dialect).bind_processor(dialect))
    ]
    out_of = [
        (place, convert)
        for place, column in enumerate(statement.exported_columns)
        if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    return _Form(str(compiled), constants, getattr(compiled, "positiontup", None), into, out_of)
