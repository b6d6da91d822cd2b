"""An index of which signs and pairs of signs stand in the texts of a table.

Two syllables are a word in Korean, and an index of three finds none of them. On PostgreSQL the
pairs are an array with a GIN index, on SQLite the tokens of an FTS5 table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any  # parameters of SQL may be anything

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models.expressions import RawSQL

from madang.lib.folding import grams


@dataclass(frozen=True)
class GramIndex:
    """The pairs beside the rows of `table`, known by its primary key `key`.

    They are in its column `grams` on PostgreSQL, in the table `tokens` on SQLite; a migration
    makes them by `create`. A row that is deleted is forgotten. Whoever has the table rebuilt on
    SQLite makes the trigger for it again.
    """

    table: str
    key: str
    tokens: str

    def create(self, editor: BaseDatabaseSchemaEditor) -> None:
        """The index, for a table that is there."""
        if editor.connection.vendor == "postgresql":
            editor.execute(
                f"ALTER TABLE {self.table} ADD COLUMN grams text[] NOT NULL DEFAULT '{{}}'"
            )
            editor.execute(f"CREATE INDEX {self.table}_grams ON {self.table} USING gin (grams)")
            return
        editor.execute(
            f"CREATE VIRTUAL TABLE {self.tokens}"
            " USING fts5(grams, detail=none, columnsize=0, tokenize='ascii')"
        )
        gone = f"DELETE FROM {self.tokens} WHERE rowid = old.{self.key};"  # noqa: S608 - names of ours
        editor.execute(
            f"CREATE TRIGGER {self.table}_gone AFTER DELETE ON {self.table} BEGIN {gone} END"
        )

    def drop(self, editor: BaseDatabaseSchemaEditor) -> None:
        """What does not go with the table."""
        if editor.connection.vendor == "sqlite":
            editor.execute(f"DROP TRIGGER {self.table}_gone")
            editor.execute(f"DROP TABLE {self.tokens}")

    def write(
        self, rows: Iterable[tuple[int, Sequence[str]]], using: str = DEFAULT_DB_ALIAS
    ) -> None:
        """Have each row of the table found by its keys (`madang.lib.folding.fold`)."""
        connection = connections[using]
        pairs = [(pk, grams(*keys)) for pk, keys in rows]
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                sql = f"UPDATE {self.table} SET grams = %s WHERE {self.key} = %s"  # noqa: S608
                cursor.executemany(sql, [(found, pk) for pk, found in pairs])
                return
            sql = f"DELETE FROM {self.tokens} WHERE rowid = %s"  # noqa: S608 - names of ours
            cursor.executemany(sql, [(pk,) for pk, _ in pairs])
            sql = f"INSERT INTO {self.tokens} (rowid, grams) VALUES (%s, %s)"  # noqa: S608
            cursor.executemany(sql, [(pk, tokens(found)) for pk, found in pairs])

    def having(self, words: Sequence[str], using: str = DEFAULT_DB_ALIAS) -> RawSQL:
        """The primary keys of rows in which all pairs of `words`, which are keys, stand."""
        wanted = [gram for gram in grams(*words) if len(gram) == 2 or gram in words]
        if connections[using].vendor == "postgresql":
            sql = f"SELECT {self.key} FROM {self.table} WHERE grams @> %s::text[]"  # noqa: S608
            return _ids(sql, wanted)
        sql = f"SELECT rowid FROM {self.tokens} WHERE {self.tokens} MATCH %s"  # noqa: S608
        return _ids(sql, tokens(wanted))


def _ids(sql: str, value: Any) -> RawSQL:
    return RawSQL(sql, [value])  # noqa: S611 - the sentence is one of the two above


def tokens(found: Iterable[str]) -> str:
    """Grams as words that no tokenizer of SQLite takes apart: six digits for each sign."""
    return " ".join(map(_token, found))


@lru_cache(maxsize=1 << 16)
def _token(gram: str) -> str:
    return "".join(f"{ord(sign):06x}" for sign in gram)
