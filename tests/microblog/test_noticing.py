"""What others did about a member, and how far the member has read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.microblog import blocking, following, liking, noticing, posting, reposting
from madang.microblog.models import Like, Post, Seen, ThreadKey
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW, Enter

API = "/api/v1/microblog/notifications"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said."""
    return posting.say(author=hana, text="눈이 왔어요", at=NOW)


def told(member: Member) -> list[tuple[str, list[str], int | None, bool]]:
    """Every notice: its kind, by whom, about which post, and whether it is new."""
    found = noticing.notices(member=member, at=NOW)
    return [
        (
            row.kind,
            [one.handle for one in row.people],
            row.post.pk if row.post else None,
            row.is_new,
        )
        for row in found.rows
    ]


def unread(member: Member) -> int:
    return noticing.unread(member=member, at=NOW)


def everything(post: Post, by: Member, other: Member) -> tuple[Post, Post]:
    """`by` does all there is about `other`, who said `post`; the answer and the mention."""
    answer = posting.say(author=by, text=f"@{other.handle} 저도요", at=NOW, parent=post)
    mention = posting.say(author=by, text=f"@{other.handle} 보세요", at=NOW)
    liking.like(member=by, post=post, at=NOW)
    reposting.repost(member=by, post=post, at=NOW)
    following.follow(follower=by, followed=other, at=NOW)
    return answer, mention


def test_each_kind_is_told_once_and_nobody_is_told_of_oneself(
    post: Post, hana: Member, minjun: Member
) -> None:
    answer, mention = everything(post, minjun, hana)
    posting.say(author=hana, text="@hana 혼잣말", at=NOW, parent=post)
    liking.like(member=hana, post=post, at=NOW)
    reposting.repost(member=hana, post=post, at=NOW)
    assert told(hana) == [
        ("answered", ["minjun"], answer.pk, True),
        ("mentioned", ["minjun"], mention.pk, True),
        ("liked", ["minjun"], post.pk, True),
        ("passed on", ["minjun"], post.pk, True),
        ("followed", ["minjun"], None, True),
    ]
    assert (unread(hana), told(minjun), unread(minjun)) == (5, [], 0)


def test_an_answer_without_a_name_names_nobody(enter: Enter, post: Post, hana: Member) -> None:
    key = ThreadKey.objects.create(thread=post, key=bytes(32), number=1)
    answer = Post.objects.create(
        thread_key=key, text="저도요", thread=post, parent=post, said_at=NOW
    )
    assert (told(hana), unread(hana)) == ([("answered", [], answer.pk, True)], 1)
    assert "익명 1이 답했습니다" in enter(hana).get("/microblog/for-me/").text
    [row] = enter(hana).get(API).json()["notifications"]
    assert (row["by"], row["post"]) == ([], str(answer.pk))


def test_what_several_did_on_one_day_is_told_once_and_the_latest_day_first(
    post: Post, hana: Member, minjun: Member, emma: Member, dohyun: Member
) -> None:
    yesterday = NOW - timedelta(days=1)
    liking.like(member=dohyun, post=post, at=yesterday)
    for member in (minjun, emma):
        liking.like(member=member, post=post, at=NOW)
        following.follow(follower=member, followed=hana, at=yesterday)
    assert told(hana) == [
        ("liked", ["emma", "minjun"], post.pk, True),
        ("liked", ["dohyun"], post.pk, True),
        ("followed", ["emma", "minjun"], None, True),
    ]
    assert unread(hana) == 5


def test_what_was_seen_is_old_and_what_came_meanwhile_is_new(
    post: Post, hana: Member, minjun: Member, emma: Member
) -> None:
    everything(post, minjun, hana)
    shown = noticing.notices(member=hana, at=NOW).upto
    liking.like(member=emma, post=post, at=NOW)
    noticing.see(member=hana, upto=shown)
    noticing.see(member=hana, upto=noticing.UpTo())
    assert [row for row in told(hana) if row[-1]] == [("liked", ["emma", "minjun"], post.pk, True)]
    assert unread(hana) == 1
    noticing.see(member=hana, upto=noticing.notices(member=hana, at=NOW).upto)
    assert (unread(hana), any(row[-1] for row in told(hana))) == (0, False)
    assert str(Seen.objects.get()) == "김하나"


def test_what_is_taken_back_or_unheard_is_not_told(
    post: Post, hana: Member, minjun: Member, emma: Member
) -> None:
    everything(post, minjun, hana)
    everything(post, emma, hana)
    blocking.mute(muter=hana, muted=minjun, at=NOW)
    assert {row[0]: row[1] for row in told(hana)} == {
        kind: ["emma"] for kind in ("answered", "mentioned", "liked", "passed on", "followed")
    }
    liking.unlike(member=emma, post=post)
    assert (len(told(hana)), unread(hana)) == (4, 4)
    posting.take_back(post=post, by=hana)
    assert [row[0] for row in told(hana)] == ["answered", "mentioned", "followed"]


def test_likes_of_long_ago_are_left_out(post: Post, hana: Member, minjun: Member) -> None:
    liking.like(member=minjun, post=post, at=NOW - timedelta(days=61))
    assert (told(hana), unread(hana), Like.objects.count()) == ([], 0, 1)


@pytest.mark.parametrize("text", ["", "1-2-3", "1-2-3-x", "1-2-3-4-5", f"1-2-3-{2**63}", "-1-2-3"])
def test_what_says_no_place_is_refused(enter: Enter, hana: Member, text: str) -> None:
    with pytest.raises(noticing.NoUpTo):
        noticing.UpTo.read(text)
    assert enter(hana).post("/microblog/for-me/", {"upto": text}).status_code == 400
    answer = enter(hana).put(f"{API}/seen", {"upto": text}, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, "no_place")
    assert Seen.objects.count() == 0


def test_the_page_tells_and_marks_what_is_new(
    enter: Enter, post: Post, hana: Member, minjun: Member, emma: Member
) -> None:
    client = enter(hana)
    assert "아직" in client.get("/microblog/for-me/").text
    everything(post, minjun, hana)
    liking.like(member=emma, post=post, at=NOW)
    page = client.get("/microblog/for-me/").text
    for sentence in (
        "이민준이 답했습니다",
        "이민준이 불렀습니다",
        "엠마 클라크 외 1명이 내 글을 좋아합니다",
        "이민준이 내 글을 퍼 날랐습니다",
        "이민준이 팔로우합니다",
    ):
        assert sentence in page
    mark = '<span class="tag">6<span class="unseen">'
    assert all(mark in client.get(f"/microblog/{path}").text for path in ("", "home/", "search/"))
    assert "새 소식 6개" in client.get("/").text
    upto = noticing.notices(member=hana, at=NOW).upto
    assert client.post("/microblog/for-me/", {"upto": str(upto)}).status_code == 302
    assert (mark in client.get("/microblog/").text, "새 소식" in client.get("/").text) == (
        False,
        False,
    )


def test_over_the_api(enter: Enter, post: Post, hana: Member, minjun: Member) -> None:
    liking.like(member=minjun, post=post, at=NOW)
    client = enter(hana)
    found = client.get(API).json()
    assert found["notifications"] == [
        {
            "kind": "liked",
            "day": "2027-03-01",
            "by": ["minjun"],
            "post": str(post.pk),
            "is_new": True,
        }
    ]
    body = {"upto": found["upto"]}
    answer = client.put(f"{API}/seen", body, content_type="application/json")
    assert answer.json() == {"unread": 0}
    assert [row["is_new"] for row in client.get(API).json()["notifications"]] == [False]
    handed = holdings.hand_over(hana)["microblog"]
    assert isinstance(handed, dict)
    like = Like.objects.get()
    assert handed["seen"] == [{"posts": 0, "likes": like.pk, "reposts": 0, "follows": 0}]


@pytest.mark.django_db
def test_a_stranger_is_told_nothing(client: Client) -> None:
    for ask in (client.get, client.post):
        assert ask("/microblog/for-me/").status_code == 302
    assert client.get(API).status_code == 401


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_much_there_is(
    enter: Enter, post: Post, hana: Member, minjun: Member, emma: Member, dohyun: Member, rows: int
) -> None:
    for other in (minjun, emma, dohyun)[:rows]:
        everything(post, other, hana)
    client = enter(hana)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/microblog/for-me/").status_code == 200
    assert len(queries) == 11
