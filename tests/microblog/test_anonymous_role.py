"""On PostgreSQL the origin has a role that can do its work and cannot read members."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from madang.microblog import epochs, whispering
from madang.microblog.models import AnonEpoch, Post
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.holder import Voice, enrol

GUIDES = ("docs/operating.md", "docs/ko/operating.md")
ROOT = Path(__file__).resolve().parents[2]
FORBIDDEN = (
    "SELECT * FROM people_member",
    "SELECT author_id FROM microblog_post",
    "SELECT member_id FROM microblog_enrolment",
    "SELECT private_key FROM microblog_anonepoch",
    "SELECT * FROM people_session",
    "UPDATE microblog_post SET author_id = 1",
    "DELETE FROM microblog_spentpass",
)


def grants(guide: str) -> str:
    """The SQL that a guide tells."""
    [block] = re.finditer(r"```sql\n(.*?)```", (ROOT / guide).read_text("utf-8"), re.DOTALL)
    return block[1]


def test_both_guides_tell_the_same_rights() -> None:
    assert grants(GUIDES[0]) == grants(GUIDES[1])


@pytest.mark.django_db
def test_the_role_works_and_reads_no_member(hana: Member, settings: pytest.FixtureRequest) -> None:
    settings.ANON_ORIGIN = "https://anon.example.org"  # type: ignore[attr-defined]
    settings.ANON_FLOOR = 1  # type: ignore[attr-defined]
    epochs.prepare(NOW)
    epoch = AnonEpoch.objects.get(number=2)
    purse, voice = enrol(hana, epoch, at=NOW), Voice()
    at = epoch.starts_at
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(grants(GUIDES[0]))
            cursor.execute("SET LOCAL ROLE madang_anonymous")
    posts: list[int] = []
    for text, parent in (("하나 #표", False), ("둘 #표", True)):
        whisper = voice.says(
            purse[len(posts)], text, epoch=epoch, parent=posts[0] if parent else None
        )
        [number] = whispering.write([whispering.receive(whisper, at=at)], at=at)
        assert number is not None
        posts.append(number)
    whispering.take_back(post=posts[1], signature=voice.takes_back(posts[1]))
    for query in FORBIDDEN if connection.vendor == "postgresql" else ():
        with connection.cursor() as cursor:
            cursor.execute("SAVEPOINT forbidden")
            with pytest.raises(ProgrammingError, match="permission denied"):
                cursor.execute(query)
            cursor.execute("ROLLBACK TO SAVEPOINT forbidden")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
    states = Post.objects.order_by("thread_key_id", "-state").values_list("state", flat=True)
    assert sorted(states) == ["deleted", "visible"]
