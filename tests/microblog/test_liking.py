"""A member likes a post once, and the shown number equals the rows, whoever writes them."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from madang.microblog import counting, liking, posting
from madang.microblog.models import Like, LikeTally, Post
from madang.people.models import Member
from tests.cast import NOW


@pytest.fixture
def post(hana: Member) -> Post:
    """Something Hana said."""
    return posting.say(author=hana, text="마당에 눈이 왔어요", at=NOW)


def shown(post: Post, reader: Member) -> tuple[int, bool]:
    """The number of likes that `reader` sees, and whether the heart is filled."""
    row = vars(Post.objects.with_people(reader).get(pk=post.pk))
    return row["likes"], row["is_liked"]


def test_a_like_is_seen_and_can_be_taken_back(post: Post, minjun: Member, emma: Member) -> None:
    liking.like(member=minjun, post=post, at=NOW)
    liking.like(member=minjun, post=post, at=NOW)
    assert (shown(post, minjun), shown(post, emma)) == ((1, True), (1, False))
    assert [str(like.liked_on) for like in Like.objects.all()] == ["2027-03-01"]
    liking.unlike(member=minjun, post=post)
    liking.unlike(member=minjun, post=post)
    assert shown(post, minjun) == (0, False)


def test_what_was_taken_back_cannot_be_liked(post: Post, hana: Member, minjun: Member) -> None:
    posting.take_back(post=post, by=hana)
    with pytest.raises(posting.PostGone):
        liking.like(member=minjun, post=post, at=NOW)
    assert Like.objects.count() == 0


def test_the_plain_relation_counts_from_either_side(
    post: Post, hana: Member, minjun: Member, emma: Member
) -> None:
    post.likers.add(minjun, emma)
    emma.liked_posts.add(post)
    hana.liked_posts.add(post)
    assert shown(post, hana) == (3, True)
    minjun.liked_posts.remove(post)
    post.likers.remove(hana)
    assert shown(post, hana) == (1, False)
    post.likers.set([minjun])
    assert (shown(post, minjun), list(minjun.liked_posts.all())) == ((1, True), [post])
    post.likers.clear()
    assert shown(post, hana) == (0, False)


def test_bulk_and_raw_writes_are_counted_and_refused_alike(
    post: Post, hana: Member, minjun: Member, emma: Member
) -> None:
    other = posting.say(author=hana, text="둘째 글", at=NOW)
    Like.objects.bulk_create([Like(member=one, post=post) for one in (hana, minjun, emma)])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microblog_like SET post_id = %s WHERE member_id = %s", [other.pk, emma.pk]
        )
    assert (shown(post, emma), shown(other, emma)) == ((2, False), (1, True))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO microblog_like (member_id, post_id, liked_on)"
            " VALUES (%s, %s, '2027-03-01')",
            [hana.pk, post.pk],
        )
    Like.objects.filter(post=post).delete()
    assert (shown(post, hana), shown(other, hana)) == ((0, False), (1, False))


def test_folding_changes_nothing_that_is_shown(
    post: Post, hana: Member, minjun: Member, emma: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "AT_ONCE", 2)
    for one in (hana, minjun, emma):
        liking.like(member=one, post=post, at=NOW)
    liking.unlike(member=minjun, post=post)
    counting.fold(NOW)
    post.refresh_from_db()
    assert (shown(post, hana), post.likes_folded, LikeTally.objects.count()) == ((2, True), 2, 0)
    liking.unlike(member=hana, post=post)
    assert shown(post, hana) == (1, False)
    counting.fold(NOW)
    assert shown(post, hana) == (1, False)


def test_who_leaves_takes_the_likes_along(post: Post, hana: Member, minjun: Member) -> None:
    liking.like(member=minjun, post=post, at=NOW)
    counting.fold(NOW)
    minjun.delete()
    assert shown(post, hana) == (0, False)
