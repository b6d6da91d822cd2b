"""The racers of `madang prove microblog` who all spend one pass at once.

`python -m madang.microblog.spending guarded|unguarded` races on the configured database, which is
a scratch one, and prints what came of it as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any  # requests are what JSON holds

if TYPE_CHECKING:
    from madang.microblog.whispering import Held

ORIGINS = 24
"""Who write at the same moment, and know nothing of each other."""
ASKED = datetime(2031, 3, 2, tzinfo=UTC)  # a Sunday; the next epoch begins on Monday
SPENT = ASKED + timedelta(days=2)


def main(*, is_guarded: bool) -> dict[str, int]:
    """What the origins were told, `written`, `spent` or `errors`, and how many `posts` there are.

    Without the guard each looks whether the pass was spent, and nothing refuses a second row.
    """
    os.environ["MADANG_ANON_FLOOR"] = "1"
    os.environ.setdefault("MADANG_ANON_ORIGIN", "https://anon.example.org")
    import django

    django.setup()
    from madang.microblog.models import Post

    held = _posts_with_one_pass()
    if not is_guarded:
        _remove_guard()
    everybody_looked = Barrier(ORIGINS)
    with ThreadPoolExecutor(ORIGINS) as pool:
        told = Counter(
            pool.map(lambda one: _write(one, None if is_guarded else everybody_looked), held)
        )
    names = ("written", "spent", "errors")
    return {**{name: told[name] for name in names}, "posts": Post.objects.count()}


def _posts_with_one_pass() -> list[Held]:
    from django.conf import settings

    from madang.microblog import epochs, issuing, voice, whispering
    from madang.microblog.models import AnonEpoch
    from madang.people.models import Member

    epochs.prepare(ASKED)
    epoch = AnonEpoch.objects.get(starts_at=ASKED + timedelta(days=1))
    member = Member.objects.create_user("racer")

    def issue(requests: Any) -> list[bytes]:
        return issuing.issue(member=member, requests=requests, at=ASKED)

    spent = voice.enrol(epoch, issue, count=settings.ANON_PASSES)[0]
    posts = [voice.Voice().says(spent, f"{n}", epoch=epoch) for n in range(ORIGINS)]
    return [whispering.receive(each, at=SPENT) for each in posts]


def _remove_guard() -> None:
    """A table of spent passes that admits one twice."""
    from django.db import connection

    kind = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE microblog_spentpass")
        cursor.execute(f"CREATE TABLE microblog_spentpass (epoch_id bigint, nonce {kind})")


def _write(one: Held, everybody_looked: Barrier | None) -> str:
    """Write it while others write theirs; with a barrier, as a control that looks first."""
    from django.db import DatabaseError, connection

    from madang.microblog import whispering

    try:
        if everybody_looked is not None:
            is_spent = whispering.is_spent(one.epoch, one.nonce)
            everybody_looked.wait()
            if is_spent:
                return "spent"
        [number] = whispering.write([one], at=whispering.tick_after(one.due_at))
    except DatabaseError:
        return "errors"
    finally:
        connection.close()
    return "spent" if number is None else "written"


if __name__ == "__main__":
    print(json.dumps(main(is_guarded=sys.argv[1] == "guarded")))
