"""The index of titles: their keys, and which signs and pairs of signs stand in them.

Two syllables are a word in Korean, and an index of three finds none of them. On PostgreSQL the
pairs are an array with a GIN index, on SQLite the tokens of an FTS5 table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any  # parameters of SQL may be anything

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models.expressions import RawSQL

from madang.library.folding import fold, grams

if TYPE_CHECKING:
    from madang.library.models import Bib

OTHER = ("subtitle", "other_titles", "responsibility", "publisher", "series", "subjects")
"""What is looked through besides title and author."""
INTO = """
INSERT INTO library_searchentry (bib_id, title, author, other{column}) VALUES (%s, %s, %s, %s{mark})
ON CONFLICT (bib_id) DO UPDATE
SET title = excluded.title, author = excluded.author, other = excluded.other{change}
"""
KEYS = INTO.format(column="", mark="", change="")
WHOLE = INTO.format(column=", grams", mark=", %s", change=", grams = excluded.grams")


def write(bibs: Iterable[Bib], using: str = DEFAULT_DB_ALIAS) -> None:
    """Have `bibs` found by what they say now. Doing it twice changes nothing.

    Saving a title does it by itself; who writes many at once calls this in the same transaction.
    """
    rows = [(bib.pk, *_keys(bib)) for bib in bibs]
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        pairs = [(pk, grams(*keys)) for pk, *keys in rows]
        if connection.vendor == "postgresql":
            whole = [(*row, found) for row, (_pk, found) in zip(rows, pairs, strict=True)]
            cursor.executemany(WHOLE, whole)
        else:
            cursor.executemany(KEYS, rows)
            sql = "DELETE FROM library_grams WHERE rowid = %s"
            cursor.executemany(sql, [(pk,) for pk, _ in pairs])
            sql = "INSERT INTO library_grams (rowid, grams) VALUES (%s, %s)"
            cursor.executemany(sql, [(pk, tokens(found)) for pk, found in pairs])


def saved(instance: Bib, using: str, **_: Any) -> None:
    """Receive Django's `post_save` of a title, fixtures included."""
    write([instance], using=using)


def having(words: Sequence[str], using: str = DEFAULT_DB_ALIAS) -> RawSQL:
    """The ids of titles in which all pairs of `words`, which are keys, stand somewhere."""
    wanted = [gram for gram in grams(*words) if len(gram) == 2 or gram in words]
    if connections[using].vendor == "postgresql":
        return _ids("SELECT bib_id FROM library_searchentry WHERE grams @> %s::text[]", wanted)
    return _ids("SELECT rowid FROM library_grams WHERE library_grams MATCH %s", tokens(wanted))


def _ids(sql: str, value: Any) -> RawSQL:
    return RawSQL(sql, [value])  # noqa: S611 - the sentence is one of the two above


def tokens(found: Iterable[str]) -> str:
    """Grams as words that no tokenizer of SQLite takes apart: six digits for each sign."""
    return " ".join(map(_token, found))


@lru_cache(maxsize=1 << 16)
def _token(gram: str) -> str:
    return "".join(f"{ord(sign):06x}" for sign in gram)


def _keys(bib: Bib) -> tuple[str, str, str]:
    other = "\n".join(fold(getattr(bib, name, "")) for name in OTHER)
    return fold(bib.title), fold(bib.author), other
