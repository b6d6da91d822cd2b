"""`madang prove ROOM`: race on the configured database and count broken promises."""

from __future__ import annotations

import importlib
import sys

from madang.lib.terminal import gettext as _

ROOMS = {
    "reservation": "madang.reservation.prove",
    "library": "madang.library.prove",
    "microblog": "madang.microblog.prove",
}


def run(argv: list[str]) -> int:
    """Hand over to the room's own proof; 2 where there is no such room."""
    if not argv or argv[0] not in ROOMS:
        sentence = _("madang prove takes one of: {rooms}")
        print(sentence.format(rooms=", ".join(ROOMS)), file=sys.stderr)
        return 2
    code: int = importlib.import_module(ROOMS[argv[0]]).run(argv[1:])
    return code
