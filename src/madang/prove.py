"""`madang prove ROOM`: race on the configured database and count broken promises."""

from __future__ import annotations

import importlib
import sys

ROOMS = {"reservation": "madang.reservation.prove"}


def run(argv: list[str]) -> int:
    """Hand over to the room's own proof; 2 where there is no such room."""
    if not argv or argv[0] not in ROOMS:
        print(f"madang prove takes one of: {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    code: int = importlib.import_module(ROOMS[argv[0]]).run(argv[1:])
    return code
