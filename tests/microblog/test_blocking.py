"""Blocks, which bind both, and mutes, which hide from one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.microblog import blocking, following, liking, posting, reposting, timelines
from madang.microblog.models import Block, Follow, Like, Mention, Mute, Post, Repost
from madang.microblog.models.keeping_apart import apart
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW, Enter

API = "/api/v1/microblog"


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said, under a hashtag."""
    return posting.say(author=hana, text="눈이 와요 #마당", at=NOW)


def reaching(post: Post, by: Member, other: Member) -> dict[str, Callable[[], object]]:
    """Every way in which `by` reaches `other`, who said `post`."""
    return {
        "answer": partial(posting.say, author=by, text="네", at=NOW, parent=post),
        "mention": partial(posting.say, author=by, text=f"@{other.handle}님", at=NOW),
        "like": partial(liking.like, member=by, post=post, at=NOW),
        "pass on": partial(reposting.repost, member=by, post=post, at=NOW),
        "follow": partial(following.follow, follower=by, followed=other, at=NOW),
    }


@pytest.mark.parametrize("way", ["answer", "mention", "like", "pass on", "follow"])
def test_neither_of_the_two_reaches_the_other(
    post: Post, hana: Member, minjun: Member, way: str
) -> None:
    his = posting.say(author=minjun, text="민준의 글", at=NOW)
    for _ in range(2):
        blocking.block(blocker=hana, blocked=minjun, at=NOW)
    for said, by, other in ((post, minjun, hana), (his, hana, minjun)):
        with pytest.raises(blocking.Blocked):
            reaching(said, by, other)[way]()
    counts = [model.objects.count() for model in (Post, Mention, Like, Repost, Follow, Block)]
    assert counts == [2, 0, 0, 0, 0, 1]
    for _ in range(2):
        blocking.unblock(blocker=hana, blocked=minjun)
    reaching(post, minjun, hana)[way]()


def test_a_block_ends_following_both_ways_and_leaves_others(
    hana: Member, minjun: Member, emma: Member
) -> None:
    for follower, followed in ((hana, minjun), (minjun, hana), (emma, hana)):
        following.follow(follower=follower, followed=followed, at=NOW)
    blocking.block(blocker=hana, blocked=minjun, at=NOW)
    assert [row.follower for row in Follow.objects.all()] == [emma]
    assert [str(row) for row in Block.objects.all()] == ["김하나 ✕ 이민준"]


@pytest.mark.parametrize(
    ("verb", "names", "model"),
    [
        (blocking.block, ("blocker", "blocked"), Block),
        (blocking.mute, ("muter", "muted"), Mute),
    ],
)
def test_nobody_gets_rid_of_oneself(
    hana: Member, verb: Callable[..., None], names: tuple[str, str], model: type[Block | Mute]
) -> None:
    both = dict.fromkeys(names, hana)
    with pytest.raises(blocking.Oneself):
        verb(**both, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        model._default_manager.create(**both)


def seen(reader: Member, author: Member) -> dict[str, list[str]]:
    """What `reader` finds in every timeline."""
    lines = {
        "home": timelines.told(timelines.followed_by(reader), reader=reader, cursor=None),
        "page": timelines.told(timelines.of(author), reader=reader, cursor=None, hidden=apart),
    }
    return {name: [post.text for post in line.posts] for name, line in lines.items()}


def test_what_a_muted_member_says_and_passes_on_is_on_their_page_alone(
    post: Post, hana: Member, minjun: Member, emma: Member
) -> None:
    reposting.repost(member=emma, post=post, at=NOW)
    other = posting.say(author=minjun, text="다른 글", at=NOW)
    reposting.repost(member=hana, post=other, at=NOW)
    for followed in (hana, emma):
        following.follow(follower=minjun, followed=followed, at=NOW)
    for _ in range(2):
        blocking.mute(muter=minjun, muted=hana, at=NOW)
    assert [str(row) for row in Mute.objects.all()] == ["이민준 – 김하나"]
    assert seen(minjun, hana) == {"home": ["다른 글"], "page": ["다른 글", post.text]}
    for _ in range(2):
        blocking.unmute(muter=minjun, muted=hana)
    assert seen(minjun, hana)["home"] == ["다른 글", post.text]


def test_in_a_conversation_a_muted_answer_is_left_out_unless_it_was_looked_for(
    hana: Member, minjun: Member
) -> None:
    opener = posting.say(author=hana, text="물음", at=NOW)
    answer = posting.say(author=minjun, text="답", at=NOW, parent=opener)
    blocking.mute(muter=hana, muted=minjun, at=NOW)
    assert timelines.thread(opener, reader=hana) == [opener]
    assert timelines.thread(answer, reader=hana) == [opener, answer]
    assert timelines.thread(opener, reader=minjun) == [opener, answer]
    blocking.block(blocker=minjun, blocked=hana, at=NOW)
    assert timelines.thread(answer, reader=hana) == [opener]
    assert timelines.thread(opener, reader=minjun) == [answer]


def test_neither_reads_the_other_on_any_page(
    enter: Enter, post: Post, hana: Member, minjun: Member
) -> None:
    reposting.repost(member=minjun, post=post, at=NOW)
    blocking.block(blocker=minjun, blocked=hana, at=NOW)
    client = enter(minjun)
    for path in ("", "home/", "tag/마당/", "members/hana/", "members/minjun/"):
        assert "눈이 와요" not in client.get(f"/microblog/{path}").text, path
    for path in (f"/microblog/{post.pk}/", f"{API}/posts/{post.pk}"):
        assert (client.get(path).status_code, enter(hana).get(path).status_code) == (404, 200)
    for line in ("local", "home", "tag/마당"):
        assert client.get(f"{API}/timelines/{line}").json()["posts"] == []


def test_who_is_blocked_is_told_when_they_try(
    enter: Enter, post: Post, hana: Member, minjun: Member
) -> None:
    blocking.block(blocker=hana, blocked=minjun, at=NOW)
    client, sentence = enter(minjun), "두 분 중 한 분이 상대를 차단했습니다."
    for path in (f"{post.pk}/like/", f"{post.pk}/repost/", "members/hana/follow/"):
        assert sentence in client.post(f"/microblog/{path}", follow=True).text
    answer = client.post("/microblog/", {"text": "@hana 안녕하세요"})
    assert (answer.status_code, "답하거나 부르는 분과 차단한 사이입니다." in answer.text) == (
        403,
        True,
    )
    for method, path in (
        ("put", f"posts/{post.pk}/like"),
        ("put", f"posts/{post.pk}/repost"),
        ("put", "members/hana/follow"),
    ):
        answer = getattr(client, method)(f"{API}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "blocked")
    body = {"text": "네", "parent": str(post.pk)}
    answer = client.post(f"{API}/posts", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"], Post.objects.count()) == (403, "blocked", 1)


def test_the_page_of_a_member_mutes_and_blocks_and_the_list_takes_it_back(
    enter: Enter, hana: Member, minjun: Member
) -> None:
    client = enter(hana)
    for what in ("mute", "block"):
        answer = client.post(f"/microblog/members/minjun/{what}/", {what: "yes"})
        assert answer["Location"] == "/microblog/members/minjun/"
        assert "본인에게는 할 수 없습니다." in (
            client.post(f"/microblog/members/hana/{what}/", follow=True).text
        )
    page = client.get("/microblog/hidden/").text
    assert page.count("@minjun") == 2
    assert 'href="/microblog/hidden/" aria-current="page"' in page
    assert client.get(f"{API}/members/hidden").json() == {
        "blocked": ["minjun"],
        "muted": ["minjun"],
    }
    for what in ("mute", "block"):
        body = {what: "no", "next": "hidden"}
        answer = client.post(f"/microblog/members/minjun/{what}/", body)
        assert answer["Location"] == "/microblog/hidden/"
    assert (Block.objects.count(), Mute.objects.count()) == (0, 0)
    assert "차단한 사람이 없습니다." in client.get("/microblog/hidden/").text


def test_over_the_api_twice_is_once(enter: Enter, hana: Member, minjun: Member) -> None:
    client = enter(hana)
    for what in ("block", "mute"):
        path, key = (
            f"{API}/members/minjun/{what}",
            {"block": "is_blocked", "mute": "is_muted"}[what],
        )
        for method, expected in (
            ("put", True),
            ("put", True),
            ("delete", False),
            ("delete", False),
        ):
            told = getattr(client, method)(path).json()
            assert told == {"handle": "minjun", key: expected}
        answer = client.put(f"{API}/members/hana/{what}")
        assert (answer.status_code, answer.json()["code"]) == (409, "oneself")
        assert client.put(f"{API}/members/nobody/{what}").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["hidden/", "members/hana/block/", "members/hana/mute/"])
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    answer = client.post(f"/microblog/{path}")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/people/login/")


def test_a_mention_is_kept_once_and_goes_with_the_post(
    hana: Member, minjun: Member, emma: Member
) -> None:
    text = "@minjun, @Minjun @hana @nobody. 그리고 @emma님"
    post = posting.say(author=hana, text=text, at=NOW)
    assert sorted(str(row) for row in post.mention_rows.all()) == [
        f"{post.pk}: @emma",
        f"{post.pk}: @minjun",
    ]
    posting.take_back(post=post, by=hana)
    assert Mention.objects.count() == 0


def test_whom_one_got_rid_of_is_handed_over(hana: Member, minjun: Member) -> None:
    blocking.block(blocker=hana, blocked=minjun, at=NOW)
    blocking.mute(muter=hana, muted=minjun, at=NOW)
    posting.say(author=hana, text="혼잣말 @dohyun", at=NOW)
    handed = holdings.hand_over(hana)["microblog"]
    assert isinstance(handed, dict)
    assert (handed["blocks"], handed["mutes"]) == (
        [{"handle": "minjun", "blocked_on": "2027-03-01"}],
        [{"handle": "minjun", "muted_on": "2027-03-01"}],
    )
    theirs = holdings.hand_over(minjun)["microblog"]
    assert isinstance(theirs, dict)
    assert (theirs["blocks"], theirs["mutes"]) == ([], [])
    holdings.erase(member=hana, at=NOW)
    assert (Block.objects.count(), Mute.objects.count()) == (0, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(
    enter: Enter, hana: Member, minjun: Member, emma: Member, dohyun: Member, rows: int
) -> None:
    for other in (minjun, emma, dohyun)[:rows]:
        blocking.block(blocker=hana, blocked=other, at=NOW)
        blocking.mute(muter=hana, muted=other, at=NOW)
    client = enter(hana)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/microblog/hidden/").status_code == 200
    assert len(queries) == 5
