"""The index keeps what it may, for as long as it may, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from madang.wire import index as module
from madang.wire.index import Search
from madang.wire.spool import Spool
from tests.wire.traces import AT, NOW, NUMBER, exchange, filled, index, line, log, record

pytestmark = pytest.mark.once


def test_what_all_layers_say_is_joined(tmp_path: Path) -> None:
    found = filled(tmp_path).get(NUMBER)
    assert found is not None
    assert (found.at, found.ms, found.view, found.statements, found.loops) == (
        AT,
        25.0,
        "shop.views.books",
        4,
        1,
    )
    assert (found.django, found.nginx, found.packets is not None) == (record(), line(), True)


def test_the_order_in_which_the_layers_tell_makes_no_difference(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    made = index(one)
    log(one, line())
    made.take_in(nginx_log=one / "access.log", at=NOW)
    Spool(one / "spool").write(record())
    made.take_in(nginx_log=one / "access.log", at=NOW)
    late = index(other)
    Spool(other / "spool").write(record())
    late.take_in(nginx_log=None, at=NOW)
    log(other, line())
    late.take_in(nginx_log=other / "access.log", at=NOW)
    assert made.get(NUMBER) == late.get(NUMBER)


def test_anonymous_routes_are_dropped_whole(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").write(record(path="/anon/posts"))
    log(tmp_path, line(path="/anon/posts"), line(request="a" * 32))
    made = index(tmp_path)
    made.take_in(nginx_log=tmp_path / "access.log", at=NOW)
    assert [one.id for one in made.recent(Search(), limit=9)] == ["a" * 32]
    assert made.join([exchange("a" * 32, "/anon/posts?x=1")]) == 0
    assert [one.packets for one in made.recent(Search(), limit=9)] == [None]
    assert b"anon" not in (tmp_path / "index.sqlite3").read_bytes()


@pytest.mark.parametrize(
    "bad",
    [
        {"request": "mine"},
        {"request": None},
        {"seconds": "long"},
        {"ended": None},
        {"status": []},
    ],
)
def test_a_line_that_makes_no_sense_is_passed_over(tmp_path: Path, bad: dict[str, object]) -> None:
    log(tmp_path, line(**bad))
    with (tmp_path / "access.log").open("ab") as door:
        door.write(b"\xff\n[]\n{")
    made = index(tmp_path)
    assert made.take_in(nginx_log=tmp_path / "access.log", at=NOW) == 0


@pytest.mark.parametrize("bad", [{"id": "mine"}, {"at": "now"}, {"status": None}, {"ms": "x"}])
def test_a_record_that_makes_no_sense_is_passed_over(
    tmp_path: Path, bad: dict[str, object]
) -> None:
    Spool(tmp_path / "spool").write(record(**bad))
    assert index(tmp_path).take_in(nginx_log=None, at=NOW) == 0


def test_what_is_old_is_forgotten(tmp_path: Path) -> None:
    made = filled(tmp_path)
    made.take_in(nginx_log=None, at=NOW + timedelta(days=module.DAYS, seconds=0.5))
    assert [one.path for one in made.recent(Search(), limit=9)] == ["/static/a.css"]


def test_what_is_too_much_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REQUESTS", 2)
    log(tmp_path, *(line(request=f"{number:032x}", ended=AT + number) for number in range(5)))
    made = index(tmp_path)
    made.take_in(nginx_log=tmp_path / "access.log", at=NOW)
    assert [one.id[-1] for one in made.recent(Search(), limit=9)] == ["4", "3"]


def test_a_list_is_searched_filtered_and_turned_over(tmp_path: Path) -> None:
    made = filled(tmp_path)
    log(tmp_path, line(request="a" * 32, path="/slow/", seconds=0.4, ended=AT + 2, status=500))
    made.take_in(nginx_log=tmp_path / "access.log", at=NOW)

    def paths(search: Search, **more: object) -> list[str]:
        return [one.path for one in made.recent(search, limit=9, **more)]  # type: ignore[arg-type] # as given

    assert paths(Search()) == ["/slow/", "/static/a.css", "/books/"]
    assert paths(Search(only="loops")) == ["/books/"]
    assert paths(Search(only="slow")) == paths(Search(only="failed")) == ["/slow/"]
    assert paths(Search(text="shop.views")) == paths(Search(text=NUMBER)) == ["/books/"]
    assert paths(Search(text="%")) == []
    [first] = made.recent(Search(), limit=1)
    assert paths(Search(), before=(first.at, first.id)) == ["/static/a.css", "/books/"]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    (tmp_path / "wire").mkdir()
    filled(tmp_path / "wire")
    assert (tmp_path / "wire" / "index.sqlite3").stat().st_mode & 0o777 == 0o600


def test_packets_of_an_unknown_request_are_dropped(tmp_path: Path) -> None:
    made = filled(tmp_path)
    assert made.join([exchange("b" * 32), replace(exchange(""), client=("", "10.0.0.9", 1))]) == 0
