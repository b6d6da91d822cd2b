"""The index of a capture: one pass of tshark, kept beside the file, so that pages cost nothing.

It holds what the pages show, secrets masked, in a database of SQLite's.
"""

from __future__ import annotations

import json
import os
import sqlite3
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from madang.wire import engine
from madang.wire.capture import Conversation
from madang.wire.captures.counting import STREAM, Counting, Endpoint, Statistics
from madang.wire.engine import Ending
from madang.wire.layers import FIELDS, Packet, packet
from madang.wire.masking import mask_text

MOST = 200_000
"""Packets of a capture that are read."""
SECONDS = 7.0
OUTPUT = 96 * 1024 * 1024
STATISTICS = 200
"""Rows of each table of the statistics."""
FILTERS = 20
"""Filters of a capture whose answers are kept."""


@dataclass(frozen=True)
class Read:
    """What the pass found."""

    packets: int
    seconds: float
    ending: Ending


@dataclass(frozen=True)
class Page:
    """Some packets; whether there are others before and after, and how many in all."""

    packets: list[Packet]
    is_first: bool
    is_last: bool
    total: int


@dataclass(frozen=True)
class StreamPage:
    """Packets of a stream, its first one, `after` for the pages beside this, how many in all."""

    first: Packet
    packets: list[Packet]
    earlier: int | None
    later: int | None
    total: int


def build(file: Path) -> Read:
    """Read `file` once and write its index beside it; errors of `engine.ask`."""
    arguments = ["-T", "fields", "-E", "separator=/t", "-E", "occurrence=f", "-c", str(MOST)]
    for field in FIELDS:
        arguments += ["-e", field]
    path = place(file)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TABLE packets (number INTEGER PRIMARY KEY, line TEXT)")
        database.execute("CREATE TABLE said (told TEXT)")
        writing = _Writing(database)
        answer = engine.ask(file, arguments, seconds=SECONDS, limit=OUTPUT, hear=writing.hear)
        said = asdict(writing.counting.statistics(STATISTICS))
        database.execute("INSERT INTO said VALUES (?)", [json.dumps(said)])
    is_cut = writing.packets == MOST and answer.ending is Ending.WHOLE
    ending = Ending.LARGE if is_cut else answer.ending
    return Read(writing.packets, writing.seconds, ending)


class _Writing:
    """Takes lines as tshark prints them; what lies behind the last line end is left out."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database, self.counting = database, Counting()
        self.packets, self.seconds, self.rest = 0, 0.0, b""

    def hear(self, part: bytes) -> None:
        whole, line_end, rest = part.rpartition(b"\n")
        if not line_end:
            self.rest += part
            return
        lines = (self.rest + whole).decode("utf-8", "replace").split("\n")
        self.rest = rest
        rows = []
        for line in filter(None, lines):
            values = line.split("\t", len(FIELDS) - 1)
            self.counting.add(values)
            values[-1] = mask_text(values[-1])
            rows.append((int(values[0]), "\t".join(values)))
            self.seconds = float(values[1] or 0)
        self.packets += len(rows)
        self.database.executemany("INSERT INTO packets VALUES (?, ?)", rows)


def place(file: Path) -> Path:
    """Where the index of `file` is."""
    return file.with_suffix(".index")


def page(file: Path, *, after: int, limit: int, display_filter: str = "") -> Page:
    """`limit` packets from the first whose number is over `after`; errors of `engine.ask`."""
    chosen = _matching(file, display_filter) if display_filter else None
    with _opened(file) as database:
        if chosen is None:
            total = database.execute("SELECT max(number) FROM packets").fetchone()[0] or 0
            query = "SELECT line FROM packets WHERE number > ? ORDER BY number LIMIT ?"
            rows = database.execute(query, [after, limit]).fetchall()
            is_last = len(rows) < limit or packet(rows[-1][0]).number == total
        else:
            start = bisect_right(chosen, after)
            numbers = json.dumps(list(chosen[start : start + limit]))
            query = "SELECT line FROM packets WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number"  # noqa: E501
            rows = database.execute(query, [numbers]).fetchall()
            total, is_last = len(chosen), start + limit >= len(chosen)
    return Page([packet(line) for (line,) in rows], after == 0, is_last, total)


def before(file: Path, *, number: int, limit: int, display_filter: str = "") -> int:
    """What `after` is for the page that ends before the packet after `number`."""
    if display_filter:
        chosen = _matching(file, display_filter)
        start = bisect_left(chosen, number + 1) - limit
        return chosen[start - 1] if start > 0 else 0
    return max(number - limit, 0)


def one(file: Path, number: int) -> Packet | None:
    """Packet `number`, None where the index has none."""
    with _opened(file) as database:
        row = database.execute("SELECT line FROM packets WHERE number = ?", [number]).fetchone()
    return packet(row[0]) if row else None


def of_stream(file: Path, stream: int, *, after: int, limit: int) -> StreamPage | None:
    """`limit` packets of a TCP stream from the first whose number is over `after`, None without."""
    with _opened(file) as database:
        query = "SELECT number, line FROM packets WHERE instr(line, ?) ORDER BY number"
        rows = [
            (number, line)
            for number, line in database.execute(query, [f"\t{stream}\t"])
            if line.split("\t", STREAM + 1)[STREAM] == str(stream)
        ]
    numbers = [number for number, _line in rows]
    start = bisect_right(numbers, after)
    chosen = [packet(line) for _number, line in rows[start : start + limit]]
    if not chosen:
        return None
    earlier = ([0] * (limit + 1) + numbers)[start] if start else None  # after what the page begins
    later = numbers[start + limit - 1] if start + limit < len(rows) else None
    return StreamPage(packet(rows[0][1]), chosen, earlier, later, len(rows))


class Moment(NamedTuple):
    """When a packet went by, in seconds after the first, and its bytes."""

    at: float
    size: int


def moments(file: Path) -> list[Moment]:
    """That of each packet, in their order."""
    with _opened(file) as database:
        rows = database.execute("SELECT line FROM packets ORDER BY number")
        parts = (line.split("\t", 3) for (line,) in rows)
        return [Moment(float(at or 0), int(size)) for _number, at, size, _rest in parts]


def statistics(file: Path) -> Statistics:
    """What was counted when the index was made."""
    with _opened(file) as database:
        said = json.loads(database.execute("SELECT told FROM said").fetchone()[0])
    return Statistics(
        [(tuple(chain), frames, held) for chain, frames, held in said["hierarchy"]],
        [Conversation(**row) for row in said["conversations"]],
        [Endpoint(**row) for row in said["endpoints"]],
    )


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """The index, to be read; FileNotFoundError where it was removed."""
    try:
        with closing(sqlite3.connect(f"file:{place(file)}?mode=ro", uri=True)) as database:
            yield database
    except sqlite3.OperationalError as error:
        raise FileNotFoundError(place(file)) from error


def _matching(file: Path, display_filter: str) -> array[int]:
    """The numbers of the packets that a filter lets through, kept for when they are asked again."""
    name = sha256(display_filter.encode()).hexdigest()[:32]
    kept = file.with_suffix(f".{name}.frames")
    found: array[int] = array("I")
    try:
        found.frombytes(kept.read_bytes())
    except FileNotFoundError:
        arguments = ["-T", "fields", "-e", "frame.number", "-Y", display_filter, "-c", str(MOST)]
        answer = engine.ask(file, arguments, seconds=SECONDS)
        found = array("I", map(int, answer.output.split()))
        if answer.ending is not Ending.SLOW:
            _keep(kept, found.tobytes())
    return found


def _keep(path: Path, data: bytes) -> None:
    """Write `path` whole, and let the oldest go where there are too many beside it."""
    draft = path.with_suffix(f".{os.urandom(8).hex()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
    draft.rename(path)
    key = path.name.partition(".")[0]
    others = sorted(path.parent.glob(f"{key}.*.frames"), key=lambda one: one.stat().st_mtime)
    for old in others[:-FILTERS]:
        old.unlink(missing_ok=True)
