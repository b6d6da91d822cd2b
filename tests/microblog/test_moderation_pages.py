"""Pages and JSON for reporting and moderating."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.microblog import moderating, posting, reporting
from madang.microblog.models import ModAction, Post, Report, ThreadKey
from madang.people.models import Member
from tests.cast import NOW, Enter

API = "/api/v1/microblog"
JSON = "application/json"
BODY = {"reason": "hurtful", "note": " 그런  말은\n안 됩니다 "}
WHY = moderating.Why("hurtful")


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said."""
    return posting.say(author=hana, text="심한 말을 했습니다", at=NOW)


def nameless(post: Post) -> Post:
    """An answer by nobody that anybody knows."""
    key = ThreadKey.objects.create(thread=post, key=bytes(32), number=1)
    return Post.objects.create(thread_key=key, text="익명의 말", thread=post, parent=post)


def test_a_member_reports_and_is_told_when_it_is_again(
    enter: Enter, post: Post, minjun: Member
) -> None:
    client, path = enter(minjun), f"/microblog/{post.pk}/report/"
    assert post.text in client.get(path).text
    refused = client.post(path, {"reason": "boring"})
    assert (refused.status_code, Report.objects.count()) == (422, 0)
    for sentence in ("고맙습니다. 중재자가 살펴보겠습니다.", "이미 신고하셨습니다."):
        assert sentence in client.post(path, BODY, follow=True).text
    row = Report.objects.get()
    assert (row.reporter, row.reason, row.note) == (minjun, "hurtful", "그런 말은 안 됩니다")


def test_a_post_that_goes_meanwhile_is_told(
    enter: Enter, post: Post, hana: Member, minjun: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(**_: object) -> Report:
        raise posting.PostGone

    monkeypatch.setattr(reporting, "report", late)
    answer = enter(minjun).post(f"/microblog/{post.pk}/report/", BODY, follow=True)
    assert "조금 전에 글쓴이가 거두었습니다." in answer.text


def test_a_moderator_finds_it_in_the_queue_hides_it_and_everybody_reads_why(
    enter: Enter, post: Post, minjun: Member, dohyun: Member
) -> None:
    reporting.report(post=post, reporter=minjun, reason="spam", note="", at=NOW)
    client, path = enter(dohyun), f"/microblog/{post.pk}/moderate/"
    assert "신고 1건" in client.get("/").text
    assert ("신고 1건" in client.get("/microblog/moderation/").text, path) == (True, path)
    assert "이민준" in client.get(path).text
    answer = client.post(path, {**BODY, "deed": "hide"}, follow=True)
    assert "처리했고 기록에 남겼습니다." in answer.text
    assert "살펴볼 신고가 없습니다." in client.get("/microblog/moderation/").text
    thread = enter(minjun).get(f"/microblog/{post.pk}/").text
    assert (post.text in thread, "중재자가 가린 글입니다." in thread) == (False, True)
    assert "가려진 글에는 답할 수 없습니다." in thread
    assert "그런 말은 안 됩니다" in enter(minjun).get("/microblog/moderation/log/").text
    answer = client.post(f"/microblog/moderation/{ModAction.objects.get().pk}/undo/", follow=True)
    assert "되돌렸고 기록에 남겼습니다." in answer.text
    assert post.text in enter(minjun).get(f"/microblog/{post.pk}/").text


def test_a_locked_conversation_says_so(
    enter: Enter, post: Post, minjun: Member, dohyun: Member
) -> None:
    path = f"/microblog/{post.pk}/"
    action = moderating.lock(post=post, why=WHY, by=dohyun, at=NOW)
    page = enter(minjun).get(path).text
    assert ("<textarea" in page, "중재자가 이 대화를 잠갔습니다." in page) == (False, True)
    assert enter(minjun).post(path, {"text": "그래도"}).status_code == 409
    body = {"text": "그래도", "parent": str(post.pk)}
    answer = enter(minjun).post(f"{API}/posts", body, content_type=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "locked")
    assert enter(minjun).get(f"{API}/posts/{post.pk}").json()["is_locked"] is True
    assert "대화 잠그기" not in enter(dohyun).get(f"{path}moderate/").text
    moderating.undo(action=action, by=dohyun, at=NOW)
    assert "<textarea" in enter(minjun).get(path).text


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("", "어떻게 할지 골라 주세요."),
        ("leave", "이미 누군가 처리했습니다."),
        ("mute", "대화 속 익명의 이름만 막을 수 있습니다."),
    ],
)
def test_what_cannot_be_done_is_told(
    enter: Enter, post: Post, dohyun: Member, deed: str, sentence: str
) -> None:
    path = f"/microblog/{post.pk}/moderate/"
    answer = enter(dohyun).post(path, {**BODY, "deed": deed}, follow=True)
    assert (sentence in answer.text, ModAction.objects.count()) == (True, 0)
    assert enter(dohyun).post(path, {"deed": "hide"}).status_code == 422


def test_what_was_taken_back_or_undone_is_told(
    enter: Enter, post: Post, hana: Member, dohyun: Member
) -> None:
    client, path = enter(dohyun), f"/microblog/{post.pk}/moderate/"
    action = moderating.lock(post=post, why=WHY, by=dohyun, at=NOW)
    undoing = moderating.undo(action=action, by=dohyun, at=NOW)
    for row, sentence in (
        (action, "이미 누군가 처리했습니다."),
        (undoing, "되돌릴 수 없습니다."),
    ):
        answer = client.post(f"/microblog/moderation/{row.pk}/undo/", follow=True)
        assert sentence in answer.text
    posting.take_back(post=post, by=hana)
    answer = client.post(path, {**BODY, "deed": "hide"}, follow=True)
    assert "조금 전에 글쓴이가 거두었습니다." in answer.text


def test_an_anonymous_answer_is_silenced_and_nobody_is_named(
    enter: Enter, post: Post, dohyun: Member
) -> None:
    answer = nameless(post)
    client, path = enter(dohyun), f"/microblog/{answer.pk}/moderate/"
    assert "이 대화에서 익명 1을 막기" in client.get(path).text
    client.post(path, {**BODY, "deed": "mute"})
    log = client.get("/microblog/moderation/log/").text
    assert "막음 · 익명 1" in log
    [row] = client.get(f"{API}/moderation/log").json()["actions"]
    assert (row["kind"], row["voice"], row["by"]) == ("mute", 1, "dohyun")
    [_named, shown] = client.get(f"{API}/posts/{post.pk}").json()["posts"]
    assert ("author" in shown, shown["voice"]) == (False, 1)


def test_over_the_api(
    enter: Enter, post: Post, hana: Member, minjun: Member, dohyun: Member
) -> None:
    path, about = f"{API}/posts/{post.pk}/report", f"{API}/moderation/posts/{post.pk}"

    def ask(member: Member, path: str, body: object = BODY) -> tuple[int, object]:
        answer = enter(member).post(path, body, content_type=JSON)
        told = answer.json()
        return answer.status_code, told.get("code") or told.get("kind") or told.get("state")

    assert ask(minjun, path) == (201, "open")
    assert ask(minjun, path) == (409, "already_reported")
    assert ask(minjun, path, {"reason": "boring"}) == (422, "invalid")
    assert ask(minjun, f"{about}/hide") == (403, "forbidden")
    assert ask(dohyun, f"{about}/hide") == (201, "hide")
    assert ask(dohyun, f"{about}/hide") == (409, "already_done")
    assert ask(dohyun, f"{about}/mute") == (409, "not_anonymous")
    assert ask(minjun, path) == (409, "post_gone")
    [shown] = enter(minjun).get(f"{API}/posts/{post.pk}").json()["posts"]
    assert (shown["state"], shown["text"], "author" in shown) == ("hidden", None, False)
    action = ModAction.objects.get()
    assert ask(minjun, f"{API}/moderation/log/{action.pk}/undo") == (403, "forbidden")
    assert ask(dohyun, f"{API}/moderation/log/{action.pk}/undo") == (201, "hide")
    undoing = ModAction.objects.newest_first()[0]
    assert ask(dohyun, f"{API}/moderation/log/{undoing.pk}/undo") == (409, "not_undoable")
    posting.take_back(post=post, by=hana)
    assert ask(dohyun, f"{about}/hide") == (409, "post_gone")
    first = enter(minjun).get(f"{API}/moderation/log", {"limit": 1}).json()
    rest = enter(minjun).get(f"{API}/moderation/log", {"before": first["before"]}).json()
    seen = [(row["undoes"], row["is_undone"]) for row in first["actions"] + rest["actions"]]
    assert (seen, rest["before"]) == ([(str(action.pk), False), (None, True)], None)


def test_the_queue_over_the_api_names_nobody_who_has_no_name(
    enter: Enter, post: Post, hana: Member, minjun: Member, dohyun: Member
) -> None:
    path, second = f"{API}/moderation/reports", nameless(post)
    for reporter, what in ((minjun, post), (dohyun, post), (hana, second)):
        reporting.report(post=what, reporter=reporter, reason="spam", note="또", at=NOW)
    assert enter(minjun).get(path).status_code == 403
    first = enter(dohyun).get(path, {"limit": 1}).json()
    rest = enter(dohyun).get(path, {"after": first["after"]}).json()
    why = {"reason": "spam", "note": "또", "reported_on": "2027-03-01"}
    assert first["posts"] == [
        {
            "post": str(post.pk),
            "thread": str(post.pk),
            "author": "hana",
            "voice": None,
            "text": "심한 말을 했습니다",
            "state": "visible",
            "reports": [{**why, "by": "minjun"}, {**why, "by": "dohyun"}],
        }
    ]
    [shown] = rest["posts"]
    assert ("author" in shown, shown["voice"], shown["text"]) == (False, 1, "익명의 말")
    assert ([row["by"] for row in shown["reports"]], rest["after"]) == (["hana"], None)
    moderating.leave(post=second, why=WHY, by=dohyun, at=NOW)
    moderating.hide(post=post, why=WHY, by=dohyun, at=NOW)
    assert enter(dohyun).get(path).json() == {"posts": [], "after": None}


def test_the_queue_over_the_api_costs_the_same_with_one_row_and_with_three(
    enter: Enter, hana: Member, dohyun: Member, minjun: Member, emma: Member
) -> None:
    client, costs = enter(dohyun), []
    for rows in (1, 2):
        for _more in range(rows):
            post = posting.say(author=hana, text="심한 말", at=NOW)
            for reporter in (minjun, emma)[:rows]:
                reporting.report(post=post, reporter=reporter, reason="spam", note="", at=NOW)
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(f"{API}/moderation/reports").json()["posts"]) == 2 * rows - 1
        costs.append(len(queries))
    assert costs == [5, 5]


@pytest.mark.parametrize("path", ["moderation/", "{post}/moderate/"])
def test_members_who_do_not_moderate_are_kept_out(
    enter: Enter, post: Post, minjun: Member, path: str
) -> None:
    address = f"/microblog/{path.format(post=post.pk)}"
    assert enter(minjun).get(address).status_code == 403
    assert enter(minjun).post("/microblog/moderation/1/undo/").status_code == 403
    assert "/moderate/" not in enter(minjun).get("/microblog/").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["moderation/", "moderation/log/", "1/report/", "1/moderate/", "moderation/1/undo/"]
)
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    for ask in (client.get, client.post):
        answer = ask(f"/microblog/{path}")
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/people/login/")


@pytest.mark.parametrize(
    ("path", "expected"), [("moderation/", 5), ("moderation/log/", 5), ("{post}/moderate/", 7)]
)
def test_a_page_costs_the_same_with_one_row_and_with_three(
    enter: Enter,
    hana: Member,
    dohyun: Member,
    minjun: Member,
    emma: Member,
    path: str,
    expected: int,
) -> None:
    client, costs = enter(dohyun), []
    for rows in (1, 2):
        for _more in range(rows):
            post = posting.say(author=hana, text="심한 말", at=NOW)
            moderating.undo(
                action=moderating.lock(post=post, why=WHY, by=dohyun, at=NOW), by=dohyun, at=NOW
            )
            for reporter in (minjun, emma)[:rows]:
                reporting.report(post=post, reporter=reporter, reason="spam", note="", at=NOW)
        address = f"/microblog/{path.format(post=post.pk)}"
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, follow=True).status_code == 200
        costs.append(len(queries))
    assert costs == [expected, expected]
