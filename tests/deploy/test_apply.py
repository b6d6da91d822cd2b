"""What can be seen of a deployment without a server of its own."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from madang.deploy import apply, command, front, host, making, reading, releases, render
from madang.deploy.place import Place
from madang.deploy.plan import File, Site

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def shelf(tmp_path: Path) -> Place:
    """A server's disk of the test's own."""
    return Place(root=tmp_path)


def test_without_root_nothing_is_begun(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert command.run(["--host", "example.org"]) == 1
    assert command.run(["rollback"]) == 1
    told = "madang deploy: Deploying needs root: start it with sudo.\n"
    assert capsys.readouterr().err == 2 * told


def test_a_bad_name_is_refused_before_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(["--host", "a b"]) == 2
    assert capsys.readouterr().err == "madang deploy: this cannot be used: --host 'a b'\n"


def test_where_nothing_is_deployed_there_is_no_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.run(["releases", "--name", "not-here"]) == 0
    assert command.run(["status", "--name", "not-here"]) == 1
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "madang deploy: No site is deployed on this server.\n")


def test_releases_follow_each_other_by_their_names(shelf: Place) -> None:
    names = [releases.new_name(datetime(2027, 3, day, tzinfo=UTC)) for day in (1, 2, 30)]
    assert names == ["20270301T000000Z", "20270302T000000Z", "20270330T000000Z"]
    assert (releases.whole(shelf), releases.leftovers(shelf)) == ([], [])
    assert releases.current(shelf) is None
    for name in [*names, "elsewhere"]:
        (shelf.releases / name).mkdir(parents=True)
    for name in names[:2]:
        (shelf.releases / name / "ready").touch()
    assert releases.whole(shelf) == names[:2]
    assert sorted(releases.leftovers(shelf)) == [names[2], "elsewhere"]
    host.link(shelf.current, shelf.run / names[1])
    assert (releases.current(shelf), releases.before(shelf, names[1])) == (names[1], names[0])
    assert releases.before(shelf, names[0]) is None
    releases.remove(shelf, names[0])
    assert releases.whole(shelf) == names[1:2]


def test_folders_of_somebody_else_are_left_alone(shelf: Place, tmp_path: Path) -> None:
    """A name that something else has, or whose folder holds the code, is refused."""
    code = tmp_path / "home" / "code"
    apply.check_own(shelf, code)
    for path in (shelf.state, shelf.env.parent, shelf.releases.parent):
        path.mkdir(parents=True)
        with pytest.raises(making.Cannot, match=f"^{path} is there already, and no site's"):
            apply.check_own(shelf, code)
        path.rmdir()
    shelf.env.parent.mkdir(parents=True)
    shelf.env.touch()
    shelf.state.mkdir(parents=True)
    apply.check_own(shelf, code)
    for inside in (shelf.releases.parent, shelf.releases.parent / "code", shelf.root / "srv"):
        with pytest.raises(making.Cannot, match="choose another --name"):
            apply.check_own(shelf, inside)


def test_a_link_leads_elsewhere_from_one_moment_to_the_next(tmp_path: Path) -> None:
    link = tmp_path / "run" / "current"
    for target in ("one", "other"):
        host.link(link, tmp_path / target)
        assert link.readlink() == tmp_path / target
    assert [path.name for path in link.parent.iterdir()] == ["current"]


def test_a_file_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "chown", lambda *_who: None)
    wanted = File(tmp_path / "etc" / "a", "text\n", mode=0o640)
    assert [host.write(wanted), host.write(wanted)] == [True, False]
    path = Path(wanted.path)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("text\n", 0o640)
    path.chmod(0o600)
    assert host.write(wanted)


def test_what_fails_tells_the_end_of_what_it_said() -> None:
    with pytest.raises(host.Failed, match="sh -c .*: 3\nthe cause$"):
        host.run("sh", "-c", "echo the cause; exit 3")
    assert host.run("sh", "-c", "echo $A", environ={"A": "b"}) == "b\n"
    assert (host.works("true"), host.works("false"), host.works("no-such-program")) == (
        True,
        False,
        False,
    )


@pytest.mark.parametrize("with_brotli", [False, True])
def test_texts_are_packed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, with_brotli: bool
) -> None:
    packed = []

    def pack(*command: str | Path) -> None:
        packed.append(Path(command[-1]).name)
        Path(command[command.index("-o") + 1]).touch()

    monkeypatch.setattr(shutil, "chown", lambda *_who: None)
    monkeypatch.setattr(host, "run", pack)
    for name in ("a.css", "b.woff2"):
        (tmp_path / name).write_text("body {}")
    for _ in range(2):
        making.compress(tmp_path, "madang", with_brotli=with_brotli)
    endings = ["", ".br", ".gz"] if with_brotli else ["", ".gz"]
    texts = [f"a.css{ending}" for ending in endings]
    assert sorted(path.name for path in tmp_path.iterdir()) == [*texts, "b.woff2"]
    assert packed == (["a.css"] if with_brotli else [])


def test_nginx_is_told_of_brotli_only_where_it_has_the_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "MODULES", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert not host.has_brotli()
    (tmp_path / "50-mod-http-brotli-static.conf").touch()
    assert host.has_brotli()
    told = [render.nginx(Site("example.org", has_brotli=it)) for it in (True, False)]
    assert ["brotli_static on;" in text for text in told] == [True, False]


@pytest.mark.parametrize(("said", "number"), [("systemd 245 (245.4-4ubuntu3)\n", 245), ("?", 0)])
def test_an_old_systemd_is_refused_by_its_number(
    said: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not know a line of a unit leaves it out, and the sandbox with it."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(Path, "is_dir", lambda _path: True)
    monkeypatch.setattr(host, "run", lambda *_command: said)
    with pytest.raises(making.Cannot, match=f"systemd {number} is too old.* {apply.SYSTEMD}"):
        apply.fit()


def test_a_port_that_is_somebody_elses_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    nginx, other = (reading.Listener(name, 7, is_ipv6_only=False) for name in ("nginx", "caddy"))
    held = {80: [nginx], 443: [nginx, other]}
    monkeypatch.setattr(reading, "listening", lambda port: held.get(port, []))
    front.check_ports(Site("example.org"))
    front.check_ports(Site("example.org", port=8080))
    with pytest.raises(making.Cannot, match="443 belongs to caddy .process 7"):
        front.check_ports(Site("example.org", port=443, tls="internal"))


def test_without_ipv6_nginx_listens_on_ipv4_alone() -> None:
    both, one = (
        "\n".join(file.text for file in render.front(Site("example.org", has_ipv6=has_ipv6)))
        for has_ipv6 in (True, False)
    )
    assert (both.count("listen [::]:80"), one.count("listen [::]")) == (2, 0)
    assert (both.count("    listen 80"), one.count("    listen 80")) == (2, 2)
