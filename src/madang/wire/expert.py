"""What went wrong in a capture: TCP's troubles as Wireshark finds them, and what had no answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from madang.lib.terminal import gettext_noop
from madang.wire import engine
from madang.wire.engine import Ending
from madang.wire.masking import mask_text

SENTENCES = {
    "no answer": gettext_noop("no answer came"),
    "refused": gettext_noop("the connection was refused"),
    "reset": gettext_noop("the connection was broken off"),
    "one side": gettext_noop("only one side was captured"),
    "retransmitted": gettext_noop("retransmitted"),
    "out of order": gettext_noop("arrived out of order"),
    "lost": gettext_noop("something before is not in the capture"),
    "duplicate acknowledgement": gettext_noop("what was missing was asked for again"),
    "window full": gettext_noop("the window was full"),
    "zero window": gettext_noop("the receiver could take no more"),
    "failed": gettext_noop("answered with an error: {detail}"),
    "no name": gettext_noop("the name was not found: {detail}"),
    "no answer for a name": gettext_noop("no answer came for the name {detail}"),
    "two machines": gettext_noop("two machines claim the address {detail}"),
    "malformed": gettext_noop("a packet is malformed"),
}
"""What is told of each kind of finding."""
TIMES = gettext_noop("{what} {count} times")
ANALYSED = {
    "tcp.analysis.retransmission": "retransmitted",
    "tcp.analysis.out_of_order": "out of order",
    "tcp.analysis.lost_segment": "lost",
    "tcp.analysis.duplicate_ack_num": "duplicate acknowledgement",
    "tcp.analysis.window_full": "window full",
    "tcp.analysis.zero_window": "zero window",
    "_ws.malformed": "malformed",
}
"""Fields of Wireshark's, and the kind of finding that each is."""
FIELDS = (
    *("frame.number", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "tcp.stream"),
    *("tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "tcp.flags"),
    *(
        "http.response.code",
        "http2.headers.status",
        "dns.id",
        "dns.flags.response",
        "dns.flags.rcode",
        "dns.qry.name",
    ),
    *("arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4"),
    *("arp.isgratuitous", "arp.duplicate-address-frame"),
    *ANALYSED,
)
WANTED = "tcp or dns or arp or http or _ws.malformed"
SYN, RST, ACK = 0x02, 0x04, 0x10
NO_SUCH_NAME = "3"
EVERYBODY = frozenset({"5353", "5355"})
"""Ports of mDNS and LLMNR, where nobody need answer (RFC 6762, RFC 4795)."""
Row = dict[str, str]
Who = tuple[str, str, str]
Shown = tuple[Who, str, str, int]
"""Between whom, the kind of finding, its detail, the frame."""


@dataclass(frozen=True)
class Finding:
    """One kind of trouble between two, and the numbers of the frames that show it.

    `kind` is a key of `SENTENCES`; `detail` an HTTP status, a name, an address, or empty.
    """

    protocol: str
    first: str
    second: str
    kind: str
    detail: str
    frames: list[int]


def sentence(finding: Finding, translate: Callable[[str], str]) -> str:
    """What a person is told of it, in the language into which `translate` puts a sentence."""
    told = translate(SENTENCES[finding.kind]).format(detail=mask_text(finding.detail))
    count = len(finding.frames)
    return translate(TIMES).format(what=told, count=count) if count > 1 else told


def findings(file: Path) -> tuple[list[Finding], Ending]:
    """What is wrong in `file`, one conversation after the other; errors of `engine.ask`."""
    arguments = ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=f", "-Y", WANTED]
    for field in FIELDS:
        arguments += ["-e", field]
    answer = engine.ask(file, arguments)
    lines = answer.output.decode("utf-8", "replace").split("\n")
    rows = [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in lines if line]
    shown: dict[tuple[Who, str, str], list[int]] = defaultdict(list)
    for part in (_streams(rows), _names(rows), _neighbours(rows)):
        for who, kind, detail, frame in part:
            shown[who, kind, detail].append(frame)
    begun: dict[Who, int] = {}
    for (who, _kind, _detail), frames in shown.items():
        begun[who] = min(begun.get(who, frames[0]), *frames)
    found = [Finding(*who, kind, detail, frames) for (who, kind, detail), frames in shown.items()]
    found.sort(key=lambda one: (begun[one.protocol, one.first, one.second], one.frames[0]))
    return found, answer.ending


def _streams(rows: list[Row]) -> list[Shown]:
    """Troubles of each TCP stream, and of packets that belong to none."""
    shown: list[Shown] = []
    streams: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["tcp.stream"]:
            streams[row["tcp.stream"]].append(row)
        elif row["_ws.malformed"]:
            who = ("UDP" if row["udp.srcport"] else "", *_places(row, "udp"))
            shown.append((who, "malformed", "", int(row["frame.number"])))
    for packets in streams.values():
        who = ("TCP", *_places(packets[0], "tcp"))
        shown += [(who, *one) for one in _opening(packets)]
        for row in packets:
            frame = int(row["frame.number"])
            code = row["http.response.code"] or row["http2.headers.status"]
            shown += [(who, kind, "", frame) for field, kind in ANALYSED.items() if row[field]]
            if code >= "400":
                shown.append((who, "failed", f"HTTP {code}", frame))
    return shown


def _opening(packets: list[Row]) -> list[tuple[str, str, int]]:
    """How a stream was opened and broken off."""
    ours = _places(packets[0], "tcp")
    asked = [row for row in packets if _flags(row) & (SYN | ACK) == SYN]
    back = [row for row in packets if _places(row, "tcp") != ours]
    broken = [row for row in packets if _flags(row) & RST]
    if asked and not back:
        if len(asked) + len(broken) == len(packets):
            return [("no answer", "", int(row["frame.number"])) for row in asked]
        return [("one side", "", int(asked[0]["frame.number"]))]
    kind = "refused" if asked and all(_flags(row) & RST for row in back) else "reset"
    return [(kind, "", int(row["frame.number"])) for row in broken]


def _names(rows: list[Row]) -> list[Shown]:
    """Names asked of DNS that were not found, or that nobody answered for (RFC 1035)."""
    shown: list[Shown] = []
    open_questions: dict[tuple[str, ...], list[Shown]] = {}
    for row in rows:
        if not row["dns.id"] or EVERYBODY & {row["udp.srcport"], row["udp.dstport"]}:
            continue
        layer, name = ("tcp" if row["tcp.stream"] else "udp"), row["dns.qry.name"]
        source, target = _places(row, layer)
        frame = int(row["frame.number"])
        if row["dns.flags.response"] in {"1", "True"}:
            open_questions.pop((row["dns.id"], target, source), None)
            if row["dns.flags.rcode"] == NO_SUCH_NAME:
                shown.append((("DNS", target, source), "no name", name, frame))
            elif row["dns.flags.rcode"] not in {"", "0"}:
                detail = f"DNS {row['dns.flags.rcode']}"
                shown.append((("DNS", target, source), "failed", detail, frame))
        else:
            asked = (("DNS", source, target), "no answer for a name", name, frame)
            open_questions.setdefault((row["dns.id"], source, target), []).append(asked)
    return shown + [asked for several in open_questions.values() for asked in several]


def _neighbours(rows: list[Row]) -> list[Shown]:
    """Who asked for an address on the wire and got no answer, and who share one (RFC 826)."""
    shown: list[Shown] = []
    open_questions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in rows:
        source, target = row["arp.src.proto_ipv4"], row["arp.dst.proto_ipv4"]
        if not row["arp.opcode"] or not source:
            continue
        frame = int(row["frame.number"])
        if row["arp.duplicate-address-frame"]:
            shown.append((("ARP", source, target), "two machines", source, frame))
        if row["arp.opcode"] == "2":
            open_questions.pop((target, source), None)
        elif row["arp.opcode"] == "1" and not row["arp.isgratuitous"] and source != target:
            open_questions[source, target].append(frame)
    for (source, target), frames in open_questions.items():
        shown += [(("ARP", source, target), "no answer", "", frame) for frame in frames]
    return shown


def _flags(row: Row) -> int:
    return int(row["tcp.flags"] or "0", 16)


def _places(row: Row, layer: str) -> tuple[str, str]:
    sides = (("src", "srcport"), ("dst", "dstport"))
    places = []
    for side, port in sides:
        address, number = row[f"ip.{side}"] or row[f"ipv6.{side}"], row[f"{layer}.{port}"]
        places.append(f"[{address}]:{number}" if ":" in address else f"{address}:{number}")
    return places[0], places[1]
