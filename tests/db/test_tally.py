"""The triggers that count survive a rebuilt table, come back when asked for, and go."""

from __future__ import annotations

import json
from pathlib import Path

from madang.db.tally import Tally
from tests.servers import run

CODE = """
import json
from django.db import connection
from django.utils import timezone
from madang.microblog import posting
from madang.microblog.models import Like, Post
from madang.people.models import Member
people = [Member.objects.create_user(f"member{n}") for n in range(4)]
post = posting.say(author=people[0], text="one", at=timezone.now())
once, tally = Like._meta.constraints
told = []
def like(n):
    Like.objects.create(member=people[n], post=post)
    told.append(vars(Post.objects.with_people(people[0]).get())["likes"])
def change(verb, constraint, left):
    Like._meta.constraints = left
    with connection.schema_editor() as editor:
        getattr(editor, verb)(Like, constraint)
like(0)
change("remove_constraint", once, [tally])
like(1)
change("remove_constraint", tally, [])
like(2)
change("add_constraint", tally, [tally])
like(3)
print(json.dumps(told))
"""


def test_what_counts_survives_goes_and_comes_back(site_database: str, tmp_path: Path) -> None:
    """The third like is written while nothing counts."""
    assert json.loads(run(site_database, tmp_path, CODE)) == [1, 2, 2, 3]


def test_a_tally_is_the_same_as_another_that_says_the_same() -> None:
    one = Tally(name="tally", of="post", into="microblog.LikeTally")
    same = Tally(name="tally", of="post", into="microblog.LikeTally")
    other = Tally(name="tally", of="member", into="microblog.LikeTally")
    assert (one == same, one == other, one == "tally") == (True, False, False)
    assert len({one, same}) == 1
