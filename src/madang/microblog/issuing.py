"""Giving passes to members, who may spend them later where nobody sees who they are.

The site knows who asks and signs what it cannot read; it will know the pass and not who asked.
What separates the two is time: no pass is spent in the epoch in which it was issued.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from madang.lib import passes
from madang.lib.constraints import refused
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch, Enrolment
from madang.people.models import Member


class NoRequests(Exception):
    """Something is no request for a pass under a key that is in use."""


class WrongNumber(Exception):
    """An epoch takes so many requests from each member, neither more nor fewer."""


class TooLate(Exception):
    """The epoch has begun: its passes were given out before."""


class AlreadyEnrolled(Exception):
    """The member has asked for this epoch's passes before, with other requests."""


def issue(*, member: Member, requests: Sequence[bytes], at: datetime) -> list[bytes]:
    """The answers to `requests` (RFC 9578, 6.2), in their order: `settings.ANON_PASSES` an epoch.

    The same requests get the same answers, at any time while the epoch lasts; of two different
    ones only the first is answered. All or nothing. Raises `NoRequests`, `WrongNumber`, `TooLate`,
    `AlreadyEnrolled`, `epochs.KeyGone`. Kept by the constraint `microblog_enrolment_once`.
    """
    known = {epoch.key_id[-2:]: epoch for epoch in AnonEpoch.objects.live(at)}
    wanted: dict[AnonEpoch, list[bytes]] = {}
    for request in requests:
        epoch = known.get(request[2:3].hex())
        if epoch is None:
            raise NoRequests
        wanted.setdefault(epoch, []).append(request)
    answers = {
        request: _sign(epoch, request) for epoch, asked in wanted.items() for request in asked
    }
    with transaction.atomic():
        for epoch, asked in sorted(wanted.items(), key=lambda each: each[0].number):
            _enrol(member, epoch, asked, at)
    return [answers[request] for request in requests]


def _sign(epoch: AnonEpoch, request: bytes) -> bytes:
    try:
        return passes.issue(epochs.signer(epoch), request)
    except passes.BadRequest:
        raise NoRequests from None


def _enrol(member: Member, epoch: AnonEpoch, asked: Sequence[bytes], at: datetime) -> None:
    if len(asked) != settings.ANON_PASSES:
        raise WrongNumber
    digest = hashlib.sha256(b"".join(asked)).hexdigest()
    if epoch.starts_at <= at:
        if not Enrolment.objects.filter(member=member, epoch=epoch, digest=digest).exists():
            raise TooLate
        return
    try:
        with refused({"microblog_enrolment_once": AlreadyEnrolled}):
            Enrolment.objects.create(member=member, epoch=epoch, digest=digest)
    except AlreadyEnrolled:
        if not Enrolment.objects.filter(member=member, epoch=epoch, digest=digest).exists():
            raise
