"""The racers of `madang prove microblog`: members who all like the same post, again and again.

`python -m madang.microblog.racing MEMBERS TIMES guarded|unguarded` races on the configured
database, which is a scratch one, and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor


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
    gate = threading.Barrier(members)
    with ThreadPoolExecutor(members) as pool:
        futures = [pool.submit(_press, one, post, times, gate, is_guarded) for one in people]
        told = sum((future.result() for future in futures), Counter[str]())
    shown = vars(Post.objects.with_people(people[0]).get(pk=post.pk))["likes"]
    rows = Like.objects.filter(post=post).count()
    return {"told": told["told"], "errors": told["errors"], "rows": rows, "shown": shown}


def _remove_guard() -> None:
    """A table that admits a pair twice, and that nothing counts."""
    from django.db import connection

    from madang.microblog.models import Like

    for constraint in Like._meta.constraints:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Like, constraint)


def _press(
    member: object,
    post: object,
    times: int,
    gate: threading.Barrier,
    is_guarded: bool,  # noqa: FBT001
) -> Counter[str]:
    """Like the post `times` times, at the same moment as all others; count what was told."""
    from django.db import DatabaseError, connection

    told: Counter[str] = Counter()
    like = _like if is_guarded else _look_then_leap
    try:
        for _time in range(times):
            gate.wait(timeout=60)
            try:
                like(member, post)
                told["told"] += 1
            except DatabaseError:
                told["errors"] += 1
    except BaseException:
        gate.abort()
        raise
    finally:
        connection.close()
    return told


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
        threading.Event().wait(0.001)  # a page takes a moment between looking and writing
        Like.objects.create(member=member, post=post)
        Post.objects.filter(pk=post.pk).update(likes_folded=seen.likes_folded + 1)


if __name__ == "__main__":
    found = main(int(sys.argv[1]), int(sys.argv[2]), is_guarded=sys.argv[3] == "guarded")
    print(json.dumps(found))
