"""Passing posts on: once, counted exactly, and read by those who follow."""

from __future__ import annotations

import pytest
from django.test import Client

from madang.microblog import counting, following, posting, reposting, timelines
from madang.microblog.models import Post, Repost, RepostTally, ThreadKey
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW, Enter


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said."""
    return posting.say(author=hana, text="마당에 눈이 왔어요", at=NOW)


@pytest.fixture
def nameless(db: None) -> Post:
    """Something that somebody said without a name."""
    post = Post(text="아무도 모르게")
    post.thread_key = ThreadKey(thread_id=post.pk, key=bytes(32), number=0)
    opener = Post(pk=post.pk, text="아무도 모르게", state="deleted")
    opener.text = ""
    opener.save(force_insert=True)
    post.thread_key.save()
    Post.objects.filter(pk=post.pk).update(
        thread_key=post.thread_key, text="아무도 모르게", state="visible"
    )
    return Post.objects.get(pk=post.pk)


def shown(post: Post, reader: Member) -> tuple[int, bool]:
    """The number of reposts that `reader` sees, and whether the own is among them."""
    row = vars(Post.objects.with_people(reader).get(pk=post.pk))
    return row["reposts"], row["is_reposted"]


def home(reader: Member, cursor: int | None = None, size: int = 20) -> list[tuple[str, str]]:
    """What stands in the home timeline, and who passed it on."""
    page = timelines.told(timelines.followed_by(reader), reader=reader, cursor=cursor, size=size)
    return [(one.text, one.passed_on.handle if one.passed_on else "") for one in page.posts]


def test_a_repost_is_counted_once_and_can_be_taken_back(
    post: Post, minjun: Member, emma: Member
) -> None:
    for _ in range(2):
        reposting.repost(member=minjun, post=post, at=NOW)
    assert (shown(post, minjun), shown(post, emma)) == ((1, True), (1, False))
    counting.fold(NOW)
    assert (shown(post, emma), RepostTally.objects.count()) == ((1, False), 0)
    assert str(Repost.objects.get()) == f"이민준 → {post.pk}"
    for _ in range(2):
        reposting.unrepost(member=minjun, post=post)
    assert [str(note) for note in RepostTally.objects.all()] == [f"{post.pk}: -1"]
    assert shown(post, minjun) == (0, False)


def test_what_was_taken_back_is_not_passed_on(post: Post, hana: Member, minjun: Member) -> None:
    reposting.repost(member=minjun, post=post, at=NOW)
    posting.take_back(post=post, by=hana)
    with pytest.raises(posting.PostGone):
        reposting.repost(member=hana, post=post, at=NOW)
    assert home(minjun) == []


def test_followers_read_it_once_where_it_was_passed_on_last(
    post: Post, nameless: Post, minjun: Member, emma: Member, dohyun: Member
) -> None:
    own = posting.say(author=dohyun, text="순찰 중", at=NOW)
    for friend in (minjun, emma):
        following.follow(follower=dohyun, followed=friend, at=NOW)
    for one in (post, nameless, own):
        reposting.repost(member=minjun, post=one, at=NOW)
    Repost.objects.filter(post=nameless).update(id=post.pk + (2 << 40))
    Repost.objects.filter(post=post).update(id=post.pk + (1 << 40))
    expected = [("아무도 모르게", "minjun"), (post.text, "minjun"), ("순찰 중", "")]
    assert (home(dohyun), home(emma)) == (expected, [])
    reposting.repost(member=emma, post=post, at=NOW)
    Repost.objects.filter(member=emma).update(id=post.pk + (3 << 40))
    assert home(dohyun) == [(post.text, "emma"), ("아무도 모르게", "minjun"), ("순찰 중", "")]
    assert home(emma) == [(post.text, "emma")]


def test_whom_one_follows_stands_at_the_own_place(
    post: Post, hana: Member, minjun: Member, dohyun: Member
) -> None:
    for one in (hana, minjun):
        following.follow(follower=dohyun, followed=one, at=NOW)
    reposting.repost(member=minjun, post=post, at=NOW)
    assert home(dohyun) == [(post.text, "")]


def test_a_home_with_reposts_goes_on_where_it_ended(
    hana: Member, minjun: Member, dohyun: Member
) -> None:
    following.follow(follower=dohyun, followed=minjun, at=NOW)
    for n in range(3):
        passed = posting.say(author=hana, text=f"하나 {n}", at=NOW)
        reposting.repost(member=minjun, post=passed, at=NOW)
        posting.say(author=minjun, text=f"민준 {n}", at=NOW)
    whole, seen, cursor = home(dohyun), [], None
    for _page in range(3):
        page = timelines.told(timelines.followed_by(dohyun), reader=dohyun, cursor=cursor, size=2)
        seen += [one.text for one in page.posts]
        cursor = page.after
    assert (seen, cursor, len(seen)) == ([text for text, _by in whole], None, 6)


def test_a_post_that_goes_while_a_page_is_read_is_left_out(
    post: Post, hana: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = timelines._read

    def late(places: list[tuple[int, int, str, str]], reader: Member) -> list[Post]:
        posting.take_back(post=post, by=hana)
        return read(places, reader)

    monkeypatch.setattr(timelines, "_read", late)
    assert home(hana) == []


def test_the_button_works_with_and_without_scripts(
    enter: Enter, post: Post, minjun: Member, dohyun: Member
) -> None:
    client, path = enter(minjun), f"/microblog/{post.pk}/repost/"
    answer = client.post(path, {"repost": "yes", "next": "/microblog/home/"})
    assert (answer.status_code, answer["Location"]) == (302, f"/microblog/home/#p{post.pk}")
    following.follow(follower=dohyun, followed=minjun, at=NOW)
    for page in ("home/", "members/minjun/"):
        assert "이민준이 퍼 나른 글" in enter(dohyun).get(f"/microblog/{page}").text
    part = client.post(path, {"repost": "yes"}, headers={"hx-request": "true"}).text
    assert ('name="repost" value="no" aria-pressed="true"' in part, "<html" in part) == (
        True,
        False,
    )
    client.post(path, {"repost": "no"})
    assert Repost.objects.count() == 0
    posting.take_back(post=post, by=post.author or minjun)
    assert client.post(path, follow=True).text.count("조금 전에 글쓴이가 거두었습니다.") == 1


def test_over_the_api_twice_is_once(enter: Enter, post: Post, minjun: Member) -> None:
    path = f"/api/v1/microblog/posts/{post.pk}/repost"
    client = enter(minjun)
    for method, expected in (("put", 1), ("put", 1), ("delete", 0), ("delete", 0)):
        told = getattr(client, method)(path).json()
        assert (told["reposts"], told["is_reposted"]) == (expected, bool(expected))
    client.put(path)
    [row] = client.get("/api/v1/microblog/timelines/home").json()["posts"]
    assert (row["id"], row["author"], row["reposted_by"]) == (str(post.pk), "hana", "minjun")
    posting.take_back(post=post, by=post.author or minjun)
    assert client.put(path).json()["code"] == "post_gone"


@pytest.mark.django_db
def test_a_stranger_passes_nothing_on(client: Client) -> None:
    assert client.put("/api/v1/microblog/posts/1/repost").status_code == 401


def test_reposts_are_handed_over_and_go_with_the_account(
    post: Post, hana: Member, minjun: Member
) -> None:
    reposting.repost(member=minjun, post=post, at=NOW)
    handed = holdings.hand_over(minjun)["microblog"]
    assert isinstance(handed, dict)
    assert handed["reposts"] == [str(post.pk)]
    holdings.erase(member=minjun, at=NOW)
    assert shown(post, hana) == (0, False)
