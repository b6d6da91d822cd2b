"""`madang wire objects|expert|flow`: what a capture holds beyond its packets, in the terminal."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from madang.lib.terminal import gettext as _
from madang.wire import capture, expert, objects, pace
from madang.wire.engine import Ending
from madang.wire.show import plain

VERBS = frozenset({"objects", "expert", "flow"})
WIDE, BAR = 72, 40
"""Columns of a sequence diagram, and of the longest bar."""
SHOWN = 10
"""How many numbers of frames are printed of one finding."""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verbs that this module answers."""
    transferred = verbs.add_parser("objects", help=_("files that were transferred"))
    transferred.add_argument(
        "--to", metavar="FOLDER", type=Path, help=_("write them into this folder")
    )
    wrong = verbs.add_parser("expert", help=_("what went wrong, in plain words"))
    drawn = verbs.add_parser("flow", help=_("one TCP stream as a sequence diagram"))
    drawn.add_argument("--stream", type=natural, default=0, help=_("%(default)s by default"))
    for verb in (transferred, wrong, drawn):
        verb.add_argument("file", type=Path, help=_("pcap or pcapng, also gzip"))
        verb.add_argument("--json", action="store_true", help=_("for programs"))


def natural(text: str) -> int:
    """A number as streams and packets have."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(_("a whole number, 0 or more"))
    return int(text)


def answer(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    """How far the capture was read, and the lines to print."""
    return {"objects": _objects, "expert": _expert, "flow": _flow}[options.verb](options)


def _expert(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    found, ending = expert.findings(options.file)
    if options.json:
        rows = [asdict(one) | {"sentence": expert.sentence(one, _)} for one in found]
        return ending, iter([json.dumps({"findings": rows, "ending": ending}, ensure_ascii=False)])
    return ending, _findings(found)


def _findings(found: list[expert.Finding]) -> Iterator[str]:
    """Each conversation, and under it what went wrong and in which frames."""
    before = None
    for one in found:
        if (who := (one.protocol, one.first, one.second)) != before:
            yield plain(f"{one.protocol:<5} {one.first} → {one.second}")
            before = who
        frames = ", ".join(map(str, one.frames[:SHOWN])) + (", …" * (len(one.frames) > SHOWN))
        yield plain(f"      {expert.sentence(one, _)}  ({frames})")
    if not found:
        yield _("nothing went wrong that can be seen here")


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


def _flow(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    found = capture.read(options.file, display_filter=f"tcp.stream == {options.stream}")
    drawn = pace.sequence(found.packets, stream=options.stream)
    if options.json:
        said = asdict(drawn) | {"ending": found.ending}
        return found.ending, iter([json.dumps(said, ensure_ascii=False)])
    return found.ending, _arrows(drawn)


def _arrows(drawn: pace.Sequence) -> Iterator[str]:
    """Both sides as lines from top to bottom, each segment as an arrow between them."""
    yield f"{'':12} {drawn.first:<{WIDE // 2}}{drawn.second:>{WIDE - WIDE // 2}}"
    for step in drawn.steps:
        label = plain(step.label)
        label = label if len(label) <= WIDE - 8 else label[: WIDE - 9] + "…"
        line = f" {label} ".center(WIDE - 3, "─")
        arrow = f"{line}▶" if step.from_first else f"◀{line}"
        yield f"{step.at:>12.6f} │{arrow}│"


def bars(found: list[pace.Interval]) -> Iterator[str]:
    """A line for each interval: its start in seconds, frames, bytes, and a bar of the bytes."""
    most = max((one.bytes for one in found), default=0) or 1
    for one in found:
        eighths = round(one.bytes * BAR * 8 / most)
        bar = "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8]
        yield f"{one.start:>12.3f} {one.frames:>9} {one.bytes:>12}  {bar}".rstrip()
