"""`madang wire index`, `requests` and `request`: the trace in the terminal."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from madang.lib.terminal import gettext as _
from madang.wire import exchanges
from madang.wire.engine import Ending
from madang.wire.index import ONLY, Index, Request, Search
from madang.wire.show import plain
from madang.wire.strata import WARN, Layer, Strata, grouped, loop_sentence, ms, strata

if TYPE_CHECKING:
    from collections.abc import Callable

LEAVE_OUT = r"(?:^|/)anon(?:ymous)?(?:/|$)"
WIDTH = 60


class NoRequest(Exception):
    """The index knows no request of that number."""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verbs that need an index rather than a capture."""
    index = verbs.add_parser("index", help=_("join the spool, nginx's log and a capture"))
    index.add_argument("--log", type=Path, help=_("nginx's access log, in JSON"))
    index.add_argument("--capture", type=Path, help=_("pcap or pcapng, also gzip"))
    several = verbs.add_parser("requests", help=_("the latest requests"))
    several.add_argument("--find", default="", help=_("a part of the path or of the view"))
    several.add_argument("--only", choices=[*ONLY], default="")
    several.add_argument("--limit", type=int, default=30, help=_("%(default)s by default"))
    one = verbs.add_parser("request", help=_("one request through every layer"))
    one.add_argument("id", help=_("its X-Request-ID"))
    for verb in (index, several, one):
        verb.add_argument("--folder", type=Path, default=None, help=_("where traces are kept"))
        verb.add_argument("--leave-out", default=LEAVE_OUT, help=argparse.SUPPRESS)
        verb.add_argument("--json", action="store_true", help=_("for programs"))


def answer(options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    """How far a capture was read, and the lines to print."""
    data = Path(os.environ.get("MADANG_DATA") or "var")
    index = Index(options.folder or data / "wire", re.compile(options.leave_out))
    verbs: dict[str, Callable[[Index, argparse.Namespace], tuple[Ending, Iterator[str]]]] = {
        "index": _take_in,
        "requests": _recent,
        "request": _one,
    }
    return verbs[options.verb](index, options)


def _take_in(index: Index, options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    taken = index.take_in(nginx_log=options.log, at=datetime.now(UTC))
    joined, ending = 0, Ending.WHOLE
    if options.capture is not None:
        found, ending = exchanges.read(options.capture)
        joined = index.join(found)
    if options.json:
        return ending, iter([json.dumps({"taken_in": taken, "joined": joined})])
    sentence = _("{taken} records and lines taken in, {joined} requests joined with packets")
    return ending, iter([sentence.format(taken=taken, joined=joined)])


def _recent(index: Index, options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    search = Search(options.find, options.only)
    found = index.recent(search, limit=max(1, min(options.limit, 1000)))
    if options.json:
        return Ending.WHOLE, iter([json.dumps([asdict(one) for one in found], ensure_ascii=False)])
    return Ending.WHOLE, (_line(one) for one in found)


def _line(request: Request) -> str:
    moment = datetime.fromtimestamp(request.at, UTC).isoformat(" ", "milliseconds")[:23]
    loops = "  " + _("queries in a loop") if request.loops else ""
    where = "" if request.django else "  " + _("no Django")
    head = f"{request.id}  {moment}Z  {request.status}  {ms(request.ms):>8}"
    return plain(f"{head}  {request.method} {request.path}{loops}{where}")


def _one(index: Index, options: argparse.Namespace) -> tuple[Ending, Iterator[str]]:
    request = index.get(options.id)
    if request is None:
        raise NoRequest
    if options.json:
        return Ending.WHOLE, iter([json.dumps(asdict(request), ensure_ascii=False, indent=1)])
    return Ending.WHOLE, _drawn(request, strata(request, _))


def _drawn(request: Request, found: Strata) -> Iterator[str]:
    yield _line(request)
    yield ""
    for layer in found.layers:
        if layer.key == "nginx":
            yield "═" * (16 + WIDTH)
        yield plain(f"{layer.name[:14]:<15} ") + _lane(layer, found.ms) + f"  {layer.value}"
        if words := " · ".join(filter(None, (layer.protocol, layer.about))):
            yield plain(f"{'':<16}{words}")
    yield f"{'':<16}0{ms(found.ms):>{WIDTH - 1}}"
    for row in grouped(request):
        sign = f"{row['times']} ×" if row["loop"] else ""
        where = f"{row['file']}:{row['line']}"
        yield plain(f"{sign:>5} {ms(row['ms']):>8}  {row['rows']:>5}  {where}  {row['sql']}")
    loops = (request.django or {}).get("loops")
    for loop in loops if isinstance(loops, list) else []:
        yield plain(
            "! " + loop_sentence(loop, _) + (f" → {loop['remedy']}" if loop["remedy"] else "")
        )


def _lane(layer: Layer, whole: float) -> str:
    """Its spans to scale: ━ for what took time, ╍ in a loop or again, ─ for waiting."""
    lane = [" "] * WIDTH
    for span in layer.spans:
        first = min(int(span.began / whole * WIDTH), WIDTH - 1)
        last = min(int((span.began + span.ms) / whole * WIDTH), WIDTH - 1)
        sign = {WARN: "╍", "soft": "─"}.get(span.tone, "━")
        for place in range(max(first, 0), last + 1):
            lane[place] = sign
    return "".join(lane)
