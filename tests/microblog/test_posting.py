"""Saying, answering, taking back, following."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from madang.microblog import following, posting, timelines
from madang.microblog.models import Follow, Hashtag, Post
from madang.microblog.models.post import LONGEST
from madang.people import holdings
from madang.people.models import Member
from tests.cast import NOW


def texts(posts: list[Post]) -> list[str]:
    """What is said, in order."""
    return [post.text for post in posts]


def test_a_thread_grows_from_its_opener(hana: Member, minjun: Member) -> None:
    opener = posting.say(author=hana, text=" 오늘 #마당 청소해요 ", at=NOW)
    answer = posting.say(author=minjun, text="저도 갈게요", at=NOW, parent=opener)
    deeper = posting.say(author=hana, text="고마워요", at=NOW, parent=answer)
    assert [(post.thread_id, post.parent_id) for post in (opener, answer, deeper)] == [
        (None, None),
        (opener.pk, opener.pk),
        (opener.pk, answer.pk),
    ]
    rows = timelines.thread(opener, reader=hana)
    assert texts(rows) == ["오늘 #마당 청소해요", "저도 갈게요", "고마워요"]
    assert [vars(row)["answers"] for row in rows] == [1, 1, 0]
    assert [str(tag) for tag in opener.hashtags.all()] == ["#마당"]


@pytest.mark.parametrize("text", ["", " \n ", "\x00\x07"])
def test_nothing_is_not_said(hana: Member, text: str) -> None:
    with pytest.raises(posting.NothingSaid):
        posting.say(author=hana, text=text, at=NOW)
    assert Post.objects.count() == 0


def test_five_hundred_signs_are_the_most(hana: Member) -> None:
    assert len(posting.say(author=hana, text="가" * LONGEST, at=NOW).text) == LONGEST
    with pytest.raises(posting.TooLong):
        posting.say(author=hana, text="가" * LONGEST + "!", at=NOW)
    assert Post.objects.count() == 1


def test_what_is_taken_back_leaves_its_place(hana: Member, minjun: Member) -> None:
    opener = posting.say(author=hana, text="#비밀 이야기", at=NOW)
    posting.say(author=minjun, text="뭐라고요?", at=NOW, parent=opener)
    with pytest.raises(posting.NotYours):
        posting.take_back(post=opener, by=minjun)
    posting.take_back(post=opener, by=hana)
    posting.take_back(post=opener, by=hana)
    assert texts(timelines.thread(opener, reader=hana)) == ["", "뭐라고요?"]
    assert (opener.state, opener.hashtags.count()) == ("deleted", 0)
    with pytest.raises(posting.PostGone):
        posting.say(author=minjun, text="네?", at=NOW, parent=opener)
    assert Post.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"author": None},
        {"state": "deleted"},
        {"state": "shouted"},
        {"thread_id": 1},
    ],
)
def test_the_database_refuses_half_a_post(hana: Member, change: dict[str, object]) -> None:
    post = posting.say(author=hana, text="하나", at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**change)
    post.refresh_from_db()
    assert post.text == "하나"


def test_following_is_once_not_mutual_and_not_oneself(hana: Member, minjun: Member) -> None:
    following.follow(follower=hana, followed=minjun, at=NOW)
    following.follow(follower=hana, followed=minjun, at=NOW)
    with pytest.raises(following.Oneself):
        following.follow(follower=hana, followed=hana, at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Follow.objects.create(follower=hana, followed=hana)
    assert [(row.follower, row.followed, str(row.followed_on)) for row in Follow.objects.all()] == [
        (hana, minjun, "2027-03-01")
    ]
    following.unfollow(follower=hana, followed=minjun)
    following.unfollow(follower=hana, followed=minjun)
    assert Follow.objects.count() == 0


def test_home_is_whom_one_follows_and_oneself(hana: Member, minjun: Member, emma: Member) -> None:
    for author in (hana, minjun, emma):
        posting.say(author=author, text=author.handle, at=NOW)
    following.follow(follower=hana, followed=minjun, at=NOW)
    page = timelines.told(timelines.followed_by(hana), reader=hana, cursor=None)
    assert sorted(texts(list(page.posts))) == ["hana", "minjun"]


def test_a_timeline_goes_on_where_it_ended(hana: Member) -> None:
    said = [posting.say(author=hana, text=str(n), at=NOW).pk for n in range(7)]
    seen, cursor = [], None
    for _page in range(3):
        page = timelines.page(Post.objects.visible(), reader=hana, cursor=cursor, size=3)
        seen += [post.pk for post in page.posts]
        cursor = page.after
    assert (seen, cursor) == (sorted(said, reverse=True), None)


def test_who_leaves_takes_the_words_along(hana: Member, minjun: Member) -> None:
    opener = posting.say(author=minjun, text="#안녕 제 이름은 민준", at=NOW)
    posting.say(author=hana, text="반가워요", at=NOW, parent=opener)
    following.follow(follower=minjun, followed=hana, at=NOW)
    handed = holdings.hand_over(minjun)["microblog"]
    assert isinstance(handed, dict)
    assert [post["text"] for post in handed["posts"]] == ["#안녕 제 이름은 민준"]  # type: ignore[attr-defined]
    assert handed["follows"] == [{"handle": "hana", "followed_on": "2027-03-01"}]
    holdings.erase(member=minjun, at=NOW)
    opener.refresh_from_db()
    assert (opener.text, opener.author, opener.state) == ("", None, "deleted")
    assert (Follow.objects.count(), Hashtag.objects.get().posts.count()) == (0, 0)
    assert texts(timelines.thread(opener, reader=hana)) == ["", "반가워요"]
