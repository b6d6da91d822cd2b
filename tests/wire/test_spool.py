"""Records survive crashes, several processes and a full folder."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from madang.wire import spool
from madang.wire.spool import Mark, Spool

pytestmark = pytest.mark.once

WRITER = """
import sys
from pathlib import Path
from madang.wire.spool import Spool
spool = Spool(Path(sys.argv[1]), segment=4000, segments=1000)
for number in range(300):
    assert spool.write({"who": sys.argv[2], "number": number})
"""


def read(folder: Path, since: Mark = spool.Mark()) -> list[dict[str, object]]:  # noqa: B008 - frozen
    return [record for _mark, record in spool.read(folder, since)]


def test_what_several_processes_write_is_read_whole(tmp_path: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(who)])
        for who in range(4)
    ]
    assert [process.wait() for process in started] == [0] * 4
    for who in range(4):
        numbers = [record["number"] for record in read(tmp_path) if record["who"] == str(who)]
        assert numbers == list(range(300))
    assert len(list(tmp_path.iterdir())) > 4


def test_a_reader_goes_on_where_it_stopped(tmp_path: Path) -> None:
    written = Spool(tmp_path, segment=30)
    for number in range(3):
        written.write({"number": number})
    [(_one, _first), (mark, _second), (_three, _third)] = spool.read(tmp_path, Mark())
    assert read(tmp_path, mark) == [{"number": 2}]
    written.write({"number": 3})
    assert read(tmp_path, mark) == [{"number": 2}, {"number": 3}]


def test_a_torn_line_takes_no_other_along(tmp_path: Path) -> None:
    written = Spool(tmp_path)
    written.write({"number": 0})
    [file] = tmp_path.iterdir()
    with file.open("ab") as torn:
        torn.write(b'\n{"number": 1, "pa')
    assert read(tmp_path) == [{"number": 0}]
    written.write({"number": 2})
    assert read(tmp_path) == [{"number": 0}, {"number": 2}]


def test_the_oldest_give_way(tmp_path: Path) -> None:
    written = Spool(tmp_path, segment=1, segments=3)
    for number in range(10):
        written.write({"number": number})
    assert read(tmp_path) == [{"number": number} for number in (7, 8, 9)]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").write({})
    modes = [path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")]
    assert modes == [0o700, 0o600]


def test_a_record_that_is_too_long_is_left_out(tmp_path: Path) -> None:
    assert not Spool(tmp_path).write({"text": "a" * spool.LONGEST})
    assert read(tmp_path) == []


def test_a_disk_that_refuses_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "spool").write_text("no folder", "utf-8")
    written = Spool(tmp_path / "spool")
    with caplog.at_level(logging.WARNING):
        assert not written.write({})
        assert not written.write({})
    assert [record.getMessage() for record in caplog.records] == [
        "no request is traced: the spool says File exists"
    ]


def test_no_folder_is_no_record(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == []


def test_a_fork_while_another_thread_writes_does_not_hang(tmp_path: Path) -> None:
    written = Spool(tmp_path)
    written.write({"who": "parent"})
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with written._lock:
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if child == 0:
        os._exit(0 if written.write({"who": "child"}) else 1)
    assert os.waitpid(child, 0)[1] == 0
    done.set()
    thread.join()
    assert [record["who"] for record in read(tmp_path)] == ["parent", "child"]
