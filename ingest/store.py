"""The writing side of the store: transactions that are committed as a whole or leave nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from ingest.chain import Chain
from ingest.statements import Statements
from ingest.transaction import Transaction
from ingest.writer import Begun, Writer


class StoreError(Exception):
    """The store cannot be written now (full, locked, gone): nothing was committed, and nothing may be acknowledged."""


class Store:
    """The writing side of the store."""

    def __init__(self, writer: Writer, model_version: str, keep_us: int | None = None) -> None:
        """Keep the connection; `model_version` is written beside every reading that it judged.

        `keep_us` is how long readings are kept, in microseconds; None: for ever.
        """
        self._writer = writer
        self._keep_us = keep_us
        self._errors = (DBAPIError, writer.dialect.loaded_dbapi.Error)
        self._statements = Statements.prepared(writer.dialect)
        self._chain: Chain | None = None
        self._model_id = 0
        self.use_model(model_version)

    def use_model(self, version: str) -> None:
        """Write another version beside the readings from now on.

        Raises:
            StoreError: it could not be written.

        """
        with self.transaction() as transaction:
            self._model_id = transaction.model_id(version)

    def forget(self, now_us: int) -> int:
        """Forget some of the readings that have been kept for long enough; return how many.

        Raises:
            StoreError: none was.

        """
        if self._keep_us is None:
            return 0
        with self.transaction() as transaction:
            return transaction.forget(now_us - self._keep_us)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Commit all or nothing.

        Raises:
            StoreError: nothing was written.

        """
        try:
            with Begun(self._writer) as begun:
                chain = self._chain = self._chain or Chain.stored(begun.connection)
                chain.unlink()
                yield Transaction(begun, self._statements, chain, self._model_id)
            chain.keep()
        except self._errors as error:
            original = error.orig if isinstance(error, DBAPIError) else error
            raise StoreError(f"{type(original).__name__}: {original}") from error

    @property
    def newest(self) -> int:
        """The id of the newest reading that is stored for good."""
        return 0 if self._chain is None else self._chain.newest
