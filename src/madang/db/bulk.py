"""Many rows at once, with little between a value and the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from django.db import DEFAULT_DB_ALIAS, connections, models

PLAIN = (models.CharField, models.TextField, models.IntegerField, models.ForeignKey)
"""Fields whose values either database takes as they are."""


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    """Write new rows of `model`, but for those that a unique constraint refuses.

    `columns` are its fields by their attributes (`bib_id`); the others have their defaults. As
    `bulk_create(ignore_conflicts=True)`, which makes an object of each row and an expression of
    each value, and takes several times as long. Keys are the database's own; no signal is sent.
    In the caller's transaction. PostgreSQL takes the rows by COPY, beside the table first.
    """
    connection, meta = connections[using], model._meta
    named = {field.attname: field for field in meta.concrete_fields if not field.primary_key}
    fields = [named.pop(name) for name in columns]
    rest = [field.get_db_prep_save(field.get_default(), connection) for field in named.values()]
    prepare: list[tuple[int, Callable[..., object]]] = [
        (at, field.get_db_prep_save)
        for at, field in enumerate(fields)
        if not isinstance(field, PLAIN)
    ]
    values = []
    for row in rows:
        made = [*row, *rest]
        for at, prepared in prepare:
            made[at] = prepared(made[at], connection)
        values.append(made)
    names = [connection.ops.quote_name(str(field.column)) for field in [*fields, *named.values()]]
    table = connection.ops.quote_name(meta.db_table)
    if values and connection.vendor == "postgresql":
        _copy(table, ", ".join(names), values, using)
    elif values:
        marks = ", ".join(["%s"] * len(names))
        into = f"INSERT INTO {table} ({', '.join(names)})"
        with connection.cursor() as cursor:
            cursor.executemany(f"{into} VALUES ({marks}) ON CONFLICT DO NOTHING", values)


def _copy(table: str, names: str, values: list[list[object]], using: str) -> None:
    """COPY stops at the first conflict, so it goes beside the table, and from there into it."""
    with connections[using].cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE bulk AS SELECT {names} FROM {table} WITH NO DATA")
        with cursor.copy(f"COPY bulk ({names}) FROM STDIN") as into:
            for row in values:
                into.write_row(row)
        select = f"SELECT {names} FROM bulk"
        cursor.execute(f"INSERT INTO {table} ({names}) {select} ON CONFLICT DO NOTHING")
        cursor.execute("DROP TABLE bulk")
