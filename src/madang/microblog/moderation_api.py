"""Reporting, moderating and the public log as JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from madang.microblog import moderating, posting, reporting
from madang.microblog.api import REFUSALS, Author, Id
from madang.microblog.models import ModAction, Post, Report
from madang.microblog.models.moderation import LONGEST_NOTE
from madang.microblog.words import line
from madang.people.access import member_of
from madang.people.api import Problem, Refusal

router = Router(tags=["microblog"])

Because = Literal["hurtful", "private", "spam", "other"]
Deed = Literal["hide", "lock", "mute", "leave"]


class WhyIn(Schema):
    """Why, in one of four ways and in own words."""

    model_config = ConfigDict(extra="forbid")

    reason: Because
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class ReportOut(Schema):
    """A report, which waits for a moderator."""

    post: str
    reason: str
    state: str


class ReasonOut(Schema):
    """Why somebody reported a post; `by` is null where they have left."""

    reason: str
    note: str
    by: str | None
    reported_on: str


class WaitingOut(Schema):
    """A post that waits for a moderator, its text also where it is hidden, and its reports.

    One without a name has a `voice` within its thread, and no `author` field.
    """

    post: str
    thread: str
    author: Author = None
    voice: int | None
    text: str
    state: str
    reports: list[ReasonOut]


class QueueOut(Schema):
    """What waits, longest first; `after` is where the next page begins, null at the end."""

    posts: list[WaitingOut]
    after: str | None


class From(Schema):
    """Where to go on, and how many at most."""

    after: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ActionOut(Schema):
    """A row of the log; `undoes` is the id of the row that it took back."""

    id: str
    kind: str
    post: str
    voice: int | None
    reason: str
    note: str
    by: str | None
    acted_at: str
    undoes: str | None
    is_undone: bool


class LogOut(Schema):
    """Rows, newest first; `before` is where the next page begins, null at the end."""

    actions: list[ActionOut]
    before: str | None


class Since(Schema):
    """Where to go on, and how many at most."""

    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


@router.post(
    "/posts/{post_id}/report",
    response={201: ReportOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Report",
)
def report(request: HttpRequest, post_id: Id, why: WhyIn) -> Status[ReportOut]:
    """Ask moderators to look at a post; once, until somebody did."""
    reader = member_of(request)
    found = get_object_or_404(Post.objects.readable_by(reader), pk=post_id)
    try:
        made = reporting.report(
            post=found, reporter=reader, reason=why.reason, note=line(why.note), at=timezone.now()
        )
    except reporting.AlreadyReported:
        message = _("You have reported this already. Nobody has looked at it yet.")
        raise Refusal(409, "already_reported", message) from None
    except posting.PostGone:
        message = _("This was taken back a moment ago.")
        raise Refusal(409, "post_gone", message) from None
    return Status(201, ReportOut(post=str(post_id), reason=made.reason, state=made.state))


@router.get("/moderation/reports", response={200: QueueOut, **REFUSALS}, summary="Reported posts")
def queue(request: HttpRequest, where: Query[From]) -> QueueOut:
    """Reported posts that no moderator has looked at yet; any deed closes their reports."""
    _moderator_only(request)
    is_open = Report.objects.filter(state=Report.State.OPEN)
    reports = is_open.select_related("reporter").order_by("pk")
    rows = reporting.queue(after=where.after).prefetch_related(Prefetch("reports", reports))
    found = list(rows[: where.limit + 1])
    shown = found[: where.limit]
    after = str(vars(shown[-1])["last"]) if len(found) > where.limit else None
    return QueueOut(posts=[_waiting(post) for post in shown], after=after)


@router.post(
    "/moderation/posts/{post_id}/{deed}",
    response={201: ActionOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Moderate",
)
def moderate(request: HttpRequest, post_id: Id, deed: Deed, why: WhyIn) -> Status[ActionOut]:
    """Hide a post, lock its thread, silence its name in the thread, or leave it as it is."""
    _moderator_only(request)
    found = get_object_or_404(Post, pk=post_id)
    reason = moderating.Why(why.reason, line(why.note))
    verb = partial(moderating.DEEDS[deed], post=found, why=reason)
    return _done(request, verb)


@router.post(
    "/moderation/log/{action_id}/undo",
    response={201: ActionOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Undo",
)
def undo(request: HttpRequest, action_id: Id) -> Status[ActionOut]:
    """Take back what a moderator did."""
    _moderator_only(request)
    action = get_object_or_404(ModAction, pk=action_id)
    return _done(request, partial(moderating.undo, action=action))


@router.get("/moderation/log", response={200: LogOut, **REFUSALS}, summary="Log of moderators")
def log(request: HttpRequest, where: Query[Since]) -> LogOut:
    """What moderators did, for everybody."""
    rows = ModAction.objects.newest_first()
    if where.before is not None:
        rows = rows.filter(pk__lt=where.before)
    found = list(rows[: where.limit + 1])
    shown = found[: where.limit]
    before = str(shown[-1].pk) if len(found) > where.limit else None
    return LogOut(actions=[_out(row) for row in shown], before=before)


def _moderator_only(request: HttpRequest) -> None:
    if "moderator" not in member_of(request).roles:
        raise PermissionDenied


def _done(request: HttpRequest, verb: Callable[..., ModAction]) -> Status[ActionOut]:
    try:
        action = verb(by=member_of(request), at=timezone.now())
    except moderating.AlreadyDone:
        message = _("Somebody has done that already.")
        raise Refusal(409, "already_done", message) from None
    except moderating.NotAnonymous:
        message = _("Only a name in a conversation can be silenced.")
        raise Refusal(409, "not_anonymous", message) from None
    except moderating.NotUndoable:
        raise Refusal(409, "not_undoable", _("This cannot be undone.")) from None
    except posting.PostGone:
        message = _("This was taken back a moment ago.")
        raise Refusal(409, "post_gone", message) from None
    return Status(201, _out(ModAction.objects.newest_first().get(pk=action.pk)))


def _waiting(post: Post) -> WaitingOut:
    return WaitingOut(
        post=str(post.pk),
        thread=str(post.opener_id),
        author=post.author.handle if post.author else None,
        voice=post.thread_key.number if post.thread_key else None,
        text=post.text,
        state=post.state,
        reports=[
            ReasonOut(
                reason=row.reason,
                note=row.note,
                by=row.reporter.handle if row.reporter else None,
                reported_on=row.reported_on.isoformat(),
            )
            for row in post.reports.all()
        ],
    )


def _out(row: ModAction) -> ActionOut:
    return ActionOut(
        id=str(row.pk),
        kind=row.kind,
        post=str(row.post_id),
        voice=row.thread_key.number if row.thread_key else None,
        reason=row.reason,
        note=row.note,
        by=row.by.handle if row.by else None,
        acted_at=row.acted_at.isoformat().replace("+00:00", "Z"),
        undoes=None if row.undoes_id is None else str(row.undoes_id),
        is_undone=vars(row)["is_undone"],
    )
