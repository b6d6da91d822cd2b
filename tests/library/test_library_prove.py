"""What `madang prove library` takes, and what it says when something is wrong."""

from __future__ import annotations

from collections import Counter

import pytest

from madang.library import prove

HELD = Counter({"copy won": 10, "limit won": 10, **{f"{name} broken": 0 for name in prove.TITLES}})
LOST = Counter({f"{name} broken": 3 for name in prove.TITLES})


@pytest.mark.parametrize("argv", [["--clients", "2"], ["--rounds", "0"]])
def test_too_few_prove_nothing(argv: list[str]) -> None:
    with pytest.raises(SystemExit):
        prove.run(argv)


def test_a_bad_environment_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MADANG_DATABASE_URL", "mysql://x")
    assert prove.run([]) == 2
    assert capsys.readouterr().err.startswith("madang prove: ")


@pytest.mark.parametrize(
    ("guarded", "control", "code", "said"),
    [
        (HELD, LOST, 0, "The promises held. Without the guard each was broken."),
        (
            HELD + Counter({"queue broken": 1}),
            LOST,
            1,
            "THE PROMISE WAS BROKEN. Please report this.",
        ),
        (
            HELD + Counter({"scan errors": 1}),
            LOST,
            1,
            "THE PROMISE WAS BROKEN. Please report this.",
        ),
        (HELD - Counter({"copy won": 1}), LOST, 1, "THE PROMISE WAS BROKEN. Please report this."),
        (
            HELD,
            LOST - Counter({"limit broken": 3}),
            1,
            "The control did not lose: it takes more clients or rounds to prove anything.",
        ),
    ],
)
def test_the_last_line_says_what_was_proved(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    guarded: Counter[str],
    control: Counter[str],
    code: int,
    said: str,
) -> None:
    def race(url: str, clients: int, rounds: int, *, is_guarded: bool) -> Counter[str]:
        return guarded if is_guarded else control

    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setattr(prove, "_race", race)
    assert prove.run([]) == code
    assert capsys.readouterr().out.splitlines()[-1] == said
