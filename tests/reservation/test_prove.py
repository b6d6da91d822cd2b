"""`madang prove reservation`: what it says and which code it ends with; the race is in promises."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from datetime import UTC, datetime

import pytest

from madang import prove as command
from madang.reservation import prove

pytestmark = pytest.mark.once

GOOD = Counter(won=20, lost=980, milliseconds=7)
BROKEN = Counter(won=40, lost=960, broken=20, milliseconds=7)


@pytest.mark.parametrize(
    ("guarded", "control", "code", "verdict"),
    [
        (GOOD, BROKEN, 0, "약속이 지켜졌습니다. 지켜 주는 장치가 없을 때는 깨졌습니다."),
        (BROKEN, BROKEN, 1, "약속이 깨졌습니다. 꼭 알려 주세요."),
        (GOOD + Counter(errors=1), BROKEN, 1, "약속이 깨졌습니다. 꼭 알려 주세요."),
        (GOOD - Counter(won=1), BROKEN, 1, "약속이 깨졌습니다. 꼭 알려 주세요."),
        (
            GOOD,
            GOOD,
            1,
            "대조군이 지지 않았습니다. 무언가를 증명하려면 사람이나 횟수를 늘려야 합니다.",
        ),
    ],
)
def test_the_verdict_is_in_the_terminals_language(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    guarded: Counter[str],
    control: Counter[str],
    code: int,
    verdict: str,
) -> None:
    def race(url: str, clients: int, rounds: int, *, is_guarded: bool) -> Counter[str]:
        return guarded if is_guarded else control

    monkeypatch.setattr(prove, "_race", race)
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    monkeypatch.setenv("MADANG_DATABASE_URL", "sqlite:///nowhere/site.sqlite3")
    assert prove.run([]) == code
    lines = [
        f"  {title}: 20번 가운데 {counted['broken']}번 겹쳐 예약, 예약 {counted['won']}건,"
        f" 거절 {counted['lost']}건, 오류 {counted['errors']}건, 7밀리초"
        for title, counted in (("제약 조건이 있을 때", guarded), ("없을 때", control))
    ]
    told = capsys.readouterr().out.splitlines()
    assert told == ["20번, 매번 50명, sqlite", *lines, verdict]


@pytest.mark.parametrize("argv", [["--clients", "1"], ["--rounds", "0"], ["--rounds", "x"], ["y"]])
def test_what_cannot_be_raced_is_refused(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        prove.run(argv)
    assert end.value.code == 2


def test_a_bad_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MADANG_DATABASE_URL", "mysql://localhost/x")
    assert prove.run([]) == 2
    assert capsys.readouterr().err.startswith("madang prove: MADANG_DATABASE_URL='mysql://")


def test_a_race_that_cannot_end_is_told_and_leaves_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], empty_database: str
) -> None:
    """At the end of the calendar a booking is an error that no client expects."""
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    monkeypatch.setenv("MADANG_DATABASE_URL", empty_database)
    monkeypatch.setattr(prove, "FIRST", datetime(9999, 12, 31, 23, tzinfo=UTC))
    assert prove.run(["--clients", "4", "--rounds", "1"]) == 1
    assert "경주를 끝까지 할 수 없었습니다(위를 보세요)." in capsys.readouterr().err
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("argv", [[], ["kitchen"]])
def test_a_room_that_promises_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], argv: list[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert command.run(argv) == 2
    assert (
        capsys.readouterr().err
        == "madang prove 다음에 쓸 수 있는 것: reservation, library, microblog\n"
    )
