"""Liked once, counted exactly: over HTTP by two server processes, and a control that loses."""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from madang.microblog import prove
from tests.servers import run, send, servers

MEMBERS, TIMES = 30, 8
SETUP = """
import json
import re
from django.utils import timezone
from madang.microblog import posting
from madang.people import tokens
from madang.people.models import Member
members = [Member.objects.create_user(f"member{{n}}") for n in range({members})]
post = posting.say(author=members[0], text="hot", at=timezone.now())
texts = [tokens.issue(member=one, name="race", at=timezone.now())[1] for one in members]
print(json.dumps({{"post": str(post.pk), "tokens": texts}}))
"""
AUDIT = """
import json
import re
from django.utils import timezone
from madang.microblog import counting
from madang.microblog.models import Like, Post
from madang.people.models import Member
reader = Member.objects.first()
shown = lambda: vars(Post.objects.with_people(reader).get())["likes"]
before = shown()
counting.fold(timezone.now())
rows = Like.objects.count()
print(json.dumps({"before": before, "folded": Post.objects.get().likes_folded, "rows": rows}))
"""


def test_thirty_members_press_eight_times_each_at_once(site_database: str, tmp_path: Path) -> None:
    made = json.loads(run(site_database, tmp_path, SETUP.format(members=MEMBERS)))
    path = f"/api/v1/microblog/posts/{made['post']}/like"

    def press(n: int) -> int:
        return send(two[n % 2].port, path, made["tokens"][n // TIMES], method="PUT")[0]

    with servers(site_database, tmp_path, 2) as two, ThreadPoolExecutor(24) as pool:
        told = Counter(pool.map(press, range(MEMBERS * TIMES)))
    assert told == {200: MEMBERS * TIMES}
    audit = json.loads(run(site_database, tmp_path, AUDIT))
    assert audit == {"before": MEMBERS, "folded": MEMBERS, "rows": MEMBERS}


def test_the_proof_holds_and_its_control_loses(
    empty_database: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MADANG_DATABASE_URL", empty_database)
    monkeypatch.setenv("MADANG_DATA", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert prove.run(["--members", "12", "--times", "4"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1] == "  with the constraint: 12 likes in the table, 12 shown, 0 errors"
    without = re.match(r"  without it: (\d+) likes in the table, (\d+) shown, 0 errors", told[2])
    assert without is not None
    rows, shown = (int(number) for number in without.groups())
    assert rows > 12  # somebody likes it twice
    assert shown != rows  # and the counter lost some
    assert told[3] == "The promise held. Without the guard it was broken."
    assert told[4] == "24 at once spend one pass"
    assert told[5] == "  with the primary key: 1 posts written, 23 refused, 0 errors"
    spent = re.match(r"  without it: (\d+) posts written, \d+ refused, \d+ errors", told[6])
    assert spent is not None
    assert int(spent[1]) > 1
    assert told[7] == told[3]
    assert told[8] == "12 members post without a name, and somebody reads all that is stored"
    stored = re.match(r"  from what .*: (\d+) of 144 authors; chance: (\d+)–(\d+)$", told[9])
    assert stored is not None
    right, low, high = (int(number) for number in stored.groups())
    assert low <= right <= high
    shares = [int(line.rpartition(" ")[2].rstrip("%")) for line in told[11:15]]
    assert shares[0] > shares[2]  # who waits longer is found less
    assert shares[3] > shares[2]  # other sites give more away
    assert shares[3] * 144 / 100 > high  # and more than chance does
    assert told[15:] == ["The promise held. Without the guard it was broken."]
    assert list(tmp_path.glob("*scratch*")) == []
