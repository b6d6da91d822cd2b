"""`madang wire`: look into a capture, follow a request through every layer, or carry HTTP."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from madang.lib.terminal import gettext as _
from madang.wire import capture, capturing, looking, pace, recorder, show, trail
from madang.wire.engine import Ending, NoEngine, NotACapture, Refused
from madang.wire.proxy import running

COMPLAINTS: tuple[type[Exception], ...] = (
    *(NoEngine, NotACapture, Refused, OSError, capture.NoStream, trail.NoRequest, pace.TooFine),
    *running.COMPLAINTS,
    *capturing.COMPLAINTS,
    *recorder.COMPLAINTS,
)
"""What a person can do something about."""


def run(argv: list[str]) -> int:
    """Print what was asked; 1 with a sentence where the capture cannot be read so."""
    options = _parser().parse_args(argv)
    try:
        ending, lines = _answer(options)
        for line in lines:
            print(line)
    except BrokenPipeError:
        raise
    except COMPLAINTS as error:
        print(f"madang wire: {_complaint(error)}", file=sys.stderr)
        return 1
    if ending is not Ending.WHOLE:
        print(f"madang wire: {_ended(ending)}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "madang wire",
        description=_("Open a capture, or follow a request through every layer, secrets masked."),
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, about in (
        ("open", _("what the capture is made of")),
        ("packets", _("each packet, and with --layers its four layers")),
        ("stats", _("who spoke with whom, the largest first")),
        ("follow", _("one TCP stream, both directions told apart")),
    ):
        verb = verbs.add_parser(name, help=about)
        verb.add_argument("file", type=Path, help=_("pcap or pcapng, also gzip"))
        verb.add_argument("--json", action="store_true", help=_("for programs"))
        if name == "follow":
            verb.add_argument(
                "--stream", type=looking.natural, default=0, help=_("%(default)s by default")
            )
            verb.add_argument("--hex", action="store_true", help=_("as a hex dump"))
            verb.add_argument("--unpack", action="store_true", help=_("HTTP bodies unpacked"))
            continue
        verb.add_argument("--filter", default="", help=_("Wireshark's display filter"))
        if name == "stats":
            verb.add_argument(
                "--io", metavar="SECONDS", type=_seconds, help=_("what each interval carried")
            )
        if name == "packets":
            verb.add_argument("--layers", action="store_true", help=_("the four layers of TCP/IP"))
            verb.add_argument(
                "--limit", type=looking.natural, default=1000, help=_("%(default)s by default")
            )
            verb.add_argument(
                "--offset", type=looking.natural, default=0, help=_("%(default)s by default")
            )
    capturing.add(verbs)
    recorder.add(verbs)
    looking.add(verbs)
    trail.add(verbs)
    running.add(verbs)
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.001 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError(_("a number of seconds from 0.001 to 86400"))
    return seconds


def _answer(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    if options.verb == "proxy":
        return Ending.WHOLE, running.answer(options)
    if options.verb == "capture":
        return capturing.answer(options)
    if options.verb == "recorder":
        return Ending.WHOLE, recorder.answer(options)
    if options.verb in looking.VERBS:
        return looking.answer(options)
    if options.verb in {"index", "requests", "request"}:
        return trail.answer(options)
    if options.verb == "follow":
        stream = capture.follow(options.file, stream=options.stream, unpacked=options.unpack)
        ending, lines = stream.ending, show.stream(stream, as_hex=options.hex)
        data = show.stream_json(stream)
    else:
        found = capture.read(options.file, display_filter=options.filter)
        ending, (lines, data) = found.ending, _look(found, options)
    if options.json:
        data["ending"] = ending
        lines = iter([json.dumps(data, ensure_ascii=False, indent=1)])
    return ending, lines


def _look(
    found: capture.Capture, options: argparse.Namespace
) -> tuple[Iterator[str], dict[str, object]]:
    """The same answer for people and for programs."""
    if options.verb == "open":
        return show.summary(found), show.summary_json(found)
    if options.verb == "stats" and options.io is not None:
        carried = pace.intervals(found.packets, seconds=options.io)
        return looking.bars(carried), {"intervals": [asdict(one) for one in carried]}
    if options.verb == "stats":
        spoken = capture.conversations(found.packets)
        return show.conversations(spoken), {"conversations": [asdict(one) for one in spoken]}
    chosen = found.packets[options.offset : options.offset + options.limit]
    rows = [packet.as_json() for packet in chosen]
    lines = show.packets(chosen, layers=options.layers)
    return lines, {"total": len(found.packets), "packets": rows}


def _complaint(error: Exception) -> str:
    for kinds, complaint in (
        (running.COMPLAINTS, running.complaint),
        (capturing.COMPLAINTS, capturing.complaint),
        (recorder.COMPLAINTS, recorder.complaint),
    ):
        if isinstance(error, kinds):
            return complaint(error)
    if isinstance(error, NoEngine):
        return _("this needs a program: sudo apt-get install {package}").format(package=error)
    if isinstance(error, NotACapture):
        return _("this file is not a capture: it is neither pcap nor pcapng.")
    if isinstance(error, capture.NoStream | trail.NoRequest | pace.TooFine):
        return {
            capture.NoStream: _("the capture has no TCP stream of that number."),
            trail.NoRequest: _("no request of that number is in the index."),
            pace.TooFine: _("that makes too many intervals; take longer ones."),
        }[type(error)]
    if isinstance(error, OSError):
        return _("the file cannot be read: {why}").format(why=error.strerror)
    return _("tshark refused: {why}").format(why=show.plain(str(error)))


def _ended(ending: Ending) -> str:
    return {
        Ending.CUT: _(
            "the file ends in the middle of a packet or is damaged; all before is shown."
        ),
        Ending.SLOW: _("reading took too long; what was read until then is shown."),
        Ending.LARGE: _("the capture is too large; its beginning is shown."),
    }[ending]
