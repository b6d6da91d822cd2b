"""What one request does inside Django: its templates and its SQL, with times and places."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import CodeType
from typing import TYPE_CHECKING

from django.db import connections
from django.template.base import Template

from madang.wire import sites
from madang.wire.sites import Site, Step
from madang.wire.statements import without_values

if TYPE_CHECKING:
    from typing import Any  # a cursor and its rows may be anything

STATEMENTS = 300
TEMPLATES = 100
MANY = 3
"""Kept of one request, and how many rows with a query each make a loop."""

_current: ContextVar[Recording | None] = ContextVar("wire_recording", default=None)


class Statement:
    """One statement: `began` and `seconds` as the clock of `Recording` counts."""

    __slots__ = ("alias", "began", "loop", "rows", "seconds", "site", "sql", "step")

    def __init__(self, sql: str, *, alias: str, began: float) -> None:
        self.sql, self.alias, self.began = sql, alias, began
        self.seconds, self.rows, self.loop = 0.0, -1, -1
        self.site: Site
        self.step: Step | None


@dataclass
class Use:
    """A template: when it was first rendered, how often, seconds with all that it includes."""

    began: float
    seconds: float = 0.0
    times: int = 0


@dataclass(frozen=True)
class Loop:
    """The same query for row after row, at one place; `relation` is empty where none is known."""

    relation: str
    remedy: str
    site: Site
    times: int


@dataclass
class Recording:
    """Of one request. `until` is where the stack of the request begins."""

    until: CodeType
    began: float = field(default_factory=time.perf_counter)
    statements: list[Statement] = field(default_factory=list)
    untold: int = 0
    templates: dict[str, Use] = field(default_factory=dict)
    view_began: float | None = None
    exception: str = ""

    def elapsed(self) -> float:
        """Milliseconds since the beginning."""
        return _ms(time.perf_counter() - self.began)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Listen to every database connection of this thread and to the templates."""
        token = _current.set(self)
        try:
            with ExitStack() as stack:
                for connection in connections.all():
                    stack.enter_context(connection.execute_wrapper(self._execute))
                yield
        finally:
            _current.reset(token)

    def _execute(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # noqa: FBT001 - Django's own call
        context: dict[str, Any],
    ) -> Any:
        if len(self.statements) >= STATEMENTS:
            self.untold += 1
            return execute(sql, params, many, context)
        now = time.perf_counter
        statement = Statement(str(sql), alias=context["connection"].alias, began=now())
        statement.site, statement.step = sites.find(sys._getframe(1), self.until)
        self.statements.append(statement)
        began = now()
        try:
            result = execute(sql, params, many, context)
        finally:
            statement.seconds = now() - began
        cursor = context["cursor"]
        rows = cursor.cursor.rowcount
        if rows >= 0:
            statement.rows = rows
        elif cursor.cursor.description is not None:
            _count(cursor, statement)
        return result

    def loops(self) -> list[Loop]:
        """Queries that were asked for row after row; each statement is told its loop's place."""
        groups: dict[object, list[Statement]] = {}
        for statement in self.statements:
            if statement.sql.startswith("SELECT"):
                step = statement.step
                kind = None if step is None else (step.model, step.field, step.target)
                groups.setdefault((statement.site, statement.sql, kind), []).append(statement)
        found: list[Loop] = []
        for group in groups.values():
            step = group[0].step
            keys = {one.step.key for one in group if one.step} if step else set(range(len(group)))
            if len(keys) >= MANY:
                relation, remedy = sites.relation(step, group[0].sql) if step else ("", "")
                for statement in group:
                    statement.loop = len(found)
                found.append(Loop(relation, remedy, group[0].site, len(group)))
        return found

    def as_json(self) -> dict[str, object]:
        """Times in milliseconds since the beginning; statements as `statements.COLUMNS` says."""
        loops = self.loops()
        texts: dict[str, int] = {}
        rows = [
            (
                round((one.began - self.began) * 1000, 3),
                round(one.seconds * 1000, 3),
                one.rows,
                one.alias,
                texts.setdefault(one.sql, len(texts)),
                *one.site,
                one.loop,
            )
            for one in self.statements
        ]
        return {
            "view_began": self.view_began,
            "exception": self.exception,
            "sql": rows,
            "texts": [without_values(text) for text in texts],
            "untold": self.untold,
            "templates": [
                {
                    "name": name,
                    "began": _ms(use.began - self.began),
                    "ms": _ms(use.seconds),
                    "times": use.times,
                }
                for name, use in sorted(self.templates.items(), key=_first)
            ],
            "loops": [
                {
                    "relation": one.relation,
                    "remedy": one.remedy,
                    "file": one.site.name,
                    "line": one.site.line,
                    "times": one.times,
                }
                for one in loops
            ],
        }


def _first(used: tuple[str, Use]) -> float:
    """The outermost before what it includes."""
    return used[1].began


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def _count(cursor: Any, statement: Statement) -> None:
    """Count the rows as they are read, and their time: SQLite finds them only then."""
    statement.rows = 0
    kind: type = type(cursor)
    cursor.__class__ = _counting(kind)
    cursor.wire_statement = statement


@functools.cache
def _counting(kind: type) -> type:
    """Django's wrapper of cursors, with rows and time told to the statement that was executed."""
    if issubclass(kind, Counting):
        return kind
    return type(kind.__name__, (Counting, kind), {})


class Counting:
    """What is laid over a cursor."""

    wire_statement: Statement

    def fetchone(self) -> Any:
        """One row or None (PEP 249)."""
        began = time.perf_counter()
        found = self.__getattr__("fetchone")()  # type: ignore[attr-defined] # the wrapper's
        self.wire_statement.seconds += time.perf_counter() - began
        self.wire_statement.rows += found is not None
        return found

    def fetchmany(self, *size: int) -> Any:
        """The next rows (PEP 249)."""
        return self._several("fetchmany", *size)

    def fetchall(self) -> Any:
        """The rest of the rows (PEP 249)."""
        return self._several("fetchall")

    def _several(self, name: str, *size: int) -> Any:
        began = time.perf_counter()
        found = self.__getattr__(name)(*size)  # type: ignore[attr-defined] # the wrapper's
        self.wire_statement.seconds += time.perf_counter() - began
        self.wire_statement.rows += len(found)
        return found


def watch_templates() -> None:
    """Let every template tell the recording of its request when it is rendered; once is enough."""
    render = Template.render
    if getattr(render, "tells_wire", False):
        return

    @functools.wraps(render)
    def telling(self: Template, context: Any) -> Any:
        recording = _current.get()
        if recording is None:
            return render(self, context)
        began = time.perf_counter()
        try:
            return render(self, context)
        finally:
            _note(recording, self.name or "", began)

    telling.tells_wire = True  # type: ignore[attr-defined] # a mark of our own
    Template.render = telling  # type: ignore[method-assign] # Django has no hook for this


def _note(recording: Recording, name: str, began: float) -> None:
    use = recording.templates.get(name)
    if use is None:
        if len(recording.templates) >= TEMPLATES:
            return
        use = recording.templates[name] = Use(began)
    use.seconds += time.perf_counter() - began
    use.times += 1
