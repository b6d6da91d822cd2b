"""Looking for posts, and what others did about the member who asks, as JSON."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from madang.microblog import noticing, search, timelines
from madang.microblog.api import REFUSALS, Cursor, PageOut, page_out
from madang.people.access import member_of
from madang.people.api import Refusal

router = Router(tags=["microblog"])


class Question(Cursor):
    """What to look for; signs after the first 200 are not looked at."""

    q: Annotated[str, Field(min_length=1, max_length=1000)]


class NoticeOut(Schema):
    """What was done on a day; `by` are handles, none where it was done without a name."""

    kind: str
    day: str
    by: list[str]
    post: str | None
    is_new: bool


class NoticesOut(Schema):
    """The latest notices; `upto` says how far they go."""

    notifications: list[NoticeOut]
    upto: str


class UpToIn(Schema):
    """How far the member has read."""

    model_config = ConfigDict(extra="forbid")

    upto: Annotated[str, Field(max_length=80)]


class UnreadOut(Schema):
    """How much is left that the member has not seen."""

    unread: int


@router.get("/search", response={200: PageOut, **REFUSALS}, summary="Find posts")
def find(request: HttpRequest, question: Query[Question]) -> PageOut:
    """Posts that have all words of `q`, also inside words, newest first."""
    posts = search.find(question.q).heard_by(member_of(request))
    return page_out(request, partial(timelines.page, posts), question)


@router.get(
    "/notifications", response={200: NoticesOut, **REFUSALS}, summary="What others did about me"
)
def notifications(request: HttpRequest) -> NoticesOut:
    """Answers, mentions, what followed threads say, likes, reposts and follows, the latest day
    first.
    """
    found = noticing.notices(member=member_of(request), at=timezone.now())
    return NoticesOut(
        notifications=[
            NoticeOut(
                kind=row.kind,
                day=row.day.isoformat(),
                by=[member.handle for member in row.people],
                post=None if row.post is None else str(row.post.pk),
                is_new=row.is_new,
            )
            for row in found.rows
        ],
        upto=str(found.upto),
    )


@router.put(
    "/notifications/seen", response={200: UnreadOut, **REFUSALS}, summary="I have seen them"
)
def see(request: HttpRequest, told: UpToIn) -> UnreadOut:
    """The member has seen everything up to `upto`; what came meanwhile stays new."""
    member = member_of(request)
    try:
        noticing.see(member=member, upto=noticing.UpTo.read(told.upto))
    except noticing.NoUpTo:
        raise Refusal(422, "no_place", _("This does not say how far you have read.")) from None
    return UnreadOut(unread=noticing.unread(member=member, at=timezone.now()))
