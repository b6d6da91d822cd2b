"""Of everything that is wrong, which is the cause."""

from __future__ import annotations

import json

import pytest

from madang.deploy import checkup, running
from madang.deploy.findings import Finding, diagnose
from madang.deploy.look import Look
from madang.deploy.plan import Site

pytestmark = pytest.mark.once

DISK = Finding("disk_full", "disk", "full", explains=frozenset({"unit", "socket"}))
UNIT = Finding("web_down", "unit", "down", ("systemctl", "restart", "x y"), frozenset({"socket"}))
SOCKET = Finding("socket_dead", "socket", "dead")
DNS = Finding("dns_missing", "dns", "no address")


def test_nothing_wrong_has_no_cause() -> None:
    assert diagnose([]).cause is None


def test_what_follows_from_another_is_no_cause() -> None:
    found = diagnose([DISK, SOCKET, UNIT])
    assert (found.cause, found.consequences, found.besides) == (DISK, (SOCKET, UNIT), ())


def test_of_two_causes_the_outer_comes_first_and_the_other_is_told_besides() -> None:
    found = diagnose([DISK, UNIT, DNS])
    assert (found.cause, found.consequences, found.besides) == (DNS, (), (UNIT, DISK))


def test_two_that_explain_each_other_leave_a_cause_to_somebody_else() -> None:
    one = Finding("one", "nginx", "one", explains=frozenset({"port"}))
    other = Finding("other", "port", "other", explains=frozenset({"nginx"}))
    assert diagnose([one, other]).cause is None
    assert diagnose([one, other, DNS]).cause == DNS


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As root, on a server where the disk is full."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(
        "madang.deploy.walk.walk", lambda look: [DISK, UNIT, DNS] if look.port == 80 else []
    )


@pytest.mark.usefixtures("looked")
def test_the_terminal_tells_the_cause_and_how_to_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert checkup.run(["Example.org"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "example.org: no address",
        "Besides: down",
        "  Mend it: systemctl restart 'x y'",
        "Besides: full",
    ]
    assert checkup.run(["example.org", "--port", "81"]) == 0
    assert capsys.readouterr().out == "example.org: nothing is wrong from here.\n"


@pytest.mark.usefixtures("looked")
def test_a_program_reads_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert checkup.run(["example.org", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["is_healthy"], told["cause"]["code"]) == (False, "dns_missing")
    assert [one["code"] for one in told["besides"]] == ["web_down", "disk_full"]


def test_it_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert checkup.run(["example.org"]) == 2
    assert "sudo" in capsys.readouterr().err
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert checkup.run(["--name", "not-here"]) == 2
    assert "name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("shown", "code", "named"),
    [
        (
            {"LoadState": "loaded", "Result": "oom-kill", "MemoryMax": "99"},
            "web_oom",
            "(99 allowed)",
        ),
        ({"LoadState": "bad-setting"}, "web_down", "cannot read"),
        ({"LoadState": "loaded", "Result": "signal"}, "web_down", "(signal): it said so"),
    ],
)
def test_a_unit_that_is_down_says_why(
    monkeypatch: pytest.MonkeyPatch, shown: dict[str, str], code: str, named: str
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    up = {"ActiveState": "active"}
    monkeypatch.setattr(
        "madang.deploy.reading.properties", lambda unit: up if "worker" in unit else shown
    )
    monkeypatch.setattr("madang.deploy.host.journal", lambda unit, lines: "it said so\n")
    look = Look("example.org", 80, Site("example.org"), release="20260101T000000Z")
    [found] = running.units(look)
    assert found.code == code
    assert named in found.cause
