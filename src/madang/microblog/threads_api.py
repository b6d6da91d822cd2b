"""Following threads as JSON."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema

from madang.microblog import following
from madang.microblog.api import REFUSALS, Id
from madang.microblog.models import Post
from madang.people.access import member_of
from madang.people.api import Problem

router = Router(tags=["microblog"])


class ThreadFollowOut(Schema):
    """Whether the member who asks follows the thread that this post opens."""

    thread: str
    is_followed: bool


@router.put(
    "/posts/{post_id}/follow",
    response={200: ThreadFollowOut, 404: Problem, **REFUSALS},
    summary="Follow a thread",
)
def follow(request: HttpRequest, post_id: Id) -> ThreadFollowOut:
    """Be told of what is said from now on in the thread of a post; twice is once."""
    found = _found(request, post_id)
    following.follow_thread(member=member_of(request), post=found, at=timezone.now())
    return ThreadFollowOut(thread=str(found.opener_id), is_followed=True)


@router.delete(
    "/posts/{post_id}/follow",
    response={200: ThreadFollowOut, 404: Problem, **REFUSALS},
    summary="Follow a thread no longer",
)
def unfollow(request: HttpRequest, post_id: Id) -> ThreadFollowOut:
    """Be told of it no longer; twice is once."""
    found = _found(request, post_id)
    following.unfollow_thread(member=member_of(request), post=found)
    return ThreadFollowOut(thread=str(found.opener_id), is_followed=False)


def _found(request: HttpRequest, post_id: int) -> Post:
    return get_object_or_404(Post.objects.readable_by(member_of(request)), pk=post_id)
