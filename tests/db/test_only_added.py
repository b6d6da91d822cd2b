"""The triggers that keep a log survive a rebuilt table, go, and come back when asked for."""

from __future__ import annotations

import json
from pathlib import Path

from madang.db.only_added import OnlyAdded
from tests.servers import run

CODE = """
import json
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from madang.microblog import moderating, posting
from madang.microblog.models import ModAction
from madang.people.models import Member
member = Member.objects.create_user("member")
post = posting.say(author=member, text="one", at=timezone.now())
moderating.hide(post=post, why=moderating.Why("other"), by=member, at=timezone.now())
once, known, added = ModAction._meta.constraints
told = []
def note(text):
    try:
        with transaction.atomic():
            ModAction.objects.update(note=text)
    except IntegrityError:
        pass
    told.append(ModAction.objects.get().note)
def change(verb, constraint, left):
    ModAction._meta.constraints = left
    with connection.schema_editor() as editor:
        getattr(editor, verb)(ModAction, constraint)
note("a")
change("remove_constraint", known, [once, added])
note("b")
change("remove_constraint", added, [once])
note("c")
change("add_constraint", added, [once, added])
note("d")
added.validate(ModAction, ModAction.objects.get())
print(json.dumps(told))
"""


def test_what_keeps_the_log_survives_goes_and_comes_back(
    site_database: str, tmp_path: Path
) -> None:
    """The third note is written while nothing keeps the log."""
    assert json.loads(run(site_database, tmp_path, CODE)) == ["", "", "c", "c"]


def test_it_is_the_same_as_another_that_says_the_same() -> None:
    one, same = (OnlyAdded(name="kept", but="by") for _ in range(2))
    assert (one == same, one == OnlyAdded(name="kept", but="post")) == (True, False)
