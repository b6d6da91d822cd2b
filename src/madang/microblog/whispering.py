"""Saying something without a name: a pass is looked at, held for a while, and written with others.

What is held is in memory alone. What is written says neither who nor, more exactly than the tick,
when; everything due at a tick is written in one transaction, in an order drawn at random.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from madang.lib import base64url, passes
from madang.lib.constraints import refused
from madang.microblog import epochs, index, posting, words
from madang.microblog.models import (
    AnonEpoch,
    Enrolment,
    Post,
    Renewal,
    SpentPass,
    ThreadKey,
)
from madang.microblog.models.post import LONGEST, new_id

WAITS = {"tick": timedelta(0), "hour": timedelta(hours=1), "six_hours": timedelta(hours=6)}
"""What a poster may choose: within how long after the next tick the post is written."""
REQUEST = len(passes.TYPE) + 1 + passes.SIGNATURE
KEY, SIGNATURE = 32, 64
"""Bytes of a public key and of a signature of Ed25519 (RFC 8032)."""
SAYS = "madang anonymous post v1"
TAKES_BACK = "madang anonymous removal v1"


class BadPass(Exception):
    """Forged, damaged, for another origin, or by a key that is not known."""


class TooEarly(Exception):
    """The pass is for an epoch to come."""


class TooLate(Exception):
    """The epoch of the pass is over, or in its last stretch."""


class AlreadySpent(Exception):
    """The pass was spent before."""


class TooFew(Exception):
    """Fewer members have passes for this epoch than anonymity takes."""


class NotSigned(Exception):
    """The key of the thread did not sign this."""


class NoRenewal(Exception):
    """What should become the next pass is no new request under the key of this epoch."""


class Muted(Exception):
    """A moderator has silenced this key in this thread."""


class NotThere(Exception):
    """There is no such post of this key."""


@dataclass(frozen=True, slots=True)
class Whisper:
    """What somebody without a name wants said, as it arrived."""

    token: bytes = field(repr=False)
    text: str = field(repr=False)
    parent: int | None
    wait: str
    key: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    renewal: bytes = field(repr=False)

    def signed(self, nonce: bytes) -> bytes:
        """What the thread's key signs: six lines of text, the last of which may go on."""
        parent = "" if self.parent is None else str(self.parent)
        lines = [SAYS, base64url.encode(nonce), parent, self.wait, base64url.encode(self.renewal)]
        return "\n".join([*lines, self.text]).encode()


@dataclass(frozen=True, slots=True)
class Held:
    """What has been looked at and waits in memory for the tick at `due_at`."""

    epoch: int = field(repr=False)
    nonce: bytes = field(repr=False)
    text: str = field(repr=False)
    parent: int | None = field(repr=False)
    key: bytes = field(repr=False)
    renewal: bytes = field(repr=False)
    due_at: datetime


def is_open(epoch: AnonEpoch, at: datetime, *, wait: str = "tick") -> bool:
    """Whether passes of `epoch` are taken at `at` for a post that waits so.

    It has to be written before the epoch's last stretch, as long as a pass takes to come back:
    nobody can spend the last ones of an epoch and the first ones of the next within that time.
    """
    latest = tick_after(at + WAITS[wait])
    return epoch.starts_at <= at and latest <= epoch.ends_at - settings.ANON_RENEWAL


def tick_after(moment: datetime) -> datetime:
    """The first tick that is not before `moment`; ticks are counted from 1970."""
    tick: timedelta = settings.ANON_TICK
    first = datetime(1970, 1, 1, tzinfo=UTC)
    return first - (first - moment.astimezone(UTC)) // tick * tick


def holders(epoch: AnonEpoch) -> int:
    """Among how many members somebody hides who spends a pass of `epoch`."""
    return Enrolment.objects.filter(epoch=epoch).order_by().values("epoch").count()


def receive(whisper: Whisper, *, at: datetime) -> Held:
    """Look at all of it; what comes back is to be written from `due_at` on, by `write`.

    Raises `BadPass`, `TooEarly`, `TooLate`, `AlreadySpent`, `TooFew`, `NotSigned`, `NoRenewal`,
    `Muted`, and of `posting` `NothingSaid`, `TooLong`, `PostGone` or `ThreadLocked`. Nothing is
    written.
    """
    epoch, nonce = _pass(whisper.token, at, whisper.wait)
    _signed_by(whisper.key, whisper.signature, whisper.signed(nonce), NotSigned)
    key = bytes.fromhex(epoch.key_id)
    if len(whisper.renewal) != REQUEST or whisper.renewal[:3] != passes.TYPE + key[-1:]:
        raise NoRenewal
    if Renewal.objects.filter(epoch=epoch.pk, request=whisper.renewal).exists():
        raise NoRenewal
    text = words.clean(whisper.text)
    if not text:
        raise posting.NothingSaid
    if len(text) > LONGEST:
        raise posting.TooLong
    if whisper.parent is not None:
        _look(whisper.parent, whisper.key)
    if holders(epoch) < settings.ANON_FLOOR:
        raise TooFew
    wait = WAITS[whisper.wait]
    due_at = at + wait * secrets.SystemRandom().random()
    return Held(epoch.number, nonce, text, whisper.parent, whisper.key, whisper.renewal, due_at)


def _pass(token: bytes, at: datetime, wait: str) -> tuple[AnonEpoch, bytes]:
    try:
        spent = passes.read(token)
    except passes.BadPass:
        raise BadPass from None
    columns = ("number", "starts_at", "ends_at", "key_id", "public_key")
    epoch = AnonEpoch.objects.only(*columns).filter(key_id=spent.key.hex()).first()
    if epoch is None:
        raise BadPass
    try:
        spent.verify(passes.public_key(bytes(epoch.public_key)), epochs.challenge())
    except passes.BadPass:
        raise BadPass from None
    if at < epoch.starts_at:
        raise TooEarly
    if not is_open(epoch, at, wait=wait):
        raise TooLate
    if is_spent(epoch.number, spent.nonce):
        raise AlreadySpent
    return epoch, spent.nonce


def is_spent(epoch: int, nonce: bytes) -> bool:
    """Whether that pass was spent for something that is written."""
    return SpentPass.objects.filter(epoch=epoch, nonce=nonce).exists()


def _look(parent: int, key: bytes) -> None:
    """Refuse at once what could not be written; whether it still can is asked again then."""
    columns = ("thread_id", "is_locked", "thread__is_locked")
    found = Post.objects.visible().filter(pk=parent).values_list(*columns).first()
    if found is None:
        raise posting.PostGone
    thread, *locked = found
    if any(locked):
        raise posting.ThreadLocked
    if ThreadKey.objects.filter(thread=thread or parent, key=key, is_muted=True).exists():
        raise Muted


def _signed_by(key: bytes, signature: bytes, message: bytes, answer: type[Exception]) -> None:
    """Ed25519 (RFC 8032, 5.1.7)."""
    if len(key) != KEY or len(signature) != SIGNATURE:
        raise answer
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        raise answer from None


def write(held: Sequence[Held], *, at: datetime) -> list[int | None]:
    """Write all of `held` in one transaction, in a random order; their ids, in the order given.

    None where the pass was spent or its renewal asked for meanwhile, or what was answered is
    gone, its thread locked or the key silenced in it. `at` is the tick; each post was said then.
    A pass is spent once by the constraint `microblog_spentpass_pkey`.
    """
    order = list(range(len(held)))
    secrets.SystemRandom().shuffle(order)
    done: list[int | None] = [None] * len(held)
    with transaction.atomic():
        for place in order:
            try:
                done[place] = _write(held[place], at)
            except (AlreadySpent, NoRenewal, Muted, posting.PostGone, posting.ThreadLocked):
                continue
    return done


def _write(one: Held, at: datetime) -> int:
    answers = {"microblog_spentpass_pkey": AlreadySpent, "microblog_renewal_once": NoRenewal}
    with refused(answers):
        SpentPass.objects.create(epoch_id=one.epoch, nonce=one.nonce)
        number, opener = new_id(at), None
        if one.parent is not None:
            opener = posting.hold(one.parent).opener_id
        key = _thread_key(opener or number, one.key, is_opener=opener is None)
        post = Post(
            id=number,
            text=one.text,
            said_at=at,
            parent_id=one.parent,
            thread_id=opener,
            thread_key=key,
        )
        post.save(force_insert=True)
        index.write({number: one.text})
        post.hashtags.set(posting.hashtags(words.tags(one.text)))
        Renewal.objects.create(
            epoch_id=one.epoch,
            post=post,
            request=one.renewal,
            due_at=at + settings.ANON_RENEWAL,
        )
    return number


def _thread_key(thread: int, key: bytes, *, is_opener: bool) -> ThreadKey:
    """The name of `key` in the thread: the one it has, or the next."""
    rows = ThreadKey.objects.filter(thread=thread)
    known = rows.filter(key=key).first()
    if known is not None and known.is_muted:
        raise Muted
    if known is not None:
        return known
    last = rows.aggregate(last=Max("number"))["last"] or 0
    return ThreadKey.objects.create(thread_id=thread, key=key, number=0 if is_opener else last + 1)


def take_back(*, post: int, signature: bytes) -> None:
    """Remove what was said, for whoever has its key; doing it twice changes nothing.

    `signature` is over two lines, `TAKES_BACK` and the post's id. Raises `NotThere`, `NotSigned`.
    """
    rows = Post.objects.filter(pk=post, thread_key__isnull=False)
    key = rows.values_list("thread_key__key", flat=True).first()
    if key is None:
        raise NotThere
    _signed_by(bytes(key), signature, f"{TAKES_BACK}\n{post}".encode(), NotSigned)
    with transaction.atomic():
        Post.objects.filter(pk=post).update(state=posting.STATE_AFTER, text="")
        Post.hashtags.through.objects.filter(post_id=post).delete()
        index.forget([post])
