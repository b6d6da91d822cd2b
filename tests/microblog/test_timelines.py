"""The home timeline is read in parts, and is what one plain query says."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from random import Random

import pytest

from madang.microblog import timelines
from madang.microblog.models import Block, Follow, Mute, Post, Repost, ThreadKey
from madang.people.models import Member
from tests.microblog import plain

DAY = date(2027, 3, 1)
STATES = ["visible"] * 6 + ["hidden", "deleted"]


def crowd(draw: Random) -> list[Member]:
    """Eight members who say, pass on, follow, mute and block at random, some without a name."""
    people = Member.objects.bulk_create(
        Member(handle=f"one{n}", display_name=f"하나 {n}", password="!") for n in range(8)
    )
    ids = iter(draw.sample(range(1, 10_000), 90))
    said = [talk(draw, next(ids), draw.choice(people)) for _ in range(30)]
    said += [whisper(next(ids)) for _ in range(4)]
    pairs = draw.sample([(member, post) for member in people for post in said], 50)
    Repost.objects.bulk_create(
        Repost(id=next(ids), member=member, post=post) for member, post in pairs
    )
    both = list(permutations(people, 2))
    Follow.objects.bulk_create(
        Follow(follower=a, followed=b, followed_on=DAY) for a, b in draw.sample(both, 26)
    )
    Mute.objects.bulk_create(Mute(muter=a, muted=b) for a, b in draw.sample(both, 5))
    Block.objects.bulk_create(Block(blocker=a, blocked=b) for a, b in draw.sample(both, 3))
    return list(people)


def talk(draw: Random, number: int, author: Member) -> Post:
    """Something said by `author`, which may be gone."""
    state = draw.choice(STATES)
    text = "" if state == "deleted" else f"눈 {number}"
    return Post.objects.create(id=number, author=author, text=text, state=state)


def whisper(number: int) -> Post:
    """Something said without a name."""
    post = Post.objects.create(id=number, state="deleted")
    post.thread_key = ThreadKey.objects.create(thread=post, key=bytes(32), number=0)
    post.text, post.state = "아무도 모르게", Post.State.VISIBLE
    post.save()
    return post


def pages(reader: Member, size: int) -> list[tuple[list[tuple[int, str]], int | None]]:
    """All pages of the home of `reader`: what stands there, who passed it on, where the next is."""
    read: list[tuple[list[tuple[int, str]], int | None]] = []
    voices, cursor = timelines.followed_by(reader), None
    while not read or cursor is not None:
        page = timelines.told(voices, reader=reader, cursor=cursor, size=size)
        rows = [(one.pk, one.passed_on.handle if one.passed_on else "") for one in page.posts]
        read.append((rows, cursor := page.after))
    return read


@pytest.mark.django_db
@pytest.mark.parametrize("many", [0, 500])
@pytest.mark.parametrize("seed", range(3))
def test_a_home_is_the_same_as_in_one_query(
    seed: int, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "MANY", many)
    kinds = set()
    for reader in crowd(Random(seed)):
        whole = plain.home(reader, cursor=None, most=200)
        kinds |= {bool(handle) for _place, _what, handle, _name in whole}
        for size in (4, 100):
            expected = []
            for at in range(0, len(whole) or 1, size):
                rows = [(what, handle) for _place, what, handle, _name in whole[at : at + size]]
                is_last = at + size >= len(whole)
                expected.append((rows, None if is_last else whole[at + size - 1][0]))
            assert pages(reader, size) == expected
    assert kinds == {True, False}


@pytest.mark.django_db
@pytest.mark.parametrize(("many", "named"), [(0, False), (1, False), (2, True)])
def test_whom_one_follows_is_named_unless_they_are_many(
    many: int, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timelines, "MANY", many)
    reader, *others = Member.objects.bulk_create(
        Member(handle=f"one{n}", password="!") for n in range(3)
    )
    Follow.objects.bulk_create(
        Follow(follower=reader, followed=one, followed_on=DAY) for one in others
    )
    ids = timelines.followed_by(reader).ids
    everybody = {reader.pk, *(one.pk for one in others)}
    assert (None if ids is None else set(ids)) == (everybody if named else None)
