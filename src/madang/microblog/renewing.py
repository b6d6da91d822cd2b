"""Giving passes back for those that were spent, by one list that everybody fetches whole."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from madang.lib import base64url, passes
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch, Post, Renewal
from madang.people import tasks


@tasks.on_sweep
def answer(at: datetime) -> None:
    """Sign the requests that are due; from then on they stand beside no post.

    Doing it twice changes nothing, for the same request has the same answer. One under a key that
    signs no more, or that is no request after all, is dropped. One whose post is hidden waits,
    for what was hidden may be put back.
    """
    rows = Renewal.objects.filter(post__isnull=False, due_at__lte=at)
    due = rows.exclude(Q(post__state=Post.State.HIDDEN) & ~Q(epoch__private_key=b""))
    for row in due.select_related("epoch").order_by("?"):
        signed = _sign(row.epoch, bytes(row.request))
        with transaction.atomic():
            waiting = Renewal.objects.filter(pk=row.pk, post__in=_held(row.post_id))
            if signed is None:
                waiting.delete()
            else:
                waiting.exclude(post__state=Post.State.HIDDEN).update(post=None, answer=signed)


def _held(post: int | None) -> list[int]:
    """The same post, which nobody hides until the transaction ends."""
    rows = Post.objects.select_for_update(no_key=True).filter(pk__in=[post])
    return list(rows.values_list("pk", flat=True))


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
