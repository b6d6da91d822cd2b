"""The pages of requests: who may see them, what they show, and what they never do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from madang.people.models import Member
from madang.wire.models import Look
from madang.wire.spool import Spool
from tests.cast import Enter
from tests.servers import ROOT
from tests.wire.traces import AT, NUMBER, filled, record

pytestmark = pytest.mark.django_db


def lately(client: Client, member: Member) -> Client:
    """The browser of somebody who has just given the password again."""
    answer = client.post("/people/reauthenticate/", {"password": f"madang-{member.handle}-1"})
    assert answer.status_code == 302
    return client


@pytest.fixture
def operator(gwanu: Member, enter: Enter) -> Client:
    """Gwanu, who runs the site."""
    return lately(enter(gwanu), gwanu)


@pytest.fixture
def folder(operator: Client, tmp_path: Path, settings: LazySettings) -> Path:
    """Where traces are kept, turned on once the operator is in."""
    del operator
    settings.WIRE = {**settings.WIRE, "FOLDER": tmp_path}
    return tmp_path


@pytest.fixture
def known(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One request known by all its layers, and a file that nginx alone has answered."""
    monkeypatch.setattr("madang.wire.index.DAYS", 100_000)
    filled(folder)
    return folder


def paths(answer: Any) -> list[str]:
    return [row.request.path for row in answer.context["rows"]]


# Who.


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("path", ["/wire/", f"/wire/{NUMBER}/"])
def test_only_operators_who_are_here_themselves_see_requests(
    client: Client, hana: Member, gwanu: Member, enter: Enter, path: str
) -> None:
    assert client.get(path)["Location"].startswith("/people/login/")
    assert lately(enter(hana), hana).get(path).status_code == 403
    away = enter(gwanu).get(path)
    assert (away.status_code, away["Location"][:24]) == (302, "/people/reauthenticate/?")
    assert not Look.objects.exists()
    back = lately(enter(gwanu), gwanu)
    answer = back.get(path)
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert back.post(path).status_code == 405


def test_the_room_is_in_the_navigation_of_operators_alone(
    hana: Member, gwanu: Member, enter: Enter
) -> None:
    shown = [enter(member).get("/").content.decode() for member in (hana, gwanu)]
    assert ['href="/wire/"' in page for page in shown] == [False, True]


@pytest.mark.usefixtures("known")
def test_every_look_is_written_down(operator: Client, gwanu: Member) -> None:
    operator.get(f"/wire/{NUMBER}/")
    answer = operator.get("/wire/", {"find": "books", "only": "loops"})
    assert [(look.by, look.page, look.what) for look in Look.objects.all()] == [
        (str(gwanu.pk), "requests", "loops books"),
        (str(gwanu.pk), "request", NUMBER),
    ]
    assert [name for _look, name in answer.context["looks"]] == [str(gwanu)] * 2
    assert str(Look.objects.all()[0]).endswith(" requests loops books")


# The list.


def test_where_nothing_is_traced_the_page_says_how_to_turn_it_on(operator: Client) -> None:
    answer = operator.get("/wire/")
    assert (answer.status_code, answer.context["is_on"]) == (200, False)
    assert "MADANG_TRACE" in answer.content.decode()
    assert operator.get(f"/wire/{NUMBER}/").status_code == 404


@pytest.mark.usefixtures("folder")
def test_before_the_first_request_it_says_so(operator: Client) -> None:
    assert b'class="empty"' in operator.get("/wire/").content


@pytest.mark.usefixtures("known")
def test_the_list_is_what_views_answered_unless_told_otherwise(operator: Client) -> None:
    assert paths(operator.get("/wire/")) == ["/books/"]
    assert paths(operator.get("/wire/", {"only": "all"})) == ["/static/a.css", "/books/"]
    assert paths(operator.get("/wire/", {"only": "loops", "find": "shop.views"})) == ["/books/"]
    nothing = operator.get("/wire/", {"only": "failed"})
    assert (paths(nothing), b'class="empty"' in nothing.content) == ([], True)
    row = operator.get("/wire/").context["rows"][0]
    assert (row.at.timestamp(), row.ms, row.size) == (AT, "25.0 ms", 1000)


@pytest.mark.parametrize("asked", [{"only": "x"}, {"only": ""}, {"before": "x"}, {"before": "1-2"}])
def test_nonsense_is_refused(operator: Client, folder: Path, asked: dict[str, str]) -> None:
    assert operator.get("/wire/", asked).status_code == 400
    assert not Look.objects.exists()
    assert not list(folder.iterdir())


def test_older_ones_are_a_page_further(
    operator: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madang.wire.index.DAYS", 100_000)
    spool = Spool(folder / "spool")
    for n in range(60):
        spool.write(record(id=f"{n:032x}", at=AT + n // 2, path=f"/{n}/"))
    first = operator.get("/wire/", {"find": "books"})
    assert len(paths(first)) == 50
    older = operator.get("/wire/?" + first.context["older"])
    assert (older.context["older"], older.context["is_first"]) == ("", False)
    seen = [row.request.id for page in (first, older) for row in page.context["rows"]]
    assert (len(seen), len(set(seen))) == (60, 60)


# One request.


@pytest.mark.usefixtures("known")
def test_one_request_shows_every_layer_to_one_scale(operator: Client) -> None:
    answer = operator.get(f"/wire/{NUMBER}/")
    lanes = answer.context["lanes"]
    assert [lane.layer.key for lane in lanes] == [
        "access",
        "internet",
        "transport",
        "application",
        "nginx",
        "hop",
        "django",
        "sql",
    ]
    drawn = [mark for lane in lanes for mark in lane.marks]
    assert all(mark.x >= 0 and mark.x + mark.width <= 1000 for mark in drawn)
    assert [mark.tone for mark in lanes[-1].marks] == ["plain", "warn", "warn", "warn"]
    assert [(row["times"], row["spent"]) for row in answer.context["rows"]] == [
        (1, "0.50 ms"),
        (3, "0.75 ms"),
    ]
    page = answer.content.decode()
    assert "shop/views.py:19" in page
    assert "select_related(&quot;author&quot;)" in page
    assert "style=" not in re.sub(r"<link[^>]*>", "", page)


@pytest.mark.usefixtures("known")
def test_what_nginx_answered_itself_says_no_django(operator: Client) -> None:
    answer = operator.get(f"/wire/{'f' * 32}/")
    seen = {lane.layer.key: lane.layer.is_seen for lane in answer.context["lanes"]}
    assert (seen["nginx"], seen["django"], seen["sql"]) == (True, False, False)
    assert (answer.context["rows"], answer.context["templates"]) == ([], [])


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("number", ["0" * 32, "x", "..", "A" * 32, "a" * 5000])
def test_an_unknown_number_is_not_found(operator: Client, number: str) -> None:
    assert operator.get(f"/wire/{number}/").status_code == 404
    assert not Look.objects.exists()


def test_a_view_that_failed_and_statements_that_were_too_many(
    operator: Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("madang.wire.index.DAYS", 100_000)
    odd = record(exception="KeyError", untold=7, status=500, bytes=None, fields=[], loops=[])
    for row in odd["sql"]:
        row[-1], row[2] = -1, -1
    Spool(folder / "spool").write(odd)
    page = operator.get(f"/wire/{NUMBER}/").content.decode()
    assert "KeyError" in page
    assert "7개가 더" in page


# What never.

PLANTED = "planted7secret"


def test_planted_secrets_are_on_no_page_and_in_no_file(
    folder: Path, hana: Member, operator: Client
) -> None:
    browser = Client(headers={"authorization": f"Bearer {PLANTED}"})
    browser.cookies["planted"] = PLANTED
    browser.post("/people/login/", {"login": "hana", "password": PLANTED})
    browser.get(f"/reservation/feed/{PLANTED}.ics", {"token": PLANTED})
    browser.get("/people/login/", {"next": f"/{PLANTED * 3}/"})
    browser.get(f"/people/password/reset/key/{PLANTED}/")
    browser.force_login(hana)
    browser.post("/microblog/say/", {"text": f"my password is {PLANTED}"})
    listed = operator.get("/wire/", {"only": "all"})
    assert len(listed.context["rows"]) >= 5
    pages = [listed.content]
    pages += [operator.get(f"/wire/{row.request.id}/").content for row in listed.context["rows"]]
    kept = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    assert not [text for text in [*pages, *kept] if PLANTED.encode() in text]


def test_the_pages_themselves_are_not_recorded(operator: Client, folder: Path) -> None:
    own = Client()
    own.cookies = operator.cookies
    own.get("/")
    own.get("/wire/")
    assert paths(own.get("/wire/", {"only": "all"})) == ["/"]
    assert folder.is_dir()


# Any other project.

DOZEN = """
import os, re
from tests.wire.dozen.filled import fill
fill()
from django.test import Client
client = Client()
for path in ("/authors/", "/authors/ahead/"):
    client.get(path)
page = client.get("/requests/").content.decode()
one = re.search("/requests/[0-9a-f]{32}/", page).group() if "/requests/" in page else "/requests/x/"
print(client.get("/requests/").status_code, client.get(one).status_code)
print(page.count("authors"), client.get(one, REMOTE_ADDR="192.0.2.1").status_code)
print(client.get("/requests/").content.decode())
"""


@pytest.mark.once
@pytest.mark.parametrize("debug", ["", "yes"])
def test_another_project_shows_them_to_its_developer_alone(tmp_path: Path, debug: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DOZEN],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "DOZEN_DB": str(tmp_path / "dozen.sqlite3"),
            "DOZEN_WIRE": str(tmp_path / "wire"),
            "DOZEN_DEBUG": debug,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen, named, *page = done.stdout.splitlines()
    if debug:
        assert (seen, named.split()[1]) == ("200 200", "403")
        assert "wire/plain.css" in "\n".join(page)
    else:
        assert seen == "403 403"
