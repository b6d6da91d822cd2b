"""`madang export marc|marcxml|csv`: the catalogue of the configured site as a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from madang.lib.terminal import gettext as _
from madang.lib.terminal import language


def run(argv: list[str]) -> int:
    """Write the catalogue into a file that is whole or not there, or to the standard output."""
    parser = argparse.ArgumentParser(
        "madang export", description=_("Write the library's catalogue into a file.")
    )
    parser.add_argument("format", choices=["marc", "marcxml", "csv"], help=_("the format"))
    parser.add_argument("file", nargs="?", type=Path, help=_("the file; else standard output"))
    options = parser.parse_args(argv)
    if options.file is None and sys.stdout.isatty():
        parser.error(_("a terminal shows no records; name a file."))
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as error:
        print(f"madang export: {error}", file=sys.stderr)
        return 2
    from django.utils import translation

    from madang.library.exporting import FORMATS

    with translation.override(language()):
        try:
            _write(FORMATS[options.format][0](), options.file)
        except OSError as error:
            why = _("the file cannot be written: {why}").format(why=error.strerror)
            print(f"madang export: {why}", file=sys.stderr)
            return 2
    return 0


def _write(parts: Iterator[bytes], file: Path | None) -> None:
    if file is None:
        sys.stdout.buffer.writelines(parts)
        return
    draft = file.with_name(file.name + ".part")
    try:
        with draft.open("wb") as stream:
            stream.writelines(parts)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
