"""The index of titles: their keys, and which signs and pairs of signs stand in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any  # what a signal sends may be anything

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from madang.db.grams import GramIndex
from madang.lib.folding import fold, grams

if TYPE_CHECKING:
    from madang.library.models import Bib

GRAMS = GramIndex(table="library_searchentry", key="bib_id", tokens="library_grams")
OTHER = ("subtitle", "other_titles", "responsibility", "publisher", "series", "subjects")
"""What is looked through besides title and author."""
INTO = """
INSERT INTO library_searchentry (bib_id, title, author, other{column}) VALUES (%s, %s, %s, %s{mark})
ON CONFLICT (bib_id) DO UPDATE
SET title = excluded.title, author = excluded.author, other = excluded.other{change}
"""
BESIDE = (
    "INSERT INTO library_searchentry (bib_id, title, author, other, grams)"
    " SELECT bib_id, title, author, other, grams FROM entering ON CONFLICT (bib_id) DO UPDATE"
    " SET title = excluded.title, author = excluded.author, other = excluded.other,"
    " grams = excluded.grams"
)
MANY = 20
"""So many titles at once are worth a table beside the index on PostgreSQL."""
Row = tuple[int, str, str, str]
KEYS = INTO.format(column="", mark="", change="")
WHOLE = INTO.format(column=", grams", mark=", %s", change=", grams = excluded.grams")
having = GRAMS.having
"""The ids of titles in which all pairs of words, which are keys, stand somewhere."""


def write(bibs: Iterable[Bib], using: str = DEFAULT_DB_ALIAS) -> None:
    """Have `bibs` found by what they say now. Doing it twice changes nothing.

    Saving a title does it by itself; who writes many at once calls this in the same transaction.
    """
    names = ("title", "author", *OTHER)
    said = ((bib.pk, {name: getattr(bib, name, "") for name in names}) for bib in bibs)
    enter(said, using=using)


def enter(said: Iterable[tuple[int, Mapping[str, Any]]], using: str = DEFAULT_DB_ALIAS) -> None:
    """As `write`, of ids and the columns of their titles, which need not be objects."""
    rows = [(pk, *_keys(columns)) for pk, columns in said]
    connection = connections[using]
    with transaction.atomic(using=using):
        if connection.vendor == "postgresql" and len(rows) >= MANY:
            _copy(rows, using)
            return
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.executemany(WHOLE, [(*row, grams(*row[1:])) for row in rows])
            return
        with connection.cursor() as cursor:
            cursor.executemany(KEYS, rows)
        GRAMS.write([(pk, keys) for pk, *keys in rows], using=using)


def _copy(rows: Sequence[Row], using: str) -> None:
    """By COPY beside the table first, since COPY stops at an entry that is there already.

    The array is written out here: no sign of a key is a quotation mark or a backslash.
    """
    with connections[using].cursor() as cursor:
        columns = "bib_id, title, author, other, grams"
        cursor.execute(
            f"CREATE TEMP TABLE entering AS SELECT {columns} FROM library_searchentry WITH NO DATA"  # noqa: S608
        )
        with cursor.copy(f"COPY entering ({columns}) FROM STDIN") as into:
            for row in rows:
                found = grams(*row[1:])
                into.write_row((*row, '{"' + '","'.join(found) + '"}' if found else "{}"))
        cursor.execute(BESIDE)
        cursor.execute("DROP TABLE entering")


def saved(instance: Bib, using: str, **_: Any) -> None:
    """Receive Django's `post_save` of a title, fixtures included."""
    write([instance], using=using)


def _keys(columns: Mapping[str, Any]) -> tuple[str, str, str]:
    other = "\n".join(fold(columns.get(name, "")) for name in OTHER)
    return fold(columns["title"]), fold(columns["author"]), other
