"""Questions that are compiled once and asked again with other values.

Django compiles a queryset anew each time it is evaluated; for a question that is asked all the
time, over several tables, that costs more than the database does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any  # what a database's row holds

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

One = int | date | datetime
Value = One | Sequence[One] | None
KNOWN = 64
"""How many shapes of a question are kept."""
MARKS: dict[type[One], Callable[[int], One]] = {
    int: lambda n: -7_000_000_000 - n,
    date: lambda n: date(1000, 1, 1) + timedelta(days=n),
    datetime: lambda n: datetime(1000, 1, 1, tzinfo=UTC) + timedelta(days=n),
}
"""By type, values that no question has by itself: they show where in its text a value belongs."""


@dataclass(frozen=True)
class Compiled:
    """The text, its parameters (a value's place among the values, or a constant), and columns."""

    text: str
    places: tuple[int | None, ...]
    constants: tuple[Any, ...]
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]


class Prepared:
    """A question made from a function that builds its queryset of `values_list`.

    Called with the function's keyword arguments, it answers what that queryset would, as a list of
    tuples. Values are whole numbers, days, aware moments, sequences of one of these, or None; the
    function may look at nothing of them but how many there are and whether they are None: each
    goes to the database as it is, or the question is a `TypeError`.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._known: dict[object, Compiled | None] = {}

    def __call__(self, **values: Value) -> list[tuple[Any, ...]]:
        """The rows."""
        shape = (connection.vendor, *((name, _shape(value)) for name, value in values.items()))
        if shape not in self._known:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[shape] = self._compile(values)
        compiled = self._known[shape]
        return [] if compiled is None else _answer(compiled, _flat(values))

    def _compile(self, values: dict[str, Value]) -> Compiled | None:
        """The question of this shape; None where nothing can be found, as among no doctors."""
        marked, marks = _marked(values)
        query = self._build(**marked).query
        compiler = query.get_compiler(connection=connection)
        try:
            text, params = compiler.as_sql()
        except EmptyResultSet:
            return None
        adapted = [_adapt(mark) for mark in marks]
        places = tuple(adapted.index(each) if each in adapted else None for each in params)
        if set(places) - {None} != set(range(len(marks))):
            raise TypeError(f"{text}: some value does not go to the database as it is")
        columns = [column for column, _text, _name in compiler.select or ()]
        converters = compiler.get_converters(columns)
        return Compiled(text, places, tuple(params), converters)


def _answer(compiled: Compiled, values: list[Any]) -> list[tuple[Any, ...]]:
    params = [
        constant if place is None else values[place]
        for place, constant in zip(compiled.places, compiled.constants, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(compiled.text, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if not compiled.converters:
        return rows
    return [_converted(row, compiled.converters) for row in rows]


def _converted(
    row: Sequence[Any], converters: dict[int, tuple[list[Callable[..., Any]], Any]]
) -> tuple[Any, ...]:
    values = list(row)
    for index, (steps, column) in converters.items():
        for step in steps:
            values[index] = step(values[index], column, connection)
    return tuple(values)


def _shape(value: Value) -> object:
    if value is None or isinstance(value, int | date):
        return type(value)
    return (len(value), *{type(each) for each in value})


def _each(value: Value) -> Iterator[One]:
    if isinstance(value, int | date):
        yield value
    elif value is not None:
        yield from value


def _flat(values: dict[str, Value]) -> list[Any]:
    return [_adapt(each) for value in values.values() for each in _each(value)]


def _marked(values: dict[str, Value]) -> tuple[dict[str, Value], list[One]]:
    """For each value a mark of its type in its place, and all marks in order."""
    marks: list[One] = []
    marked: dict[str, Value] = {}
    for name, value in values.items():
        mine = [MARKS[type(each)](len(marks) + n) for n, each in enumerate(_each(value))]
        marks += mine
        is_one = isinstance(value, int | date)
        marked[name] = None if value is None else mine[0] if is_one else mine
    return marked, marks


def _adapt(value: One) -> Any:
    """As the field's own preparation hands it to the database."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value
