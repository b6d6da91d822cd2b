"""Following a thread, and what is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from madang.microblog import blocking, following, noticing, posting
from madang.microblog.models import Post, ThreadFollow
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW, Enter

API = "/api/v1/microblog/posts"
pytestmark = pytest.mark.usefixtures("now")


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said a minute ago."""
    return before(hana, "눈이 왔어요")


def before(author: Member, text: str, parent: Post | None = None) -> Post:
    """Said a minute ago: by its id too."""
    early = NOW - timedelta(minutes=1)
    with time_machine.travel(early, tick=False):
        return posting.say(author=author, text=text, at=early, parent=parent)


def told(member: Member) -> list[tuple[str, int | None]]:
    """Every notice: its kind, and about which post."""
    rows = noticing.notices(member=member, at=NOW).rows
    return [(row.kind, row.post.pk if row.post else None) for row in rows]


def test_what_is_said_later_in_a_followed_thread_is_told(
    post: Post, hana: Member, minjun: Member, emma: Member
) -> None:
    early = before(hana, "처음", post)
    following.follow_thread(member=minjun, post=early, at=NOW)
    following.follow_thread(member=minjun, post=post, at=NOW)
    mine = posting.say(author=minjun, text="저도요", at=NOW, parent=early)
    late = posting.say(author=emma, text="나중", at=NOW, parent=early)
    answer = posting.say(author=hana, text="그렇죠", at=NOW, parent=mine)
    mention = posting.say(author=hana, text="@minjun 봐요", at=NOW, parent=post)
    posting.say(author=hana, text="다른 이야기", at=NOW)
    assert told(minjun) == [
        ("answered", answer.pk),
        ("mentioned", mention.pk),
        ("continued", late.pk),
    ]
    assert noticing.unread(member=minjun, at=NOW) == 3
    following.unfollow_thread(member=minjun, post=late)
    assert told(minjun) == [("answered", answer.pk), ("mentioned", mention.pk)]
    assert told(emma) == []


def test_those_whom_one_does_not_hear_are_not_told_of(
    post: Post, minjun: Member, emma: Member
) -> None:
    following.follow_thread(member=minjun, post=post, at=NOW)
    posting.say(author=emma, text="나중", at=NOW, parent=post)
    blocking.block(blocker=minjun, blocked=emma, at=NOW)
    assert told(minjun) == []


def test_a_thread_is_followed_from_its_page(
    enter: Enter, post: Post, minjun: Member, emma: Member
) -> None:
    client, path = enter(minjun), f"/microblog/{post.pk}/"
    assert "이 대화 팔로우" in client.get(path).text
    answer = client.post(f"{path}follow/", {"follow": "yes"})
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert "이 대화 팔로우 그만하기" in client.get(path).text
    [row] = ThreadFollow.objects.all()
    assert str(row) == f"{minjun} → {post.pk}"
    posting.say(author=emma, text="나중", at=NOW, parent=post)
    assert "팔로우하는 대화에서 이야기했습니다" in client.get("/microblog/for-me/").text
    client.post(f"{path}follow/", {"follow": "no"})
    assert ThreadFollow.objects.count() == 0


@pytest.mark.django_db
def test_a_stranger_follows_nothing(client: Client, post: Post) -> None:
    assert client.post(f"/microblog/{post.pk}/follow/").status_code == 302
    assert client.put(f"{API}/{post.pk}/follow").status_code == 401
    assert ThreadFollow.objects.count() == 0


def test_the_api_follows_once(enter: Enter, post: Post, hana: Member, minjun: Member) -> None:
    answer = posting.say(author=hana, text="답", at=NOW, parent=post)
    path = f"{API}/{answer.pk}/follow"
    for method, is_followed in (("put", True), ("put", True), ("delete", False), ("delete", False)):
        told = getattr(enter(minjun), method)(path)
        assert (told.status_code, told.json()) == (
            200,
            {"thread": str(post.pk), "is_followed": is_followed},
        )
        assert ThreadFollow.objects.count() == is_followed
    assert enter(minjun).put(f"{API}/1/follow").status_code == 404


def test_what_is_followed_is_handed_over_and_erased(post: Post, minjun: Member) -> None:
    following.follow_thread(member=minjun, post=post, at=NOW)
    held = holdings.hand_over(minjun)["microblog"]
    assert isinstance(held, dict)
    assert held["follows_threads"] == [{"post": str(post.pk), "followed_on": "2027-03-01"}]
    holdings.erase(member=minjun, at=NOW)
    assert ThreadFollow.objects.count() == 0
