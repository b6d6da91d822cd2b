"""Writers of one SQLite file take turns, in whatever process or thread, and no turn is lost."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection, connections, transaction
from django.db.utils import OperationalError

from madang.db.queue import QueueTimeout, WriterQueue
from madang.people.models import Member

only_sqlite = pytest.mark.once


def test_two_connections_exclude_each_other(tmp_path: Path) -> None:
    one, other = WriterQueue(tmp_path / "q", 5), WriterQueue(tmp_path / "q", 0.05)
    one.enter()
    with pytest.raises(QueueTimeout):
        other.enter()
    one.leave()
    other.enter()
    assert (one.is_held, other.is_held) == (False, True)
    other.leave()


def test_entering_twice_is_entering_once(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "q", 0.05)
    queue.enter()
    queue.enter()
    queue.leave()
    queue.leave()
    WriterQueue(tmp_path / "q", 0.05).enter()


def test_another_process_waits_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from madang.db.queue import WriterQueue\n"
        f"WriterQueue(Path({str(tmp_path / 'q')!r}), 5).enter(); print('in', flush=True)\n"
        "time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"in\n"
    mine = WriterQueue(tmp_path / "q", 0.05)
    with pytest.raises(QueueTimeout):
        mine.enter()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    mine.timeout = 10
    mine.enter()
    assert mine.is_held
    mine.leave()


def test_a_forked_child_does_not_believe_it_holds_the_turn(tmp_path: Path) -> None:
    queue = WriterQueue(tmp_path / "q", 5)
    queue.enter()
    queue._owner = os.getppid()  # as it looks after a fork
    assert not queue.is_held


@pytest.fixture
def sqlite(transactional_db: None) -> None:
    if connection.vendor != "sqlite":
        pytest.fail("marked `once`: runs on SQLite only")


@only_sqlite
def test_the_file_is_opened_as_the_house_wants_it(sqlite: None) -> None:
    with connection.cursor() as cursor:
        found = [
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert found == ["wal", 1, 1, 20000]


@only_sqlite
def test_a_transaction_holds_the_turn_and_gives_it_back(sqlite: None) -> None:
    connection.ensure_connection()
    queue = connection.queue  # type: ignore[attr-defined]  # our back end's own
    with transaction.atomic():
        with transaction.atomic():
            pass
        assert queue.is_held
    assert not queue.is_held
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _ = 1 / 0
    assert not queue.is_held
    Member.objects.create_user("one")
    Member.objects.filter(handle="one").update(display_name="One")
    assert not queue.is_held


@only_sqlite
def test_readers_do_not_wait(sqlite: None) -> None:
    Member.objects.create_user("one")
    other = WriterQueue(connection.queue.path, 5)  # type: ignore[attr-defined]
    other.enter()
    assert Member.objects.filter(handle="one").count() == 1
    connection.queue.timeout = 0.05  # type: ignore[attr-defined]
    try:
        with pytest.raises(OperationalError, match="database is locked"), transaction.atomic():
            pass
        with pytest.raises(OperationalError, match="database is locked"):
            Member.objects.update(display_name="Two")
    finally:
        connection.queue.timeout = 20  # type: ignore[attr-defined]
        other.leave()
    assert Member.objects.get().display_name == ""


@only_sqlite
def test_nothing_is_lost_between_threads(sqlite: None) -> None:
    Member.objects.create_user("counter", display_name="0")
    threads, times, failures = 8, 25, list[BaseException]()

    def count() -> None:
        try:
            for _ in range(times):
                with transaction.atomic():
                    member = Member.objects.get(handle="counter")
                    member.display_name = str(int(member.display_name) + 1)
                    member.save()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    running = [threading.Thread(target=count) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert failures == []
    assert Member.objects.get(handle="counter").display_name == str(threads * times)


@only_sqlite
def test_without_the_turn_updates_are_lost(sqlite: None) -> None:
    """The control: reading before the transaction begins, two writers lose an update."""
    Member.objects.create_user("counter", display_name="0")
    gate = threading.Barrier(2)

    def count() -> None:
        member = Member.objects.get(handle="counter")
        gate.wait()
        member.display_name = str(int(member.display_name) + 1)
        member.save()
        connections.close_all()

    running = [threading.Thread(target=count) for _ in range(2)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert Member.objects.get(handle="counter").display_name == "1"


@only_sqlite
def test_a_database_in_memory_has_no_queue(sqlite: None) -> None:
    from madang.db.base import DatabaseWrapper

    memory = DatabaseWrapper({**connection.settings_dict, "NAME": ":memory:", "OPTIONS": {}})
    with memory.cursor() as cursor:
        memory._start_transaction_under_autocommit()
        cursor.execute("CREATE TABLE note (text)")
        memory._commit()
        with memory.turn():
            cursor.execute("INSERT INTO note VALUES ('kept')")
        assert cursor.execute("SELECT text FROM note").fetchall() == [("kept",)]
    assert memory.queue is None
    memory.connection.close()  # Django keeps databases in memory open


@only_sqlite
def test_many_rows_outside_a_transaction_take_one_turn(sqlite: None) -> None:
    queue = connection.queue  # type: ignore[attr-defined]  # our back end's own
    sql = "UPDATE people_member SET display_name = %s WHERE handle = %s"
    for handle in ("one", "two"):
        Member.objects.create_user(handle)
    other = WriterQueue(queue.path, 5)
    with connection.cursor() as cursor:
        other.enter()
        queue.timeout = 0.05
        with pytest.raises(OperationalError, match="no turn in time"):
            cursor.executemany(sql, [("하나", "one")])
        queue.timeout = 20
        other.leave()
        cursor.executemany(sql, [("하나", "one"), ("둘", "two")])
    assert sorted(Member.objects.values_list("display_name", flat=True)) == ["둘", "하나"]
    assert not queue.is_held


@only_sqlite
def test_where_django_does_not_begin_the_first_write_takes_the_turn(sqlite: None) -> None:
    """With autocommit off `atomic` begins nothing; the turn lasts until the commit."""
    connection.ensure_connection()
    queue = connection.queue  # type: ignore[attr-defined]  # our back end's own
    transaction.set_autocommit(False)
    try:
        with transaction.atomic():
            assert not queue.is_held
            Member.objects.create_user("one")
            assert queue.is_held
        transaction.commit()
        assert not queue.is_held
    finally:
        transaction.set_autocommit(True)
    assert Member.objects.get().handle == "one"


@only_sqlite
def test_who_cannot_begin_gives_the_turn_back(sqlite: None) -> None:
    """A writer that does not queue, such as the sqlite3 program, holds the file."""
    from madang.db.base import DatabaseWrapper

    mine = DatabaseWrapper({**connection.settings_dict, "OPTIONS": {"timeout": 0.05}})
    mine.ensure_connection()
    stranger = sqlite3.connect(mine.settings_dict["NAME"], isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        mine._start_transaction_under_autocommit()
    other = WriterQueue(Path(f"{mine.settings_dict['NAME']}-queue"), 0.05)
    other.enter()
    other.leave()
    stranger.close()
    mine._start_transaction_under_autocommit()
    with pytest.raises(QueueTimeout):
        other.enter()
    mine._rollback()
    other.enter()
    other.leave()
    mine.close()


def test_a_forked_child_does_not_wait_for_its_parents_threads(tmp_path: Path) -> None:
    code = (
        "import os; from pathlib import Path; from madang.db.queue import WriterQueue\n"
        f"held = WriterQueue(Path({str(tmp_path / 'q')!r}), 5); held.enter()\n"
        "if os.fork() == 0:\n"
        "    os.close(held._file)\n"
        f"    mine = WriterQueue(Path({str(tmp_path / 'q')!r}), 30)\n"
        "    print('asks', flush=True); mine.enter(); mine.leave()\n"
        "    print('had its turn', flush=True); os._exit(0)\n"
        "held.leave(); os._exit(os.waitstatus_to_exitcode(os.wait()[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n") == ["asks", "had its turn", ""]
