"""Django's SQLite back end as a site needs it: WAL, one fair queue of writers, no lost turns."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Any  # Django's own signatures have no narrower type

from django.db import OperationalError
from django.db.backends.sqlite3 import base

from madang.db.queue import QueueTimeout, WriterQueue

TIMEOUT = 20.0
"""Seconds a writer waits for its turn."""
READING = ("SELECT", "PRAGMA", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
INIT_COMMANDS = ["PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL"]


class QueuedCursor(base.SQLiteCursorWrapper):
    """A cursor whose writes outside a transaction take their turn, too."""

    def __init__(self, connection: Connection, wrapper: "DatabaseWrapper") -> None:
        super().__init__(connection)
        self._wrapper = wrapper

    def execute(self, query: str, params: Any = None) -> Any:
        """As Django's; a lone write waits for its turn first."""
        if query.lstrip()[:9].upper().startswith(READING):
            return super().execute(query, params)
        with self._wrapper.turn():
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        """As Django's; the whole batch waits for its turn first."""
        with self._wrapper.turn():
            return super().executemany(query, param_list)


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite with IMMEDIATE transactions, WAL, `synchronous=NORMAL` and a queue for writers.

    A transaction takes the queue before BEGIN IMMEDIATE and leaves it with COMMIT or ROLLBACK;
    waiting longer than 20 s is an `OperationalError`, as it is without the queue. Readers never
    wait. Databases in memory have one connection and no queue.
    """

    queue: WriterQueue | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """Django's parameters, with those this back end always sets."""
        params: dict[str, Any] = super().get_connection_params()
        params.setdefault("timeout", TIMEOUT)
        self.transaction_mode = "IMMEDIATE"
        self.init_commands: list[str] = [*INIT_COMMANDS, *self.init_commands]
        if not self.is_in_memory_db():
            path = Path(f"{params['database']}-queue")
            self.queue = WriterQueue(path, params["timeout"])
        return params

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor that queues its writes."""
        if self.queue is None:
            return super().create_cursor(name)
        return self.connection.cursor(factory=partial(QueuedCursor, wrapper=self))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the writer's turn for one statement, unless a transaction already holds it."""
        if self.queue is None or self.queue.is_held:
            yield
            return
        self._enter()
        try:
            yield
        finally:
            if not self.in_atomic_block:
                self._leave()

    def _enter(self) -> None:
        if self.queue is not None:
            try:
                self.queue.enter()
            except QueueTimeout as error:
                raise OperationalError("database is locked: no turn in time") from error

    def _leave(self) -> None:
        if self.queue is not None:
            self.queue.leave()

    def _start_transaction_under_autocommit(self) -> None:
        self._enter()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in stubs
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]  # not in stubs
        self._leave()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # not in stubs
        finally:
            self._leave()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # not in stubs
        finally:
            self._leave()
