"""A site taken live on a booted server: first, again, badly, and back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.booted import Server, answers, server
from tests.machines import unable
from tests.processes import eventually

pytestmark = [
    pytest.mark.once,
    pytest.mark.bare,
    pytest.mark.xdist_group("server"),
    pytest.mark.skipif(bool(unable()), reason=unable() or "it is not"),
]

HOST = "example.org"
CLONE = "/srv/clone"
BROKEN = "raise RuntimeError('this release cannot be imported')\n"


def deploy(made: Server, *words: str) -> tuple[int, str]:
    """`./madang deploy` as root, in the clone."""
    return made.run(f"{CLONE}/madang", "deploy", *words, folder=CLONE)


def current(made: Server) -> str:
    """The release that visitors reach."""
    return made.must("readlink", "/srv/madang/run/current").strip().rpartition("/")[2]


def statuses(made: Server, path: str = "/readyz", count: int = 1) -> set[int]:
    """What the outsider is answered."""
    return {status for status, _headers, _text in made.ask(HOST, path, count)}


@pytest.mark.parametrize(("kind", "suite"), [("uwsgi", "bookworm"), ("gunicorn", "trixie")])
def test_a_server_from_nothing_to_the_next_release_and_back(kind: str, suite: str) -> None:
    options = ["--host", HOST, "--server", kind]
    with server(suite, CLONE) as made:
        first = _goes_live(made, options)
        second = _next_without_a_lost_request(made, options)
        assert second > first
        _broken_changes_nothing(made, options, second)
        _goes_back(made, first, second)
        _starts_at_boot(made, first)
        path = _backup_is_whole(made)
        _comes_back_after_a_power_cut(made, first)
        _is_put_back(made, path)
        _goes_away(made)


def _goes_live(made: Server, options: list[str]) -> str:
    code, said = deploy(made, *options)
    assert code == 0, said
    name = current(made)
    [(status, headers, text)] = made.ask(HOST, "/people/login/")
    assert (status, headers["Server"]) == (200, "nginx")
    [sheet] = re.findall(r'href="(/static/ui/base\.[0-9a-f]{12}\.css)"', text)
    [(status, headers, _text)] = made.ask(HOST, sheet)
    assert (status, headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert statuses(made) == {200}
    assert [status for status, _headers, _text in made.ask("other.example", "/")] == [0]
    code, said = deploy(made, "status")
    assert (code, said.count("runs")) == (0, 2), said
    for kind in ("web", "worker"):
        exposed = made.must("systemd-analyze", "security", "--json=short", f"madang-{kind}@{name}")
        assert json.loads(exposed)
        overall = made.run("systemd-analyze", "security", f"madang-{kind}@{name}")[1]
        [score] = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", overall)
        assert float(score) <= 2
    modes = made.must("stat", "--format=%a %U %G", "/etc/madang/madang.env", "/var/lib/madang")
    assert modes.splitlines() == ["640 root www-data", "750 madang www-data"]
    assert (
        made.must("find", f"/srv/madang/releases/{name}", "-perm", "/022", "-not", "-type", "l")
        == ""
    )
    return name


def _next_without_a_lost_request(made: Server, options: list[str]) -> str:
    before = current(made)
    crowd = made.crowd(HOST, "/people/login/", 400)
    code, said = deploy(made, *options)
    assert code == 0, said
    told, _nothing = crowd.communicate()
    assert {status for status, _headers, _text in answers(told)} == {200}
    assert statuses(made, count=20) == {200}
    eventually(lambda: "inactive" in made.run("systemctl", "is-active", f"madang-web@{before}")[1])
    backups = made.must("ls", "/var/backups/madang").split()
    assert f"{current(made)}.sqlite3" in backups
    return current(made)


def _broken_changes_nothing(made: Server, options: list[str], name: str) -> None:
    """A release that cannot be imported is refused with its cause, and leaves nothing behind."""
    source = Path(made.root) / CLONE[1:] / "src/madang/urls.py"
    whole = source.read_text("utf-8")
    source.write_text(BROKEN + whole, "utf-8")
    crowd = made.crowd(HOST, "/people/login/", 200)
    try:
        code, said = deploy(made, *options)
    finally:
        source.write_text(whole, "utf-8")
    assert code == 1
    assert "this release cannot be imported" in said
    told, _nothing = crowd.communicate()
    assert {status for status, _headers, _text in answers(told)} == {200}
    assert current(made) == name
    assert statuses(made, count=5) == {200}
    assert name in made.must("ls", "/srv/madang/releases")
    assert len(deploy(made, "releases")[1].splitlines()) >= 2


def _goes_back(made: Server, first: str, second: str) -> None:
    code, said = deploy(made, "rollback")
    assert code == 0, said
    assert current(made) == first
    assert statuses(made, count=5) == {200}
    assert deploy(made, "releases")[1].splitlines() == [f"* {first}", f"  {second}"]


def _starts_at_boot(made: Server, name: str) -> None:
    """The current release and no other."""
    units = made.must("systemctl", "list-unit-files", "--state=enabled", "--no-legend")
    assert "nginx.service" in units
    wanted = made.must("ls", "/etc/systemd/system/multi-user.target.wants").split()
    assert {each for each in wanted if each.startswith("madang-")} == {
        f"madang-web@{name}.service",
        f"madang-worker@{name}.service",
    }


def _backup_is_whole(made: Server) -> str:
    code, said = deploy(made, "backup")
    assert code == 0, said
    path = said.strip().splitlines()[-1]
    count = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1])\n"
    count += "print(c.execute('PRAGMA integrity_check').fetchone()[0])\n"
    count += "print(c.execute('SELECT count(*) FROM django_migrations').fetchone()[0] > 50)"
    assert made.must("python3", "-c", count, path).split() == ["ok", "True"]
    assert made.must("stat", "--format=%a", path).strip() == "600"
    return path


def _comes_back_after_a_power_cut(made: Server, name: str) -> None:
    made.halt()
    made.boot()
    eventually(lambda: statuses(made) == {200})
    assert current(made) == name


def _is_put_back(made: Server, path: str) -> None:
    """Everything as it was in the copy; a file that is none is refused and touches nothing."""
    count = "import sqlite3; c = sqlite3.connect('/var/lib/madang/madang.sqlite3')\n"
    tell = ["python3", "-c", count + "print(c.execute('SELECT value FROM said').fetchall())"]
    write = "c.execute('CREATE TABLE said (value)'); c.execute('INSERT INTO said VALUES (1)')"
    made.must("python3", "-c", f"{count}{write}; c.commit()")
    made.must("sh", "-c", "echo no database > /srv/none.sqlite3")
    code, said = deploy(made, "restore", "/srv/none.sqlite3")
    assert (code, "is no whole copy of this site's database" in said) == (1, True), said
    assert made.must(*tell).strip() == "[(1,)]"
    code, said = deploy(made, "restore", path)
    assert code == 0, said
    assert "no such table" in made.run(*tell)[1]
    assert statuses(made, count=5) == {200}
    assert made.must("stat", "--format=%U", "/var/lib/madang/madang.sqlite3").strip() == "madang"
    code, said = deploy(made, "logs", "--lines", "500")
    assert (code, "madang" in said) == (0, True), said


def _goes_away(made: Server) -> None:
    """What members wrote stays, until somebody says otherwise."""
    code, said = deploy(made, "remove", "--host", "other.org")
    assert (code, said) == (1, f"madang deploy: The site here is {HOST}.\n")
    code, said = deploy(made, "remove", "--host", HOST)
    assert code == 0, said
    assert statuses(made) == {0}
    assert made.run("systemctl", "list-units", "--no-legend", "madang-*")[1].strip() == ""
    left = made.must("find", "/etc", "/srv", "/var/lib/madang", "-name", "madang*").split()
    assert {path for path in left if not path.startswith((CLONE, "/var/lib/madang/static"))} == {
        "/etc/madang",
        "/etc/madang/madang.env",
        "/var/lib/madang",
        "/var/lib/madang/madang.sqlite3",
        "/var/lib/madang/madang.sqlite3-queue",
    }
