"""`madang import reservations FILE`: take over what another system has booked."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO, Final

from madang.lib.terminal import gettext as _
from madang.lib.terminal import gettext_noop, language

REASONS: Final = {
    "columns": gettext_noop("the row has more cells than there are columns"),
    "encoding": gettext_noop("the text is neither UTF-8 nor CP949"),
    "wide": gettext_noop("the file has too many columns; nothing after this was read"),
    "table": gettext_noop("the file cannot be read any further"),
    "empty": gettext_noop("a cell that is needed is empty"),
    "name": gettext_noop("nobody can be called so"),
    "doctor": gettext_noop("there is no such doctor"),
    "doctors": gettext_noop("several doctors have this name"),
    "service": gettext_noop("there is no such service"),
    "services": gettext_noop("several services have this name"),
    "member": gettext_noop("there is no such member"),
    "patients": gettext_noop("several patients have this name; the @handle tells members apart"),
    "time": gettext_noop("this is no time; for example 2027-03-02T10:00+09:00 or 2027-03-02 10:00"),
    "skipped": gettext_noop("clocks are put forward over this time, so it does not exist"),
    "twice": gettext_noop("clocks show this time twice; an offset tells which: +09:00"),
    "status": gettext_noop("this is no status"),
    "taken": gettext_noop("the doctor is with somebody else, or busy, at this time"),
    "elsewhere": gettext_noop("the patient is somewhere else at this time"),
}
"""Why a row is rejected, by the code of `bringing.Refused`."""


def run(argv: list[str]) -> int:
    """0 if every row is in the site, 1 if some were rejected, 2 if the file cannot be read."""
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
        return _import(stream, is_dry=options.dry_run)


def _refuse(sentence: str) -> int:
    print(f"madang import: {sentence}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang import", description=_("Take over reservations of another system.")
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    kind = kinds.add_parser(
        "reservations",
        help=_("a table, CSV (UTF-8 or CP949): doctor, patient, service, appointed_time, status"),
    )
    kind.add_argument("file", type=Path, help=_("the file"))
    kind.add_argument("--dry-run", action="store_true", help=_("say what it would bring, only"))
    return parser


def _import(stream: BinaryIO, *, is_dry: bool) -> int:
    from django.db import transaction

    from madang.reservation.bringing import NoSuchColumns

    try:
        with transaction.atomic() if is_dry else nullcontext():
            seen = _take_in(stream)
            if is_dry:
                transaction.set_rollback(True)
    except NoSuchColumns:
        names = "doctor, patient, service, appointed_time, status"
        return _refuse(_("the first row has to name the columns: {names}").format(names=names))
    sums = _("{rows} rows: {new} new, {known} there already, {rejected} rejected")
    counts = {name: seen[name] for name in ("new", "known", "rejected")}
    print(sums.format(rows=seen.total(), **counts))
    return 1 if seen["rejected"] else 0


def _take_in(stream: BinaryIO) -> Counter[str]:
    """Each row, and a line about each that was rejected; how many became what."""
    from django.utils import timezone

    from madang.reservation import bringing

    seen: Counter[str] = Counter()
    at = timezone.now()
    for number, row in bringing.rows(stream):
        try:
            if isinstance(row, bringing.Refused):
                raise row
            seen[bringing.take_in(row=row, at=at)] += 1
        except bringing.Refused as why:
            seen["rejected"] += 1
            line, reason = _("row {offset}").format(offset=number), _(REASONS[why.code])
            print(f"{line}: {reason}" + (f" ({why.detail})" if why.detail else ""))
    return seen
