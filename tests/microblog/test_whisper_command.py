"""`madang whisper` against a site and an origin behind real sockets."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any  # settings and JSON hold anything

import pytest
import time_machine

from madang.microblog import epochs, renewing, whisper_command
from madang.microblog.models import AnonEpoch, Enrolment, Post, SpentPass
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.village import Village, serving

WEEK = timedelta(days=7)
THEN = NOW + WEEK + timedelta(hours=1)
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def village(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Village]:
    """Both servers, now."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    settings.ANON_FLOOR = 1
    made = Village()
    with serving(made, "site") as made.site, serving(made, "origin") as made.origin:
        settings.ANON_ORIGIN = made.origin
        with time_machine.travel(NOW, tick=False):
            epochs.prepare(NOW)
            yield made


@pytest.fixture
def whisper(
    village: Village, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run the command; its code, and all that it says."""
    (tmp_path / "password").write_text("madang-hana-1\n", "utf-8")

    def run(*argv: str) -> tuple[int, str]:
        if argv[0] == "enrol":
            argv = (*argv, "--handle", "hana", "--password-file", str(tmp_path / "password"))
        code = whisper_command.run(list(argv))
        told = capsys.readouterr()
        return code, (told.out + told.err).strip()

    return run


Whisper = Callable[..., tuple[int, str]]


def purse(tmp_path: Path) -> dict[str, Any]:
    """What the file says."""
    kept: dict[str, Any] = json.loads((tmp_path / "madang" / "purse.json").read_text("utf-8"))
    return kept


@pytest.fixture
def later(village: Village, whisper: Whisper, hana: Member) -> Iterator[Village]:
    """A week after Hana has taken her passes."""
    assert whisper("enrol", "--site", village.site) == (0, "Passes that came: 20")
    village.asked.clear()
    with time_machine.travel(THEN, tick=False):
        yield village


def test_passes_are_taken_signed_in_and_nothing_is_left_of_the_session(
    village: Village, whisper: Whisper, hana: Member, tmp_path: Path
) -> None:
    assert whisper("enrol", "--site", village.site) == (0, "Passes that came: 20")
    assert whisper("enrol") == (0, "Passes that came: 0")
    assert Enrolment.objects.filter(member=hana).count() == 4
    assert hana.sessions.count() == 0
    file = tmp_path / "madang" / "purse.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(each.name for each in file.parent.iterdir()) == ["purse.json", "purse.json.lock"]
    assert [len(row["passes"]) for row in purse(tmp_path)["epochs"].values()] == [5] * 4
    cookies = [each.get("HTTP_COOKIE") for each in village.asked["site"][:2]]
    assert cookies == [None, None]  # the keys are looked at as by anybody


def test_what_is_said_carries_nothing_of_a_member(later: Village, whisper: Whisper) -> None:
    told = whisper("say", " 아무도 모르게 ", "--wait", "tick")
    assert told == (0, f"It waits, until {THEN.astimezone():%Y-%m-%d %H:%M} at the latest.")
    later.tick()
    assert [(post.text, post.author) for post in Post.objects.all()] == [("아무도 모르게", None)]
    asked = [*later.asked["origin"], *later.asked["site"]]
    names = ("HTTP_COOKIE", "HTTP_REFERER", "HTTP_ORIGIN")
    assert not [each for each in asked for name in names if name in each]
    assert {each["HTTP_USER_AGENT"] for each in asked} == {"Mozilla/5.0"}
    assert [each["PATH_INFO"] for each in later.asked["site"]] == [
        "/.well-known/private-token-issuer-directory",
        "/anon/log",
    ]


def test_the_own_post_is_found_answered_and_taken_back(
    later: Village, whisper: Whisper, tmp_path: Path
) -> None:
    whisper("say", "처음", "--wait", "tick")
    later.tick()
    post = str(Post.objects.get().pk)
    code, told = whisper("status")
    assert (code, told.splitlines()[-1]) == (0, f"{post} (can be read) 처음")
    assert "4 passes; 1 members hold some" in told
    whisper("say", "다음", "--thread", post, "--wait", "tick")
    later.tick()
    keys = Post.objects.values_list("thread_key__number", flat=True)
    assert list(keys) == [0, 0]  # one name in one thread
    assert whisper("take-back", post) == (0, "It is taken back.")
    assert set(Post.objects.values_list("text", "state")) == {("", "deleted"), ("다음", "visible")}
    assert whisper("take-back", "1") == (
        1,
        "madang whisper: Nothing in this purse was said there.",
    )


def test_what_was_lost_is_sent_again_with_the_same_pass(
    later: Village, whisper: Whisper, tmp_path: Path
) -> None:
    whisper("say", "한 번", "--wait", "tick")
    later.forget()
    code, told = whisper("status")
    assert (code, told.splitlines()[-1]) == (0, "(waits) 한 번")
    posts = [each for each in later.asked["origin"] if each["REQUEST_METHOD"] == "POST"]
    assert len({each["HTTP_AUTHORIZATION"] for each in posts}) == 1
    assert len(posts) == 2
    later.tick()
    assert (Post.objects.count(), SpentPass.objects.count()) == (1, 1)


def test_an_answer_that_does_not_arrive_spends_no_second_pass(
    later: Village, whisper: Whisper, tmp_path: Path
) -> None:
    later.is_deaf = True
    said = "madang whisper: No answer came. It is kept; status sends it again."
    assert whisper("say", "들렸나", "--wait", "tick") == (1, said)
    later.is_deaf = False
    later.tick()
    code, told = whisper("status")
    assert (code, told.splitlines()[-1]) == (0, f"{Post.objects.get().pk} (can be read) 들렸나")
    assert len(purse(tmp_path)["epochs"]["2"]["passes"]) == 4


def test_after_a_restart_the_own_post_is_still_taken_back(later: Village, whisper: Whisper) -> None:
    whisper("say", "하나", "--wait", "tick")
    later.tick()
    later.forget()
    assert whisper("status")[1].splitlines()[-1] == "(can be read) 하나"
    assert whisper("take-back", str(Post.objects.get().pk)) == (0, "It is taken back.")


def test_a_refusal_gives_the_pass_back(later: Village, whisper: Whisper, tmp_path: Path) -> None:
    assert whisper("say", "  ") == (1, "madang whisper: Please write something.")
    assert len(purse(tmp_path)["epochs"]["2"]["passes"]) == 5
    assert purse(tmp_path)["sent"] == []


def test_nobody_signs_in_and_speaks_within_the_hour(
    village: Village, whisper: Whisper, hana: Member, settings: Any
) -> None:
    begins = epochs.directory(NOW)["token-keys"][1]["not-before"]  # type: ignore[index]
    with time_machine.travel(begins - 60, tick=False):
        whisper("enrol", "--site", village.site)
    with time_machine.travel(begins + 60, tick=False):
        code, told = whisper("say", "성급히")
        assert (code, told.startswith("madang whisper: You signed in from here")) == (1, True)
        assert "origin" not in village.asked
        assert whisper("say", "그래도", "--force")[0] == 0


def test_a_pass_comes_back_by_the_list_that_everybody_fetches(
    later: Village, whisper: Whisper, tmp_path: Path
) -> None:
    whisper("say", "하나", "--wait", "tick")
    later.tick()
    with time_machine.travel(THEN + timedelta(days=2), tick=False):
        assert whisper("renew") == (0, "Passes that came back: 0")
        renewing.answer(THEN + timedelta(days=2))
        assert whisper("renew") == (0, "Passes that came back: 1")
        assert whisper("renew") == (0, "Passes that came back: 0")
        for n in range(5):
            assert whisper("say", f"{n}", "--wait", "tick")[0] == 0
        said = "madang whisper: There is no pass left for now."
        assert whisper("say", "하나 더") == (1, said)


def test_a_log_that_was_rewritten_is_complained_of(later: Village, whisper: Whisper) -> None:
    before = bytes(32).hex()
    for row in AnonEpoch.objects.order_by("number"):  # a chain that holds, of other days
        row.starts_at -= timedelta(seconds=1)
        row.ends_at -= timedelta(seconds=1)
        row.chain = before = epochs.link(
            before=before,
            number=row.number,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            key_id=row.key_id,
        )
        row.save()
    code, told = whisper("say", "누구에게")
    assert (code, told.startswith("madang whisper: The site’s log of keys is not the one")) == (
        1,
        True,
    )
    assert "origin" not in later.asked


def test_a_key_that_is_not_in_the_log_is_not_used(
    later: Village, whisper: Whisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = epochs.log()
    monkeypatch.setattr(epochs, "log", lambda: rows[:2])
    assert whisper("say", "누구에게")[1].startswith("madang whisper: The site’s log of keys is not")
    monkeypatch.setattr(epochs, "log", lambda: [{**row, "key-id": "00" * 32} for row in rows])
    assert whisper("say", "누구에게")[1].startswith("madang whisper: The site shows keys that")
    shown = epochs.directory(THEN)
    one = {**shown, "token-keys": [{**shown["token-keys"][0], "not-after": 1}]}  # type: ignore[index]
    monkeypatch.setattr(epochs, "log", lambda: rows)
    monkeypatch.setattr(epochs, "directory", lambda _at: one)
    assert whisper("say", "누구에게")[1].startswith("madang whisper: The site shows keys that")
    assert "origin" not in later.asked


def test_a_wrong_password_and_a_second_step_are_told_apart(
    village: Village,
    whisper: Whisper,
    hana: Member,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    from allauth.mfa.totp.internal.auth import TOTP

    from tests.people.test_two_step import SECRET, code

    TOTP.activate(hana, SECRET)
    monkeypatch.setattr("builtins.input", lambda _asked: "000000")
    said = "madang whisper: The code of the second step is not right."
    assert whisper("enrol", "--site", village.site) == (1, said)
    monkeypatch.setattr("builtins.input", lambda _asked: code())
    assert whisper("enrol") == (0, "Passes that came: 20")
    (tmp_path / "madang" / "purse.json").unlink()
    (tmp_path / "password").write_text("guess", "utf-8")
    said = "madang whisper: This handle and this password do not belong together."
    assert whisper("enrol", "--site", village.site) == (1, said)


def test_the_phrase_brings_the_passes_back(
    later: Village, whisper: Whisper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = purse(tmp_path)["epochs"]
    phrase = whisper("backup")[1].splitlines()[0]
    assert [len(group) for group in phrase.split()] == [4] * 14
    monkeypatch.setattr("builtins.input", lambda _asked: phrase.lower().replace(" ", "-"))
    said = "madang whisper: There is a purse already; --force puts this one in its place."
    assert whisper("restore", "--site", later.site) == (1, said)
    assert whisper("restore", "--site", later.site, "--force") == (0, "")
    assert purse(tmp_path)["epochs"] == {}
    assert whisper("enrol") == (0, "Passes that came: 25")
    after = purse(tmp_path)["epochs"]
    assert {number: after[number]["passes"] for number in "2345"} == {
        number: before[number]["passes"] for number in "2345"
    }


@pytest.mark.parametrize("slip", ["", "aaaa", "AAAA " * 14, "가" * 56])
def test_a_slip_in_the_phrase_is_noticed(
    village: Village, whisper: Whisper, monkeypatch: pytest.MonkeyPatch, slip: str
) -> None:
    monkeypatch.setattr("builtins.input", lambda _asked: slip)
    code, told = whisper("restore", "--site", village.site)
    assert (code, told.startswith("madang whisper: This is no phrase")) == (1, True)


def test_a_copy_goes_from_file_to_file(later: Village, whisper: Whisper, tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    assert whisper("backup", str(copy)) == (0, "")
    assert json.loads(copy.read_text("utf-8")) == purse(tmp_path)
    other = ("--purse", str(tmp_path / "other" / "purse.json"))
    assert whisper(*other, "restore", str(copy)) == (0, "")
    assert whisper(*other, "say", "다른 곳에서")[0] == 0


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "{", '{"secret": 1}', '{"secret": "AAAA"}', '{"sent": {}}', "[" * 99999]
)
def test_a_file_that_is_no_purse_is_refused(
    village: Village, whisper: Whisper, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "copy.json"
    file.write_text(text, "utf-8")
    said = "madang whisper: This file is no purse."
    assert whisper("restore", str(file), "--site", village.site) == (1, said)


def test_without_a_purse_it_says_how_to_begin(village: Village, whisper: Whisper) -> None:
    said = "madang whisper: There is no purse yet: madang whisper enrol --site ADDRESS"
    assert [whisper(*words) for words in (["status"], ["say", "a"], ["renew"], ["backup"])] == [
        (1, said)
    ] * 4


@pytest.mark.parametrize(
    "site", ["http://example.org", "ftp://localhost", "https://", "https://a@b"]
)
def test_an_address_that_others_can_listen_to_is_refused(
    village: Village, whisper: Whisper, site: str
) -> None:
    code, told = whisper("enrol", "--site", site)
    assert (code, told.startswith("madang whisper: --site takes an address")) == (1, True)


def test_a_site_without_an_origin_and_one_that_is_not_there_are_told_apart(
    village: Village, whisper: Whisper, settings: Any
) -> None:
    settings.ANON_ORIGIN = ""
    said = "madang whisper: This site takes nothing without a name."
    assert whisper("enrol", "--site", village.site) == (1, said)
    said = "madang whisper: No answer came that can be read."
    assert whisper("enrol", "--site", "http://localhost:1") == (1, said)


def test_it_speaks_korean(
    later: Village, whisper: Whisper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert whisper("say", " ") == (1, "madang whisper: 무언가를 적어 주세요.")


@pytest.mark.once
def test_it_needs_nothing_of_the_site() -> None:
    script = "import sys, madang.microblog.whisper_command as c; print('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
