"""The racers of `madang prove microblog`: members who like one post, each many times at once.

`python -m madang.microblog.racing MEMBERS TIMES guarded|unguarded` races on the configured
database, which is a scratch one, and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

THREADS = 24
"""Who presses at the same moment; the presses of one member follow one another."""


def main(members: int, times: int, *, is_guarded: bool) -> dict[str, int]:
    """`told` likes, `errors`, `rows` in the table, and what is `shown` under the post."""
    import django

    django.setup()
    from django.utils import timezone

    from madang.microblog import posting
    from madang.microblog.models import Like, Post
    from madang.people.models import Member

    people = [Member.objects.create_user(f"racer{n}") for n in range(members)]
    post = posting.say(author=people[0], text="race", at=timezone.now())
    if not is_guarded:
        _remove_guard()
    presses = [one for one in people for _time in range(times)]
    with ThreadPoolExecutor(THREADS) as pool:
        told = Counter(pool.map(lambda one: _press(one, post, is_guarded=is_guarded), presses))
    shown = vars(Post.objects.with_people(people[0]).get(pk=post.pk))["likes"]
    rows = Like.objects.filter(post=post).count()
    return {"told": told["told"], "errors": told["errors"], "rows": rows, "shown": shown}


def _remove_guard() -> None:
    """A table that admits a pair twice, and that nothing counts."""
    from django.db import connection

    from madang.microblog.models import Like

    constraints = list(Like._meta.constraints)
    Like._meta.constraints = []  # SQLite rebuilds the table as the model says
    for constraint in constraints:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Like, constraint)


def _press(member: object, post: object, *, is_guarded: bool) -> str:
    """Like the post once, while others press, among them the same member; what was told."""
    from django.db import DatabaseError, connection

    try:
        (_like if is_guarded else _look_then_leap)(member, post)
    except DatabaseError:
        return "errors"
    finally:
        connection.close()
    return "told"


def _like(member: object, post: object) -> None:
    """The verb, as pages and API use it."""
    from django.utils import timezone

    from madang.microblog import liking
    from madang.microblog.models import Post
    from madang.people.models import Member

    assert isinstance(member, Member)
    assert isinstance(post, Post)
    liking.like(member=member, post=post, at=timezone.now())


def _look_then_leap(member: object, post: object) -> None:
    """The control: see that there is no like, then write it and count. What most sites do."""
    from madang.microblog.models import Like, Post
    from madang.people.models import Member

    assert isinstance(member, Member)
    assert isinstance(post, Post)
    seen = Post.objects.get(pk=post.pk)
    if not Like.objects.filter(member=member, post=post).exists():
        time.sleep(0.01)  # a page takes a moment between looking and writing
        Like.objects.create(member=member, post=post)
        Post.objects.filter(pk=post.pk).update(likes_folded=seen.likes_folded + 1)


if __name__ == "__main__":
    found = main(int(sys.argv[1]), int(sys.argv[2]), is_guarded=sys.argv[3] == "guarded")
    print(json.dumps(found))
