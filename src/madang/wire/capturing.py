"""`madang wire capture`: packets of an interface, into a file or a ring of files."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from madang.lib.terminal import gettext as _
from madang.wire import live
from madang.wire.engine import Ending
from madang.wire.ring import Ring
from madang.wire.show import plain

COMPLAINTS = (live.NoRights, live.NoInterface, live.BadFilter, live.NotCaptured)
MEGABYTE = 1024 * 1024
SECONDS, SIZE = 60, 100
LONGEST, LARGEST, MOST, PACKETS = 86_400, 4096, 100, 1_000_000_000


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verb of the terminal."""
    verb = verbs.add_parser("capture", help=_("packets of a network interface, into a file"))
    verb.add_argument("-i", "--interface", required=True, help=_("as `ip link` names it"))
    verb.add_argument("-w", "--write", metavar="FILE", type=Path, required=True)
    verb.add_argument("--filter", default="", help=_("a capture filter, see pcap-filter(7)"))
    for name, most, usual, about in (
        ("--seconds", LONGEST, SECONDS, _("at most as long; %(default)s by default")),
        ("--packets", PACKETS, None, _("at most as many")),
        ("--size", LARGEST, SIZE, _("MiB of a file; %(default)s by default")),
        ("--ring", MOST, 1, _("keep the latest files of that size, as many as this")),
    ):
        verb.add_argument(name, type=_between(most), default=usual, help=about)
    verb.add_argument(
        "--leave-out",
        metavar="PORT",
        type=_between(65535),
        nargs="+",
        default=[],
        help=_("besides where anonymous posts are taken"),
    )
    verb.add_argument("--json", action="store_true", help=_("for programs"))


def _between(most: int) -> Callable[[str], int]:
    """A whole number from 1 to `most`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= most):
            sentence = _("a whole number from 1 to {most}")
            raise argparse.ArgumentTypeError(sentence.format(most=most))
        return int(text)

    return read


def answer(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    """Capture until it ends; then what was captured. Where it could not begin no file is left."""
    ports = live.left_out(os.environ) | set(options.leave_out)
    capture_filter = live.without(ports, options.filter)
    ring = Ring(options.write, size=options.size * MEGABYTE, files=options.ring)
    sentence = _("capturing on {interface}, without port {ports}; Ctrl-C ends it.").format(
        interface=plain(options.interface), ports=", ".join(map(str, sorted(ports)))
    )
    print(f"madang wire: {sentence}", file=sys.stderr, flush=True)
    bounds = live.Bounds(options.seconds, options.packets)
    try:
        live.record(options.interface, capture_filter, bounds=bounds, into=ring)
    except BaseException:
        ring.close()
        if not ring.packets:
            for path in ring.paths:
                path.unlink(missing_ok=True)
        raise
    paths = [str(path) for path in ring.paths]
    if options.json:
        said = {"packets": ring.packets, "bytes": ring.bytes, "files": paths}
        return Ending.WHOLE, iter([json.dumps(said, ensure_ascii=False)])
    count = _("{packets} packets, {size} bytes").format(packets=ring.packets, size=ring.bytes)
    return Ending.WHOLE, iter([count, *map(plain, paths)])


def complaint(error: Exception) -> str:
    """What a person does about it."""
    if isinstance(error, live.NoRights):
        return _("capturing takes root's rights: sudo madang wire capture …")
    if isinstance(error, live.NoInterface):
        return _("there is no such network interface; `ip link` lists them.")
    if isinstance(error, live.BadFilter):
        return _("that is no capture filter; pcap-filter(7) tells how they are written.")
    return _("dumpcap refused: {why}").format(why=plain(str(error)))
