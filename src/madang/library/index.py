"""The index of titles: their keys, and which signs and pairs of signs stand in them."""

from __future__ import annotations

from collections.abc import Iterable
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
KEYS = INTO.format(column="", mark="", change="")
WHOLE = INTO.format(column=", grams", mark=", %s", change=", grams = excluded.grams")
having = GRAMS.having
"""The ids of titles in which all pairs of words, which are keys, stand somewhere."""


def write(bibs: Iterable[Bib], using: str = DEFAULT_DB_ALIAS) -> None:
    """Have `bibs` found by what they say now. Doing it twice changes nothing.

    Saving a title does it by itself; who writes many at once calls this in the same transaction.
    """
    rows = [(bib.pk, *_keys(bib)) for bib in bibs]
    connection = connections[using]
    with transaction.atomic(using=using):
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.executemany(WHOLE, [(*row, grams(*row[1:])) for row in rows])
            return
        with connection.cursor() as cursor:
            cursor.executemany(KEYS, rows)
        GRAMS.write([(pk, keys) for pk, *keys in rows], using=using)


def saved(instance: Bib, using: str, **_: Any) -> None:
    """Receive Django's `post_save` of a title, fixtures included."""
    write([instance], using=using)


def _keys(bib: Bib) -> tuple[str, str, str]:
    other = "\n".join(fold(getattr(bib, name, "")) for name in OTHER)
    return fold(bib.title), fold(bib.author), other
