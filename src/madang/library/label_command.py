"""`madang labels spines|barcodes|cards FILE`: labels and cards of the configured site as a PDF."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from madang.lib.terminal import gettext as _

SHEETS = ("65", "24", "21")
"""By how many labels are on a sheet."""


def run(argv: list[str]) -> int:
    """0 where the file is written, 2 where it is not, with the reason."""
    options = _parser().parse_args(argv)
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        return _refuse(str(error))
    from madang.library import labelling

    try:
        content = _made(options)
    except labelling.Unknown as error:
        numbers = ", ".join(error.numbers)
        return _refuse(_("nothing has these numbers: {numbers}").format(numbers=numbers))
    except labelling.TooMany:
        return _refuse(_("at most {most} at once, please").format(most=labelling.MOST))
    if content is None:
        return _refuse(_("nothing was chosen"))
    try:
        options.file.write_bytes(content)
    except OSError as error:
        return _refuse(_("the file cannot be written: {why}").format(why=error.strerror))
    return 0


def _refuse(sentence: str) -> int:
    print(f"madang labels: {sentence}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang labels", description=_("Labels for copies, or cards for patrons, as a PDF.")
    )
    parser.add_argument("kind", choices=["spines", "barcodes", "cards"], help=_("what to print"))
    parser.add_argument("file", type=Path, help=_("the file"))
    parser.add_argument("numbers", nargs="*", help=_("barcodes, accession numbers or cards"))
    parser.add_argument(
        "--import", dest="batch", type=int, help=_("all copies of the import with this number")
    )
    parser.add_argument("--sheet", choices=SHEETS, default="24", help=_("labels on a sheet of A4"))
    parser.add_argument("--code39", action="store_true", help=_("Code 39 instead of Code 128"))
    parser.add_argument(
        "--skip", type=_count, default=0, help=_("places of the first sheet that stay empty")
    )
    return parser


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number < int(SHEETS[0]):
        raise argparse.ArgumentTypeError(_("a sheet has fewer places"))
    return number


def _made(options: argparse.Namespace) -> bytes | None:
    from madang.library import labelling
    from madang.library.models import ImportBatch

    numbers = list(dict.fromkeys(options.numbers))
    if options.kind == "cards":
        patrons = labelling.patrons(numbers=numbers)
        made = labelling.cards(patrons, is_code39=options.code39, skip=options.skip)
        return made if patrons else None
    batch = ImportBatch.objects.filter(pk=options.batch).first()
    copies = labelling.copies(numbers=numbers, batch=batch)
    if not copies:
        return None
    if options.kind == "spines":
        return labelling.spines(copies, sheet=options.sheet, skip=options.skip)
    return labelling.barcodes(
        copies, sheet=options.sheet, is_code39=options.code39, skip=options.skip
    )
