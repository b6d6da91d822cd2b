"""`madang import KIND FILE`: hand over to the room that takes in files of this kind."""

from __future__ import annotations

import importlib
import sys

from madang.lib.terminal import gettext as _

KINDS = {
    "marc": "madang.library.import_command",
    "books": "madang.library.import_command",
    "reservations": "madang.reservation.import_command",
}


def run(argv: list[str]) -> int:
    """The room's own command with all of `argv`; 2 where nobody takes in such files."""
    if not argv or argv[0] not in KINDS:
        sentence = _("madang import takes one of: {kinds}")
        print(sentence.format(kinds=", ".join(KINDS)), file=sys.stderr)
        return 2
    code: int = importlib.import_module(KINDS[argv[0]]).run(argv)
    return code
