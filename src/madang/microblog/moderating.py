"""What moderators do: hide a post, lock a thread, silence a name within it; and take it back.

Each deed is one row of a public log, written with what it says, while others wait for the post.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Value, When

from madang.lib.constraints import refused
from madang.microblog.models import ModAction, Post, Report, ThreadKey
from madang.microblog.posting import PostGone
from madang.people.models import Member

Kind = ModAction.Kind


class AlreadyDone(Exception):
    """Somebody did that before."""


class NotAnonymous(Exception):
    """A name of a thread can be silenced, not a member."""


class NotUndoable(Exception):
    """It changed nothing that could be put back, or is an undoing itself."""


@dataclass(frozen=True, slots=True)
class Why:
    """The reason, one of `models.moderation.Reason`, and a note that everybody can read."""

    reason: str
    note: str = ""


def hide(*, post: Post, why: Why, by: Member, at: datetime) -> ModAction:
    """From now on nobody reads `post`, and the pass it was written with does not come back.

    Raises `AlreadyDone`, or `PostGone` where its author took it back.
    """
    with transaction.atomic():
        state = _hold(post.pk).state
        if state == Post.State.HIDDEN:
            raise AlreadyDone
        if state == Post.State.DELETED:
            raise PostGone
        Post.objects.filter(pk=post.pk).update(state=Post.State.HIDDEN)
        return _log(Kind.HIDE, post.pk, why, by, at)


def lock(*, post: Post, why: Why, by: Member, at: datetime) -> ModAction:
    """From now on the thread of `post` takes no answer. Raises `AlreadyDone`."""
    with transaction.atomic():
        opener = _hold(post.opener_id)
        if opener.is_locked:
            raise AlreadyDone
        Post.objects.filter(pk=opener.pk).update(is_locked=True)
        return _log(Kind.LOCK, opener.pk, why, by, at, about=post.pk)


def mute(*, post: Post, why: Why, by: Member, at: datetime) -> ModAction:
    """From now on whoever wrote `post` without a name says nothing more in its thread.

    Raises `NotAnonymous`, `AlreadyDone`.
    """
    if post.thread_key_id is None:
        raise NotAnonymous
    with transaction.atomic():
        _hold(post.opener_id)
        keys = ThreadKey.objects.filter(pk=post.thread_key_id, is_muted=False)
        if not keys.update(is_muted=True):
            raise AlreadyDone
        return _log(Kind.MUTE, post.pk, why, by, at, key=post.thread_key_id)


def leave(*, post: Post, why: Why, by: Member, at: datetime) -> ModAction:
    """Leave `post` as it is and close its reports. Raises `AlreadyDone` where none is open."""
    with transaction.atomic():
        _hold(post.pk)
        if not Report.objects.filter(post=post, state=Report.State.OPEN).exists():
            raise AlreadyDone
        return _log(Kind.LEAVE, post.pk, why, by, at)


def undo(*, action: ModAction, by: Member, at: datetime) -> ModAction:
    """Put back what `action` changed; what its author took back meanwhile stays away.

    Raises `NotUndoable`, or `AlreadyDone` by the constraint `microblog_mod_action_undone_once`.
    """
    if action.kind == Kind.LEAVE or action.undoes_id is not None:
        raise NotUndoable
    with transaction.atomic():
        post = _hold(action.post_id)
        with refused({"microblog_mod_action_undone_once": AlreadyDone}):
            undoing = ModAction.objects.create(
                kind=action.kind,
                post=post,
                thread_key_id=action.thread_key_id,
                undoes=action,
                by=by,
                acted_at=at,
            )
        if action.kind == Kind.HIDE:
            back = Case(When(text="", then=Value("deleted")), default=Value("visible"))
            Post.objects.filter(pk=post.pk).update(state=back)
        elif action.kind == Kind.LOCK:
            Post.objects.filter(pk=post.pk).update(is_locked=False)
        else:
            ThreadKey.objects.filter(mod_actions=action).update(is_muted=False)
    return undoing


DEEDS: dict[str, Callable[..., ModAction]] = {
    Kind.HIDE.value: hide,
    Kind.LOCK.value: lock,
    Kind.MUTE.value: mute,
    Kind.LEAVE.value: leave,
}
"""What can be done about a post, by the names that the log has for it."""


def _hold(post: int) -> Post:
    """The post as it is now; it stays so until the transaction ends."""
    return Post.objects.select_for_update(no_key=True).get(pk=post)


def _log(
    kind: Kind,
    post: int,
    why: Why,
    by: Member,
    at: datetime,
    *,
    key: int | None = None,
    about: int | None = None,
) -> ModAction:
    """Write the row, and close the reports of the post that it is about."""
    Report.objects.filter(post=about or post, state=Report.State.OPEN).update(
        state=Report.State.CLOSED
    )
    return ModAction.objects.create(
        kind=kind,
        post_id=post,
        thread_key_id=key,
        reason=why.reason,
        note=why.note,
        by=by,
        acted_at=at,
    )
