"""Reading MARC into the catalogue, against pymarc's reading plus the database's own bulk load.

`./madang bench imports [--records 20000] [--marc FILE] [--rounds 3]`, on both databases. The
records are made, or those of a file. Measured are pymarc alone reading the file, the database
alone taking the same rows (COPY on PostgreSQL, prepared INSERTs in one transaction on SQLite; the
titles and copies, then the index of signs), and the import as it is done. Printed: seconds of
each part, and what share of the speed that the parts allow the import has.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any  # rows of any table

from bench._room import KINDS, database, on_each

TABLES = ("library_bib", "library_identifier", "library_item")
INDEX = ("library_searchentry", "library_grams")
Rows = tuple[list[str], list[tuple[Any, ...]]]


def main() -> None:
    """Measure on both, or on the one that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--on", choices=KINDS)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--marc", type=Path, help="a file of records instead")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.on is None:
        sys.exit(on_each("bench.imports", sys.argv[1:]))
    with database(options.on):
        source = options.marc.read_bytes() if options.marc else _made(options.records)
        _measure(options.on, source, options.rounds)


def _made(count: int) -> bytes:
    """Records as Korean libraries have them, each with two ISBN and two copies."""
    from tests.library.records import KORMARC, iso

    records = []
    for number in range(count):
        changed = {
            "001": f"KMO{number:09}",
            "049": f"0 $lEM{2 * number:09}$lEM{2 * number + 1:09}",
            "245": f"10$a토지 {number} :$b대하소설 /$d박경리 지음",
        }
        records.append(iso((tag, changed.get(tag, value)) for tag, value in KORMARC))
    return b"".join(records)


def _measure(kind: str, source: bytes, rounds: int) -> None:
    reading, import_, rows, signs = [], [], [], []
    for _round in range(rounds):
        reading.append(_timed(partial(_read, source)))
        import_.append(_timed(partial(_import, source)))
        tables = {name: _dump(name) for name in TABLES}
        index = {name: _dump(name) for name in INDEX if _is_there(name)}
        _empty()
        rows.append(_timed(partial(_load, tables)))
        signs.append(_timed(partial(_load, index)))
        _empty()
    parts = [statistics.median(each) for each in (reading, rows, signs)]
    whole = statistics.median(import_)
    print(
        f"{kind:10} pymarc reads {parts[0]:.2f} s, rows load {parts[1]:.2f} s,"
        f" index loads {parts[2]:.2f} s; import {whole:.2f} s:"
        f" {sum(parts) / whole:.2f} of the speed that the parts allow",
        flush=True,
    )


def _timed(act: Callable[[], object]) -> float:
    before = time.perf_counter()
    act()
    return time.perf_counter() - before


def _read(source: bytes) -> int:
    from pymarc import MARCReader

    return sum(record is not None for record in MARCReader(BytesIO(source)))


def _import(source: bytes) -> None:
    from django.utils import timezone

    from madang.library import importing

    at = timezone.now()
    batch = importing.stage(file_name="bench.mrc", format="marc", at=at, by=None)
    importing.begin(batch=batch, at=at)
    importing.take_in(batch=batch, stream=BytesIO(source), at=at)


def _is_there(table: str) -> bool:
    from django.db import connection

    return table in connection.introspection.table_names()


def _dump(table: str) -> Rows:
    from django.db import connection

    with connection.cursor() as cursor:
        if table == "library_grams":  # the index keeps no text: it is made of the keys again
            from madang.db.grams import tokens
            from madang.lib.folding import grams

            cursor.execute("SELECT bib_id, title, author, other FROM library_searchentry")
            found = [(pk, tokens(grams(*keys))) for pk, *keys in cursor.fetchall()]
            return ["rowid", "grams"], found
        cursor.execute(f"SELECT * FROM {table}")
        return [column[0] for column in cursor.description], cursor.fetchall()


def _load(tables: dict[str, Rows]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        for name, (columns, rows) in tables.items():
            if connection.vendor == "postgresql":
                _copy(cursor, name, columns, rows)
            else:
                marks = ", ".join(["%s"] * len(columns))
                sql = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})"
                cursor.executemany(sql, rows)


def _copy(cursor: Any, table: str, columns: list[str], rows: Sequence[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as into:
        for row in rows:
            into.write_row(row)


def _empty() -> None:
    from madang.library.models import Bib, ImportProblem, Item

    Item.objects.all().delete()
    Bib.objects.all().delete()
    ImportProblem.objects.all().delete()


if __name__ == "__main__":
    main()
