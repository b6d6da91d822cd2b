"""Another Django project, deployed beside Madang's own with the same command."""

from __future__ import annotations

import pytest

from tests import projects
from tests.booted import Server, server
from tests.load import Load
from tests.machines import unable

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("project"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
]

HOST = "shelf.example.org"
CLONE, PROJECT = "/srv/clone", "/srv/course/Book_shop"
WHAT = ["--host", HOST, "--project", PROJECT, "--module", projects.MODULE]
NAMED = ["--name", "book-shop"]
SWITCHES = 20


def deploy(made: Server, *words: str) -> tuple[int, str]:
    """`./madang deploy` as root, in the clone."""
    return made.run(f"{CLONE}/madang", "deploy", *words, folder=CLONE)


@pytest.mark.parametrize("kind", ["uwsgi", "gunicorn"])
def test_a_project_of_a_course_is_taken_live_and_switched_under_load(kind: str) -> None:
    with server("bookworm", CLONE) as made:
        projects.write(made.root / PROJECT[1:])
        what = [*WHAT, "--server", kind]
        _bad_words_change_nothing(made)
        first = _goes_live(made, what)
        second = _switches_while_slow_requests_run(made, what, first)
        _what_cannot_be_done_is_refused(made, what, second)
        code, said = deploy(made, "remove", "--host", HOST, "--data", *NAMED)
        assert code == 0, said
        assert made.must("find", "/etc", "/srv", "/var", "-name", "book-shop*") == ""


def current(made: Server) -> str:
    """The release that visitors reach."""
    return made.must("readlink", "/srv/book-shop/run/current").strip().rpartition("/")[2]


def _bad_words_change_nothing(made: Server) -> None:
    for words, named in (
        (["--module", "shop wsgi"], "--module"),
        (["--name", "madang"], "--name"),
        (["--anonymous", "anon.example.org"], "--anonymous"),
        (["--requirements", "nothing.txt"], f"{PROJECT}/nothing.txt"),
    ):
        code, said = deploy(made, *WHAT, *words)
        assert (code in {1, 2}, named in said) == (True, True), said
    made.must("cp", "-r", PROJECT, "/srv/shelves")
    inside = [*WHAT, "--project", "/srv/shelves", "--name", "shelves"]
    for words, named in ((inside, "/srv/shelves"), ([*WHAT, "--name", "nginx"], "/etc/nginx")):
        code, said = deploy(made, *words)
        assert (code, named in said, "--name" in said) == (1, True, True), said
    assert made.run("test", "-e", "/srv/shelves/shop/urls.py")[0] == 0
    assert made.run("test", "-e", "/srv/book-shop/run/current")[0] == 1


def _goes_live(made: Server, what: list[str]) -> str:
    """Its pages, its files, its name; what a course leaves behind does not come along."""
    code, said = deploy(made, *what)
    assert code == 0, said
    [(status, _headers, text)] = made.ask(HOST, "/")
    assert (status, projects.HEADING in text, text.count("<li>")) == (200, True, 10), text
    assert 'href="/assets/shelf.css"' in text
    [(status, _headers, text)] = made.ask(HOST, "/assets/shelf.css")
    assert (status, text) == (200, "h1 { color: teal }\n")
    made.must("sh", "-c", "mkdir -p /var/lib/book-shop/media; echo a > /var/lib/book-shop/media/b")
    assert made.ask(HOST, "/pictures/b")[0][::2] == (200, "a\n")
    [(status, _headers, text)] = made.ask(HOST, "/nowhere/")
    assert (status, "DEBUG" in text) == (404, False)
    assert made.ask("other.example.org", "/")[0][0] == 0
    folder = f"/srv/book-shop/releases/{current(made)}/code"
    assert made.must("ls", "--almost-all", folder).split() == ["requirements.txt", "shelf", "shop"]
    assert made.must("stat", "--format=%U", "/var/lib/book-shop/db.sqlite3").strip() == "book-shop"
    key = made.must("cat", "/etc/book-shop/book-shop.env")
    assert "DEPLOYED_SECRET_KEY=" in key
    code, said = deploy(made, "status", *NAMED)
    assert (code, said.splitlines()[-1]) == (0, f"http://{HOST}/: 200"), said
    return current(made)


def _switches_while_slow_requests_run(made: Server, what: list[str], first: str) -> str:
    """Every request is answered: the slow ones by the release that began them."""
    slow, quick = Load(made, HOST, "/slow/", 3), Load(made, HOST, "/", 1)
    code, said = deploy(made, *what)
    assert code == 0, said
    second = current(made)
    for at in range(1, SWITCHES):
        name = first if at % 2 else second
        code, said = deploy(made, "rollback", "--to", name, *NAMED)
        assert (code, current(made)) == (0, name), said
    asked = [slow.end(), quick.end()]
    assert [each.badly for each in asked] == [0, 0]
    assert all(each.well > SWITCHES for each in asked)
    code, said = deploy(made, "rollback", "--to", second, *NAMED)
    assert (code, current(made)) == (0, second), said
    code, said = deploy(made, "rollback", "--to", "20200101T000000Z", *NAMED)
    assert (code, "no other release 20200101T000000Z" in said) == (1, True), said
    return second


def _what_cannot_be_done_is_refused(made: Server, what: list[str], name: str) -> None:
    """With its cause; nobody notices, and nothing is left."""
    quick = Load(made, HOST, "/", 1)
    for broken, mended, more, named in HINDRANCES:
        made.must("sh", "-c", broken)
        code, said = deploy(made, *what, *more)
        made.must("sh", "-c", mended)
        assert (code, named in said, current(made)) == (1, True, name), said
    asked = quick.end()
    assert (asked.badly, asked.well > len(HINDRANCES)) == (0, True)
    folder = made.must("ls", "/srv/book-shop/releases").split()
    assert name in folder
    assert len(folder) == 2
    assert made.ask(HOST, "/")[0][0] == 200


LATE = """
from django.db import migrations, models


def fail(apps, schema_editor):
    raise RuntimeError("half-way")


class Migration(migrations.Migration):
    dependencies = [("shelf", "0001_initial")]
    operations = [
        migrations.AddField("Book", "year", models.IntegerField(null=True)),
        migrations.RunPython(fail),
    ]
"""
MIGRATION, RELEASES = f"{PROJECT}/shelf/migrations/0002_late.py", "/srv/book-shop/releases"
SMALL = "mkdir /srv/small; mount -t tmpfs -o size=1m small /srv/small; mkdir /srv/small/{a,b}"
OVER = f"lowerdir={RELEASES},upperdir=/srv/small/a,workdir=/srv/small/b"
SQUAT = 'import socket, time; door = socket.create_server(("", 8080)); time.sleep(600)'
HINDRANCES = [
    (f"cat > {MIGRATION} <<'END'\n{LATE}END", f"rm {MIGRATION}", [], "half-way"),
    (
        f"bash -c '{SMALL}'; mount -t overlay -o {OVER} over {RELEASES}",
        f"umount {RELEASES}; umount /srv/small; rmdir /srv/small",
        [],
        f"The disk of {RELEASES} is full",
    ),
    ("mv /etc/pip.conf /srv/kept", "mv /srv/kept /etc/pip.conf", [], "name resolution"),
    (
        f"systemd-run --quiet --unit=squatter python3 -c '{SQUAT}'; sleep 2",
        "systemctl stop squatter",
        ["--port", "8080"],
        "Port 8080 belongs to python3",
    ),
]
"""What stands in the way of a release, how, and how it goes away; what is asked; what is said."""
