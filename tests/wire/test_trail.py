"""`madang wire request` draws a request's layers to scale in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from madang.wire import command
from tests.wire.traces import NUMBER, filled, record

pytestmark = pytest.mark.once


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    filled(tmp_path)
    return str(tmp_path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert command.run(list(arguments)) == 0
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_a_request_shows_every_layer(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "request", NUMBER, "--folder", folder)
    assert lines[0] == (
        f"{NUMBER} 2027-01-15 08:00:00.000Z 200 25.0 ms GET /books/ queries in a loop"
    )
    assert [line for line in lines[2:] if "━" not in line and "═" not in line] == [
        "Ethernet · 02:00:00:00:00:01 → 02:00:00:00:00:02",
        "IPv4 · 10.0.0.1 → 10.0.0.2, TTL 64",
        "TCP · 53122 → 80, opened within 0.20 ms",
        "HTTP/1.1 · 160 bytes asked, 800 bytes answered",
        "passed on to the application, 300 bytes sent",
        "unix socket: not captured · process 4321, worker 2",
        "shop.views.books · shop/books.html",
        "3 times Book.author: shop/views.py, line 19",
        "0 26.0 ms",
        '0.50 ms 3 shop/views.py:18 SELECT * FROM "book"',
        '3 × 0.75 ms 3 shop/views.py:19 SELECT * FROM "author" WHERE "id" = %s',
        '! 3 times Book.author: shop/views.py, line 19 → select_related("author")',
    ]
    drawn = [line for line in lines if "━" in line]
    assert [line.split(" ")[0] for line in drawn] == [
        "Network",
        "Internet",
        "Transport",
        "Application",
        "nginx",
        "uWSGI",
        "Django",
        "SQL",
    ]
    assert [line.strip("━─╍ ").split("━")[-1].lstrip("─╍ ") for line in drawn] == [
        "5 frames",
        "1290 bytes",
        "sent again: 1",
        "first byte 24.5 ms",
        "25.0 ms",
        "waited 2.0 ms",
        "20.0 ms",
        "4 statements, 1.2 ms",
    ]


def test_a_static_file_has_no_django(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "request", "f" * 32, "--folder", folder)
    assert lines[2:6] == [
        "Network access not captured",
        "Ethernet",
        "Internet not captured",
        "IP",
    ]
    assert lines[-4:-1] == ["Server no Django", "Django no Django", "SQL no Django"]


def test_the_latest_are_listed(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "requests", "--folder", folder)
    assert [line.split(" ", 6)[6] for line in lines] == [
        "GET /static/a.css no Django",
        "GET /books/ queries in a loop",
    ]
    only = said(capsys, "requests", "--folder", folder, "--only", "loops")
    assert only == lines[1:]


def test_programs_get_json(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["request", NUMBER, "--folder", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["django"] == record()
    assert command.run(["requests", "--folder", folder, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 2
    assert command.run(["index", "--folder", folder, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"taken_in": 0, "joined": 0}


def test_a_number_that_is_not_there_is_told(
    folder: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(["request", "a" * 32, "--folder", folder]) == 1
    assert capsys.readouterr().err == "madang wire: no request of that number is in the index.\n"
