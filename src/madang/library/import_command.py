"""`madang import marc FILE`: read a file of records into the catalogue of the configured site."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from madang.lib.terminal import gettext as _
from madang.lib.terminal import language

if TYPE_CHECKING:
    from madang.library.models import ImportBatch

WIDTH = 30
KINDS = {"marc": {"marc", "marcxml"}, "books": {"csv", "xlsx"}}


def run(argv: list[str]) -> int:
    """0 if every record is in the catalogue, 1 if some were rejected, 2 if the file is none."""
    options = _parser().parse_args(argv)
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
        stream = options.file.open("rb")
    except ImproperlyConfigured as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(_("the file cannot be read: {why}").format(why=error.strerror))
    from django.utils import translation

    with stream, translation.override(language()):
        return _import(options, stream)


def _refuse(sentence: str) -> int:
    print(f"madang import: {sentence}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang import", description=_("Read a file into the catalogue.")
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    marc = kinds.add_parser("marc", help=_("MARC21 or KORMARC (ISO 2709), or MARCXML"))
    books = kinds.add_parser("books", help=_("a table: CSV (UTF-8 or CP949) or XLSX"))
    for kind in (marc, books):
        kind.add_argument("file", type=Path, help=_("the file"))
        kind.add_argument("--dry-run", action="store_true", help=_("say what it would bring, only"))
    books.add_argument("--columns", help=_("what the columns hold: title,author,,isbn"), default="")
    return parser


def _import(options: argparse.Namespace, stream: BinaryIO) -> int:
    from django.utils import timezone

    from madang.library import importing, reading
    from madang.library.columns import FIELDS

    name = f"{options.file.name}.csv" if options.kind == "books" else options.file.name
    found = reading.format_of(name, stream.read(4096))
    stream.seek(0)
    if found not in KINDS[options.kind]:
        return _refuse(_("this is neither MARC nor MARCXML nor a table, or not what you say."))
    at, tell = timezone.now(), _bar(stream, options.file.stat().st_size)
    columns = options.columns.split(",") if options.kind == "books" and options.columns else []
    if unknown := set(columns) - set(FIELDS):
        names = " ".join(filter(None, FIELDS))
        return _refuse(
            _("{unknown}: a column holds one of {names}").format(
                unknown=" ".join(sorted(unknown)), names=names
            )
        )
    assert found is not None
    batch = importing.stage(
        file_name=options.file.name, format=found, at=at, by=None, columns=columns
    )
    try:
        if options.dry_run:
            importing.look_through(batch=batch, stream=stream, at=at, tell=tell)
        else:
            importing.begin(batch=batch, at=at)
            importing.take_in(batch=batch, stream=stream, at=at, tell=tell)
    except KeyboardInterrupt:
        if not options.dry_run:
            importing.stop(batch=batch, at=at)
        raise
    finally:
        batch.refresh_from_db()
        _report(batch)
        if options.dry_run:
            importing.discard(batch=batch)
    return 1 if batch.rejected else 0


def _bar(stream: BinaryIO, size: int) -> Callable[[ImportBatch], None]:
    """A bar on the terminal, if it is one."""

    def tell(batch: ImportBatch) -> None:
        share = min(1.0, stream.tell() / max(size, 1))
        bar = ("█" * round(share * WIDTH)).ljust(WIDTH, "░")
        text = _("{seen} records").format(seen=f"{batch.seen:,}")
        end = "\n" if batch.total is not None else ""
        print(f"\r{bar} {share:4.0%}  {text}", end=end, file=sys.stderr, flush=True)

    return tell if sys.stderr.isatty() else lambda _batch: None


def _report(batch: ImportBatch) -> None:
    """Each problem with its place, then the sums."""
    for each in batch.problems.defer("source").iterator():
        place = _("row {offset}") if batch.is_table else _("record {number}, byte {offset}")
        place = place.format(**vars(each))
        print(f"{place}: {each.get_reason_display()} {each.detail}".rstrip())
    sentence = _(
        "{seen} records: {titles} new titles, {copies} new copies, {known} there already,"
        " {rejected} rejected"
    )
    print(sentence.format(**vars(batch)))
