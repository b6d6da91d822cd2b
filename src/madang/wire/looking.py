"""`madang wire objects`: what a capture holds, beyond its packets, in the terminal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from madang.lib.terminal import gettext as _
from madang.wire import objects
from madang.wire.engine import Ending
from madang.wire.show import plain

VERBS = frozenset({"objects"})


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verbs that this module answers."""
    verb = verbs.add_parser("objects", help=_("files that were transferred"))
    verb.add_argument("file", type=Path, help=_("pcap or pcapng, also gzip"))
    verb.add_argument("--to", metavar="FOLDER", type=Path, help=_("write them into this folder"))
    verb.add_argument("--json", action="store_true", help=_("for programs"))


def answer(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    """How far the capture was read, and the lines to print."""
    return _objects(options)


def _objects(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    found, ending = objects.transfers(options.file)
    taken = [objects.Taken(one, None) for one in found]
    if options.to is not None:
        taken, again = objects.take(options.file, found, folder=options.to)
        ending = ending if ending is not Ending.WHOLE else again
    if options.json:
        rows = [
            {name: value for name, value in asdict(one.transfer).items() if name != "token"}
            | {"path": str(one.path) if one.path else None}
            for one in taken
        ]
        return ending, iter([json.dumps({"objects": rows, "ending": ending}, ensure_ascii=False)])
    return ending, _rows(taken, is_written=options.to is not None)


def _rows(taken: list[objects.Taken], *, is_written: bool) -> Iterator[str]:
    """Frame, protocol, bytes, host, type, name, and where it was written."""
    for one in taken:
        file = one.transfer
        head = f"{file.frame:>6}  {file.kind:<8} {file.size:>9}  {file.host:<28}"
        yield plain(f"{head} {file.media_type:<24} {file.name}")
        if is_written:
            where = str(one.path) if one.path else _("left out: it is too large")
            yield plain(f"        → {where}")
    if not taken:
        yield _("no file was transferred")
