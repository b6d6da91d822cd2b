"""Following, blocking and muting as JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router, Schema

from madang.microblog import blocking, following
from madang.microblog.api import REFUSALS, blocked_refusal
from madang.people.access import member_of
from madang.people.api import Problem, Refusal
from madang.people.models import Member

router = Router(tags=["microblog"])


class FollowOut(Schema):
    """Whether the member who asks follows this one now."""

    handle: str
    is_followed: bool


class BlockOut(Schema):
    """Whether the member who asks blocks this one now."""

    handle: str
    is_blocked: bool


class MuteOut(Schema):
    """Whether the member who asks mutes this one now."""

    handle: str
    is_muted: bool


class HiddenOut(Schema):
    """The handles of those whom the member who asks blocks and mutes, the latest first."""

    blocked: list[str]
    muted: list[str]


@router.put(
    "/members/{handle}/follow",
    response={200: FollowOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Follow",
)
def follow(request: HttpRequest, handle: str) -> FollowOut:
    """Follow a member; twice is once."""
    try:
        following.follow(follower=member_of(request), followed=_found(handle), at=timezone.now())
    except following.Oneself:
        message = _("Your own posts are on your page already.")
        raise Refusal(409, "oneself", message) from None
    except blocking.Blocked:
        raise blocked_refusal() from None
    return FollowOut(handle=handle, is_followed=True)


@router.delete(
    "/members/{handle}/follow",
    response={200: FollowOut, 404: Problem, **REFUSALS},
    summary="Unfollow",
)
def unfollow(request: HttpRequest, handle: str) -> FollowOut:
    """Follow a member no longer; twice is once."""
    following.unfollow(follower=member_of(request), followed=_found(handle))
    return FollowOut(handle=handle, is_followed=False)


@router.put(
    "/members/{handle}/block",
    response={200: BlockOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Block",
)
def block(request: HttpRequest, handle: str) -> BlockOut:
    """Block a member: neither reaches or reads the other; twice is once."""
    found, at = _found(handle), timezone.now()
    _do(partial(blocking.block, blocker=member_of(request), blocked=found, at=at))
    return BlockOut(handle=handle, is_blocked=True)


@router.delete(
    "/members/{handle}/block",
    response={200: BlockOut, 404: Problem, **REFUSALS},
    summary="Unblock",
)
def unblock(request: HttpRequest, handle: str) -> BlockOut:
    """Block a member no longer; twice is once."""
    blocking.unblock(blocker=member_of(request), blocked=_found(handle))
    return BlockOut(handle=handle, is_blocked=False)


@router.put(
    "/members/{handle}/mute",
    response={200: MuteOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Mute",
)
def mute(request: HttpRequest, handle: str) -> MuteOut:
    """Find a member in timelines no more, unknown to them; twice is once."""
    found, at = _found(handle), timezone.now()
    _do(partial(blocking.mute, muter=member_of(request), muted=found, at=at))
    return MuteOut(handle=handle, is_muted=True)


@router.delete(
    "/members/{handle}/mute",
    response={200: MuteOut, 404: Problem, **REFUSALS},
    summary="Unmute",
)
def unmute(request: HttpRequest, handle: str) -> MuteOut:
    """Mute a member no longer; twice is once."""
    blocking.unmute(muter=member_of(request), muted=_found(handle))
    return MuteOut(handle=handle, is_muted=False)


@router.get(
    "/members/hidden", response={200: HiddenOut, **REFUSALS}, summary="Whom I blocked and muted"
)
def hidden(request: HttpRequest) -> HiddenOut:
    """Whom the member who asks blocks and mutes."""
    member = member_of(request)
    return HiddenOut(
        blocked=list(member.blocks.values_list("blocked__handle", flat=True)),
        muted=list(member.mutes.values_list("muted__handle", flat=True)),
    )


def _do(verb: Callable[[], None]) -> None:
    try:
        verb()
    except blocking.Oneself:
        message = _("You cannot get rid of yourself.")
        raise Refusal(409, "oneself", message) from None


def _found(handle: str) -> Member:
    return get_object_or_404(Member, handle=handle, is_active=True)
