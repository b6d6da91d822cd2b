"""Racers who want to spend one pass more than once. Called through `tests.servers.run`."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection

from madang.microblog import epochs, whispering
from madang.microblog.models import AnonEpoch, Post, SpentPass
from madang.people.models import Member
from tests.microblog.holder import Voice, enrol
from tests.promises.races import at_once

AT = datetime(2031, 3, 3, tzinfo=UTC)  # a Monday
THEN = AT + timedelta(days=8)
CLIENTS = 24


def spend(*, is_guarded: bool) -> None:
    """Origins that know nothing of each other all write what was posted with one pass."""
    settings.ANON_ORIGIN, settings.ANON_FLOOR = "https://anon.example.org", 1
    epochs.prepare(AT)
    epoch = AnonEpoch.objects.get(number=2)
    purse = enrol(Member.objects.create_user("racer"), epoch, at=AT)
    held = [
        whispering.receive(Voice().says(purse[0], f"{n}", epoch=epoch), at=THEN)
        for n in range(CLIENTS)
    ]
    if not is_guarded:
        _remove_guard()
    everybody_looked = threading.Barrier(CLIENTS)

    def act(n: int) -> str:
        if not is_guarded:  # the control: look whether the pass was spent, then write
            is_spent = whispering.is_spent(epoch.pk, purse[0].nonce)
            everybody_looked.wait()
            if is_spent:
                return "spent"
        [number] = whispering.write([held[n]], at=THEN)
        return "spent" if number is None else "written"

    told = at_once(CLIENTS, act)
    print(
        json.dumps({"told": told, "posts": Post.objects.count(), "rows": SpentPass.objects.count()})
    )


def _remove_guard() -> None:
    kind = "bytea" if connection.vendor == "postgresql" else "blob"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE microblog_spentpass")
        cursor.execute(f"CREATE TABLE microblog_spentpass (epoch_id bigint, nonce {kind})")
