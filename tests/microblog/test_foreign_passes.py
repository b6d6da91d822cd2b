"""Passes that Cloudflare's client made are passes of ours: two readings of the same RFCs agree."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any  # settings and JSON hold anything

import pytest
import time_machine
from django.test import Client

from madang.lib import base64url, passes
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch, Enrolment, Post, SpentPass
from madang.people.models import Member
from tests.cast import NOW
from tests.microblog.holder import COUNT, Voice, body, public
from tests.microblog.village import Village, serving
from tools.system import PASSES

LIBRARY = PASSES / "node_modules/@cloudflare/privacypass-ts/lib/src/index.js"
SCRIPT = Path(__file__).with_name("foreign_passes.mjs")
THEN = NOW + timedelta(days=7, hours=1)
CSRF = "k" * 32
pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture
def village(settings: Any) -> Iterator[Village]:
    """Both servers, a week before the passes can be spent."""
    settings.ANON_FLOOR = 1
    made = Village()
    with serving(made, "site") as made.site, serving(made, "origin") as made.origin:
        settings.ANON_ORIGIN = made.origin
        with time_machine.travel(NOW, tick=False):
            epochs.prepare(NOW)
            yield made


@pytest.fixture
def headers(village: Village, hana: Member, client: Client) -> list[str]:
    """What the foreign client would put into `Authorization`, once for each of Hana's passes."""
    node = shutil.which("node")
    if node is None or not LIBRARY.is_file():
        pytest.skip("privacypass-ts is missing: sudo ./madang setup --system")
    client.force_login(hana)
    cookies = f"csrftoken={CSRF}; " + client.cookies.output(attrs=[], header="", sep=";").strip()
    said = [str(LIBRARY), village.site, village.origin, "2", cookies, CSRF]
    done = subprocess.run(
        [node, str(SCRIPT), *said], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    told: list[str] = json.loads(done.stdout)
    return told


def token(header: str) -> bytes:
    """The token within a header of RFC 9577."""
    found = re.fullmatch(r'PrivateToken token="?([\w=-]+)"?', header)
    assert found
    return base64url.decode(found[1])


def send(village: Village, header: str, what: dict[str, Any]) -> tuple[int, Any]:
    """Post with a pass, as the foreign client writes it."""
    request = urllib.request.Request(
        f"{village.origin}/anon/posts", json.dumps(what).encode(), {"Authorization": header}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_its_passes_are_issued_finished_taken_and_spent_once(
    village: Village, headers: list[str], hana: Member
) -> None:
    epoch = AnonEpoch.objects.get(number=2)
    assert Enrolment.objects.get().member == hana
    done = [passes.read(token(each)) for each in headers]
    for one in done:
        one.verify(public(epoch), epochs.challenge())
    assert len({one.nonce for one in done}) == COUNT
    with time_machine.travel(THEN, tick=False):
        for n, (header, one) in enumerate(zip(headers, done, strict=True)):
            what = body(Voice().says(one, f"{n}", epoch=epoch))
            assert send(village, header, what)[0] == 202
        assert send(village, headers[0], body(Voice().says(done[0], "0", epoch=epoch)))[0] == 409
        village.tick()
        assert send(village, headers[0], body(Voice().says(done[0], "0", epoch=epoch)))[0] == 409
    assert sorted(Post.objects.values_list("text", flat=True)) == ["0", "1", "2", "3", "4"]
    assert not Post.objects.exclude(author=None).exists()
    assert SpentPass.objects.count() == COUNT


def test_one_changed_bit_of_its_pass_is_refused(village: Village, headers: list[str]) -> None:
    epoch, whole = AnonEpoch.objects.get(number=2), token(headers[0])
    with time_machine.travel(THEN, tick=False):
        for at in (2, 34, 66, 98, len(whole) - 1):  # number, challenge, key, signature, its end
            changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            what = body(Voice().says(passes.read(changed), "위조", epoch=epoch))
            forged = f'PrivateToken token="{base64url.encode(changed)}"'
            assert send(village, forged, what)[0] == 401, at
        village.tick()
    assert (Post.objects.count(), SpentPass.objects.count()) == (0, 0)
