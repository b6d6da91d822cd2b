"""A project of a dozen lines is followed: view, templates, SQL, and loops of queries."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any  # JSON

import pytest

from tests.servers import ROOT

pytestmark = pytest.mark.once

VIEWS = "tests/wire/dozen/views.py"


def ask(folder: Path, *paths: str, wire: str = "wire", trusted: str = "") -> Any:
    """What the project answers to each path, and what was recorded."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.wire.dozen.filled", *paths],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "DOZEN_DB": str(folder / "dozen.sqlite3"),
            "DOZEN_WIRE": str(folder / wire) if wire else "",
            "DOZEN_REQUEST_ID": trusted,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def line(text: str) -> int:
    lines = (ROOT / VIEWS).read_text("utf-8").splitlines()
    return next(number for number, found in enumerate(lines, 1) if text in found)


LOOPS = {
    "/authors/": ("Book.author", 'select_related("author")', VIEWS, "(book.author.name for"),
    "/tags/": ("Book.tags", 'prefetch_related("tags")', VIEWS, "list(book.tags.all())) for"),
    "/books/": ("Author.books", 'prefetch_related("books")', VIEWS, "author.books.count"),
    "/tagged/": ("Tag.book_set", 'prefetch_related("book_set")', VIEWS, "tag.book_set.all"),
}


def test_a_loop_of_queries_is_named_with_relation_and_line(tmp_path: Path) -> None:
    records = ask(tmp_path, *LOOPS)["records"]
    assert [(len(record["sql"]), record["loops"]) for record in records] == [
        (
            13,
            [
                {
                    "relation": relation,
                    "remedy": remedy,
                    "file": file,
                    "line": line(text),
                    "times": 12,
                }
            ],
        )
        for relation, remedy, file, text in LOOPS.values()
    ]
    assert [row[-1] for row in records[0]["sql"]] == [-1] + [0] * 12


def test_what_is_asked_ahead_is_no_loop(tmp_path: Path) -> None:
    records = ask(tmp_path, "/authors/ahead/", "/tags/ahead/")["records"]
    assert [(len(record["sql"]), record["loops"]) for record in records] == [(1, []), (2, [])]
    assert [row[2] for row in records[1]["sql"]] == [12, 12]


def test_a_loop_in_a_template_is_named_with_its_line_there(tmp_path: Path) -> None:
    [record] = ask(tmp_path, "/page/")["records"]
    assert record["loops"] == [
        {
            "relation": "Book.author",
            "remedy": 'select_related("author")',
            "file": "dozen/page.html",
            "line": 3,
            "times": 12,
        }
    ]
    assert [(use["name"], use["times"]) for use in record["templates"]] == [("dozen/page.html", 1)]


def test_a_statement_again_and_again_is_a_loop_without_a_relation(tmp_path: Path) -> None:
    [record] = ask(tmp_path, "/statements/")["records"]
    where = {"file": VIEWS, "line": line("objects.get(pk=key)"), "times": 4}
    assert record["loops"] == [{"relation": "", "remedy": "", **where}]


def test_nothing_secret_is_recorded(tmp_path: Path) -> None:
    said = ask(tmp_path, "/literal/hunter2/?token=hunter2&page=1", "/broken/")
    assert [record["path"] for record in said["records"]] == ["/literal/…/", "/broken/"]
    assert said["records"][0]["texts"] == ["SELECT …, %s"]
    assert said["records"][0]["fields"] == ["page"]
    assert (said["records"][1]["status"], said["records"][1]["exception"]) == (500, "ValueError")
    assert "hunter2" not in json.dumps(said)
    kept = b"".join(file.read_bytes() for file in (tmp_path / "wire" / "spool").iterdir())
    assert b"hunter2" not in kept


def test_a_client_does_not_choose_the_number(tmp_path: Path) -> None:
    said = ask(tmp_path, "/books/", "/books/")
    numbers = [number for _status, number in said["answers"]]
    assert [record["id"] for record in said["records"]] == numbers
    assert len({*numbers, "f" * 32}) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", number) for number in numbers)


def test_behind_nginx_its_number_is_kept(tmp_path: Path) -> None:
    said = ask(tmp_path, "/books/", trusted="HTTP_X_REQUEST_ID")
    assert said["answers"] == [[200, "f" * 32]]
    assert [record["id"] for record in said["records"]] == ["f" * 32]


def test_anonymous_addresses_leave_nothing(tmp_path: Path) -> None:
    said = ask(tmp_path, "/anon/posts/")
    assert (said["answers"], said["records"]) == ([[200, ""]], [])


def test_switched_off_nothing_is_there(tmp_path: Path) -> None:
    code = (
        "import django; django.setup()\nfrom django.test import Client\n"
        "print(Client().get('/none/').headers)"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
        "DOZEN_DB": str(tmp_path / "dozen.sqlite3"),
        "DJANGO_SETTINGS_MODULE": "tests.wire.dozen.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert "X-Request-ID" not in done.stdout
    assert "Content-Type" in done.stdout
