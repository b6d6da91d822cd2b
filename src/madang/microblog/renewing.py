"""Giving passes back for those that were spent, by one list that everybody fetches whole."""

from __future__ import annotations

from datetime import datetime

from madang.lib import base64url, passes
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch, Renewal
from madang.people import tasks


@tasks.on_sweep
def answer(at: datetime) -> None:
    """Sign the requests that are due; from then on they stand beside no post.

    Doing it twice changes nothing, for the same request has the same answer. One under a key that
    signs no more, or that is no request after all, is dropped.
    """
    due = Renewal.objects.filter(post__isnull=False, due_at__lte=at)
    for row in due.select_related("epoch").order_by("?"):
        waiting = due.filter(pk=row.pk)
        signed = _sign(row.epoch, bytes(row.request))
        if signed is None:
            waiting.delete()
        else:
            waiting.update(post=None, answer=signed)


def _sign(epoch: AnonEpoch, request: bytes) -> bytes | None:
    try:
        return passes.issue(epochs.signer(epoch), request)
    except (epochs.KeyGone, passes.BadRequest):
        return None


def public(at: datetime) -> list[dict[str, str]]:
    """What is answered for the epochs that still last at `at`, in no order that says anything."""
    rows = Renewal.objects.filter(post__isnull=True, epoch__ends_at__gt=at)
    pairs = rows.values_list("request", "answer")
    return sorted(
        (
            {"request": base64url.encode(bytes(asked)), "answer": base64url.encode(bytes(given))}
            for asked, given in pairs
        ),
        key=lambda pair: pair["request"],
    )
