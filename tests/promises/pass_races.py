"""Racers who want more passes than they may have. Called through `tests.servers.run`."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

from django.db import connection

from madang.lib import passes
from madang.microblog import epochs, issuing
from madang.microblog.models import AnonEpoch, Enrolment
from madang.people.models import Member
from tests.promises.races import at_once

AT = datetime(2031, 3, 3, tzinfo=UTC)
CLIENTS = 24
COUNT = 5


def issue(*, is_guarded: bool) -> None:
    """A member's devices all ask at once for the same epoch, each with requests of its own."""
    epochs.prepare(AT)
    epoch = AnonEpoch.objects.get(number=2)
    member = Member.objects.create_user("racer")
    public = passes.public_key(bytes(epoch.public_key))
    asked = [
        [passes.ask(public, b"race").request for _n in range(COUNT)] for _client in range(CLIENTS)
    ]
    if not is_guarded:
        _remove_guard()
    everybody_looked = threading.Barrier(CLIENTS)

    def act(n: int) -> str:
        if not is_guarded:  # the control: look whether the member is enrolled, then sign
            is_enrolled = Enrolment.objects.filter(member=member, epoch=epoch).exists()
            everybody_looked.wait()
            if is_enrolled:
                return "AlreadyEnrolled"
        try:
            issuing.issue(member=member, requests=asked[n], at=AT)
        except issuing.AlreadyEnrolled:
            return "AlreadyEnrolled"
        return "issued"

    told = at_once(CLIENTS, act)
    print(json.dumps({"told": told, "rows": Enrolment.objects.count()}))


def _remove_guard() -> None:
    guard = Enrolment._meta.constraints[0]
    Enrolment._meta.constraints = []
    with connection.schema_editor() as editor:
        editor.remove_constraint(Enrolment, guard)


def prepare() -> None:
    """Many processes' worth of threads make the first epochs at once."""
    at_once(8, lambda _n: str(epochs.prepare(AT)))
    rows = AnonEpoch.objects.values_list("number", flat=True)
    print(json.dumps({"numbers": list(rows), "log": len(epochs.log())}))
