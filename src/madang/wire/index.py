"""The index of requests: what nginx, Django and a capture know of one, under its number.

A file of SQLite's beside the spool, not the site's database. It keeps what is masked already, for
so many days and so many requests. Reading everything again changes nothing.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from madang.wire import spool
from madang.wire.exchanges import Exchange
from madang.wire.identity import REQUEST_ID
from madang.wire.spool import Mark

DAYS, REQUESTS = 7, 50_000
"""How long, and how many at most, requests are kept."""
SLACK = 0.005
"""Seconds by which nginx's clock, which counts milliseconds, may be off."""
TABLES = """
CREATE TABLE IF NOT EXISTS request (
    id TEXT PRIMARY KEY, at REAL NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL,
    status INTEGER NOT NULL, ms REAL NOT NULL, view TEXT NOT NULL DEFAULT '',
    statements INTEGER NOT NULL DEFAULT 0, loops INTEGER NOT NULL DEFAULT 0,
    port INTEGER, django TEXT, nginx TEXT, packets TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS request_at ON request (at DESC, id);
CREATE INDEX IF NOT EXISTS request_port ON request (port, at);
CREATE TABLE IF NOT EXISTS mark (
    source TEXT PRIMARY KEY, number INTEGER NOT NULL, offset INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
DJANGO = """
INSERT INTO request (id, at, method, path, status, ms, view, statements, loops, django)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET view = excluded.view, statements = excluded.statements,
    loops = excluded.loops, django = excluded.django
"""
NGINX = """
INSERT INTO request (id, at, method, path, status, ms, port, nginx)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET at = excluded.at, method = excluded.method, path = excluded.path,
    status = excluded.status, ms = excluded.ms, port = excluded.port, nginx = excluded.nginx
"""
BY_NUMBER = "UPDATE request SET packets = ? WHERE id = ?"
BY_PORT = "UPDATE request SET packets = ? WHERE port = ? AND at BETWEEN ? AND ?"


@dataclass(frozen=True)
class Request:
    """What is known of one request. `at` in seconds since 1970, `ms` milliseconds in all.

    `django`, `nginx` and `packets` are as the record, the log line and `Exchange.as_json` have
    them, or None where that layer did not see the request.
    """

    id: str
    at: float
    method: str
    path: str
    status: int
    ms: float
    view: str
    statements: int
    loops: int
    django: dict[str, object] | None
    nginx: dict[str, object] | None
    packets: dict[str, object] | None


@dataclass(frozen=True)
class Search:
    """Which requests: a part of the path or of the view, and only those of a kind (`ONLY`)."""

    text: str = ""
    only: str = ""


ONLY = {"pages": "view <> ''", "loops": "loops > 0", "slow": "ms >= 200", "failed": "status >= 400"}
COLUMNS = "id, at, method, path, status, ms, view, statements, loops, django, nginx, packets"


class Index:
    """The file in `folder`. Paths that `leave_out` finds are never taken in."""

    def __init__(self, folder: Path, leave_out: re.Pattern[str]) -> None:
        self._folder, self._leave_out = folder, leave_out

    def _open(self) -> sqlite3.Connection:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / "index.sqlite3"
        if not path.exists():
            path.touch(mode=0o600)
        door = sqlite3.connect(path, timeout=20, isolation_level=None)
        door.execute("PRAGMA journal_mode = WAL")
        door.execute("PRAGMA synchronous = NORMAL")
        door.executescript(TABLES)
        return door

    def take_in(self, *, nginx_log: Path | None, at: datetime) -> int:
        """Read on in the spool and in nginx's log; forget what is older than `DAYS` at `at`.

        Returns how many records and lines were taken in. All or nothing.
        """
        with closing(self._open()) as door:
            door.execute("BEGIN IMMEDIATE")
            count = self._records(door)
            if nginx_log is not None:
                count += self._lines(door, nginx_log)
            oldest = (at - timedelta(days=DAYS)).timestamp()
            door.execute("DELETE FROM request WHERE at < ?", (oldest,))
            door.execute(
                "DELETE FROM request WHERE at < (SELECT at FROM request ORDER BY at DESC, id"
                " LIMIT 1 OFFSET ?)",
                (REQUESTS - 1,),
            )
            door.execute("COMMIT")
        return count

    def _records(self, door: sqlite3.Connection) -> int:
        mark, count = _mark(door, "spool"), 0
        for behind, record in spool.read(self._folder / "spool", mark):
            mark = behind
            if row := self._record(record):
                door.execute(DJANGO, row)
                count += 1
        _remember(door, "spool", mark)
        return count

    def _record(self, record: dict[str, object]) -> tuple[object, ...] | None:
        number, path = str(record.get("id")), str(record.get("path"))
        if not REQUEST_ID.fullmatch(number) or self._leave_out.search(path):
            return None
        loops, rows = record.get("loops"), record.get("sql")
        counts = [len(some) if isinstance(some, list) else 0 for some in (rows, loops)]
        numbers = (record.get("at"), record.get("status"), record.get("ms"))
        if not all(isinstance(one, (int, float)) for one in numbers):
            return None
        at, status, ms = numbers
        text = json.dumps(record, ensure_ascii=False)
        return (number, at, str(record.get("method")), path, status, ms,
                str(record.get("view")), *counts, text)  # fmt: skip

    def _lines(self, door: sqlite3.Connection, log: Path) -> int:
        """Whole lines after the mark, in the rotated file first where the log has a new one."""
        mark, count = _mark(door, "nginx"), 0
        for file in (log.with_name(log.name + ".1"), log):
            try:
                number = file.stat().st_ino
            except FileNotFoundError:
                continue
            if file != log and number != mark.number:
                continue
            offset = mark.offset if number == mark.number else 0
            with file.open("rb") as lines:
                lines.seek(0 if offset > file.stat().st_size else offset)
                offset = lines.tell()
                for line in lines:
                    if not line.endswith(b"\n"):
                        break
                    offset += len(line)
                    count += self._line(door, line)
            mark = Mark(number, offset)
        _remember(door, "nginx", mark)
        return count

    def _line(self, door: sqlite3.Connection, line: bytes) -> int:
        try:
            said = json.loads(line)
            path, number = str(said["path"]), str(said["request"])
            seconds = float(said["seconds"])
            at = float(said["ended"]) - seconds
            row = (str(said["method"]), path, int(said["status"]), seconds * 1000)
            port = int(said["port"]) if str(said.get("port", "")).isdigit() else None
        except (ValueError, KeyError, TypeError):
            return 0
        if not REQUEST_ID.fullmatch(number) or self._leave_out.search(path):
            return 0
        door.execute(NGINX, (number, at, *row, port, json.dumps(said, ensure_ascii=False)))
        return 1

    def join(self, exchanges: Iterable[Exchange]) -> int:
        """Tell each request its packets: by its number, or else by the client's port and time.

        Returns how many found theirs. Exchanges of nobody's, and of left-out paths, are dropped.
        """
        count = 0
        with closing(self._open()) as door:
            door.execute("BEGIN IMMEDIATE")
            for one in exchanges:
                if self._leave_out.search(one.path.partition("?")[0]):
                    continue
                text = json.dumps(one.as_json())
                if one.id:
                    done = door.execute(BY_NUMBER, (text, one.id))
                else:
                    span = (one.frames[0].at - SLACK, one.frames[-1].at + SLACK)
                    done = door.execute(BY_PORT, (text, one.client[2], *span))
                count += done.rowcount
            door.execute("COMMIT")
        return count

    def get(self, number: str) -> Request | None:
        """The request of that number."""
        with closing(self._open()) as door:
            found = door.execute(f"SELECT {COLUMNS} FROM request WHERE id = ?", (number,))  # noqa: S608
            row = found.fetchone()
        return None if row is None else _request(row)

    def recent(
        self, search: Search, *, limit: int, before: tuple[float, str] | None = None
    ) -> list[Request]:
        """The latest first, after `before` (the moment and number of one) where it is given."""
        wheres, values = ["1"], list[object]()
        if search.text:
            wheres.append("(instr(path, ?) OR instr(view, ?) OR id = ?)")
            values += [search.text] * 3
        if search.only in ONLY:
            wheres.append(ONLY[search.only])
        if before is not None:
            wheres.append("(at < ? OR (at = ? AND id > ?))")
            values += [before[0], before[0], before[1]]
        query = (
            f"SELECT {COLUMNS} FROM request WHERE {' AND '.join(wheres)}"  # noqa: S608 - ours
            " ORDER BY at DESC, id LIMIT ?"
        )
        with closing(self._open()) as door:
            return [_request(row) for row in door.execute(query, (*values, limit))]


def _request(row: tuple[object, ...]) -> Request:
    *plain, django, nginx, packets = row
    layers = [json.loads(str(one)) if one is not None else None for one in (django, nginx, packets)]
    return Request(*plain, *layers)  # type: ignore[arg-type] # the table is strict


def _mark(door: sqlite3.Connection, source: str) -> Mark:
    found = door.execute("SELECT number, offset FROM mark WHERE source = ?", (source,)).fetchone()
    return Mark(*found) if found else Mark()


def _remember(door: sqlite3.Connection, source: str, mark: Mark) -> None:
    door.execute("REPLACE INTO mark VALUES (?, ?, ?)", (source, mark.number, mark.offset))
