"""A plan is a pure value: it refuses what cannot be, and says what differs without secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from madang.deploy.plan import Application, BadSite, File, Site, difference

pytestmark = pytest.mark.once

ENV = Path("/etc/madang/madang.env")
UNIT = Path("/etc/systemd/system/a.service")


@pytest.mark.parametrize(
    "host",
    ["", "a b", "example.org;", "-a.org", "a-.org", "a..org", "a" * 64, "*.org", "EXAMPLE.org",
     "example.org\n", "{}", "a." * 130 + "b"],
)  # fmt: skip
def test_what_is_no_name_of_a_host_is_refused(host: str) -> None:
    with pytest.raises(BadSite) as refusal:
        Site(host=host)
    assert str(refusal.value) == f"--host {host!r}"


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(BadSite) as refusal:
        Site(host="example.org", port=port)
    assert str(refusal.value) == f"--port {port}"


def test_gunicorn_has_no_emperor() -> None:
    with pytest.raises(BadSite) as refusal:
        Site(host="example.org", server="gunicorn", is_imperial=True)
    assert str(refusal.value) == "--emperor"


@pytest.mark.parametrize(
    "database",
    ["x", "mysql://host/name", "postgresql://host", "postgresql://[/name", "sqlite:///a b",
     "sqlite:///a\nB=c", 'sqlite:///"', "sqlite:///a\\", "sqlite:///마당"],
)  # fmt: skip
def test_a_refused_database_is_not_repeated(database: str) -> None:
    with pytest.raises(BadSite) as refusal:
        Site(host="example.org", database=database)
    assert str(refusal.value) == "--database"


def test_a_site_tells_its_variables() -> None:
    assert Site(host="example.org").variables == {
        "MADANG_HOSTS": "example.org",
        "MADANG_ORIGIN": "http://example.org",
        "MADANG_DATA": "/var/lib/madang",
    }
    grown = Site(host="example.org", port=8080, database="postgresql://madang@localhost/madang")
    assert grown.variables == {
        "MADANG_HOSTS": "example.org",
        "MADANG_ORIGIN": "http://example.org:8080",
        "MADANG_DATA": "/var/lib/madang",
        "MADANG_DATABASE_URL": "postgresql://madang@localhost/madang",
    }


def test_a_site_captures_where_no_anonymous_posts_come_to_its_ports() -> None:
    able = Site("example.org", has_dumpcap=True)
    recorder = "/srv/madang/run/capture/recorder"
    assert (able.captures, able.variables["MADANG_RECORDER"]) == (True, recorder)
    blog = Application("conf.wsgi", "conf.settings", ".")
    for site in (
        Site("example.org"),
        Site("example.org", has_dumpcap=True, anonymous="anon.example.org"),
        Site("example.org", has_dumpcap=True, application=blog),
    ):
        assert (site.captures, "MADANG_RECORDER" in site.variables) == (False, False)


def test_what_is_as_it_should_be_is_no_difference() -> None:
    assert list(difference((File(UNIT, "a\nb\n"),), {UNIT: "a\nb\n"})) == []


def test_a_missing_file_and_a_changed_one_show_as_a_diff() -> None:
    wanted = (File(UNIT, "a\n"), File(Path("/etc/b"), "new\nkept\n"))
    assert list(difference(wanted, {Path("/etc/b"): "old\nkept\n"})) == [
        "--- /dev/null",
        f"+++ {UNIT}",
        "@@ -0,0 +1 @@",
        "+a",
        "--- /etc/b",
        "+++ /etc/b",
        "@@ -1,2 +1,2 @@",
        "-old",
        "+new",
        " kept",
    ]


def test_of_what_could_be_secret_only_the_name_is_shown() -> None:
    before = "# the password is abc\nMADANG_HOSTS=old.org\nMADANG_SECRET_KEY=abc\nMAIL=abc\n"
    wanted = File(ENV, before.replace("old", "new") + "MADANG_DATABASE_URL=abc\n", is_secret=True)
    assert list(difference((wanted,), {ENV: before})) == [
        f"--- {ENV}",
        f"+++ {ENV}",
        "@@ -1,3 +1,4 @@",
        "-MADANG_HOSTS=old.org",
        "+MADANG_HOSTS=new.org",
        " MADANG_SECRET_KEY=…",
        " MAIL=…",
        "+MADANG_DATABASE_URL=…",
    ]
