"""Posts, likes, reposts and timelines as JSON. Ids are text: they do not fit a double."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from madang.lib import base64url
from madang.lib.pictures import NoPicture
from madang.microblog import blocking, liking, picturing, posting, reposting, timelines, words
from madang.microblog.forms import LARGEST_ID
from madang.microblog.models import Attachment, Post
from madang.microblog.models.attaching import LONGEST_DESCRIPTION, MOST_PICTURES
from madang.microblog.models.post import LONGEST
from madang.people.access import member_of
from madang.people.api import Problem, Refusal

router = Router(tags=["microblog"])

Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Author = Annotated[str | None, Field(exclude_if=lambda handle: handle is None)]
"""A handle, or no field at all."""
REFUSALS = dict.fromkeys((400, 401, 403, 413, 422, 429), Problem)
"""What any request can be answered: damaged, signed out, forged, too large, nonsense, too often."""


class PictureOut(Schema):
    """A picture, a JPEG of this size in pixels, at `url`; a small one at `small_url`."""

    url: str
    small_url: str
    width: int
    height: int
    description: str


class PostOut(Schema):
    """A post as its reader sees it; the text is null where it is not `visible`.

    Only one with a name that is visible has an `author`; elsewhere there is no such field. One
    without a name has a `voice` within its thread: 0 for who began it.
    `reposted_by` is the handle of whoever passed it on, where it stands in a timeline for that.
    """

    id: str
    author: Author = None
    voice: int | None
    text: str | None
    state: str
    said_at: str
    thread: str
    parent: str | None
    likes: int
    reposts: int
    answers: int
    is_liked: bool
    is_reposted: bool
    reposted_by: str | None
    pictures: list[PictureOut]


class PictureIn(Schema):
    """A file (JPEG, PNG, WebP, GIF) in base64url, and what can be seen on it.

    It is drawn anew: nothing of the file is kept but what can be seen.
    """

    model_config = ConfigDict(extra="forbid")

    data: str
    description: Annotated[str, Field(max_length=LONGEST_DESCRIPTION)] = ""


class PostIn(Schema):
    """What to say, with which pictures, and to which post it is a reply.

    A request has at most a mebibyte, pictures included.
    """

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    parent: Annotated[str, Field(pattern=r"^[0-9]{1,19}$")] | None = None
    pictures: Annotated[list[PictureIn], Field(max_length=MOST_PICTURES)] = []


class PageOut(Schema):
    """Posts, newest first; `before` is where the next page begins, null at the end."""

    posts: list[PostOut]
    before: str | None


class ThreadOut(Schema):
    """A thread from its beginning, and whether it takes no more answers."""

    posts: list[PostOut]
    is_locked: bool


class Cursor(Schema):
    """Where to go on, and how many at most."""

    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = timelines.PAGE


@router.post(
    "/posts", response={201: PostOut, 404: Problem, 409: Problem, **REFUSALS}, summary="Say"
)
def say(request: HttpRequest, wanted: PostIn) -> Status[PostOut]:
    """A post, or a reply to `parent`."""
    parent = None
    if wanted.parent is not None:
        number = int(wanted.parent)
        parent = get_object_or_404(Post, pk=number if number <= LARGEST_ID else 0)
    author, drawn = member_of(request), _drawn(wanted.pictures)
    try:
        post = posting.say(
            author=author, text=wanted.text, at=timezone.now(), parent=parent, pictures=drawn
        )
    except posting.NothingSaid:
        raise Refusal(422, "nothing_said", _("Please write something.")) from None
    except posting.TooLong:
        raise Refusal(422, "too_long", _("That is too much for one post.")) from None
    except posting.PostGone:
        message = _("What you answer was taken back a moment ago.")
        raise Refusal(409, "post_gone", message) from None
    except posting.ThreadLocked:
        message = _("A moderator has locked this conversation.")
        raise Refusal(409, "locked", message) from None
    except blocking.Blocked:
        message = _("There is a block between you and somebody whom you answer or mention.")
        raise Refusal(403, "blocked", message) from None
    return Status(201, _out(_shown(request, post.pk)))


def _drawn(sent: list[PictureIn]) -> list[picturing.Drawn]:
    try:
        files = [picturing.Sent(base64url.decode(one.data), one.description) for one in sent]
        return picturing.draw(files)
    except base64url.BadText:
        status, code, message = picturing.SENTENCES[NoPicture]
    except tuple(picturing.SENTENCES) as refusal:
        status, code, message = picturing.SENTENCES[type(refusal)]
    raise Refusal(status, code, str(message))


@router.get("/timelines/local", response={200: PageOut, **REFUSALS}, summary="Everybody")
def local(request: HttpRequest, where: Query[Cursor]) -> PageOut:
    """What everybody here says."""
    posts = Post.objects.visible().openers().heard_by(member_of(request))
    return page_out(request, partial(timelines.page, posts), where)


@router.get("/timelines/home", response={200: PageOut, **REFUSALS}, summary="Whom I follow")
def home(request: HttpRequest, where: Query[Cursor]) -> PageOut:
    """What those say and pass on whom the member follows, and the member."""
    line = partial(timelines.told, timelines.followed_by(member_of(request)))
    return page_out(request, line, where)


@router.get("/timelines/tag/{tag}", response={200: PageOut, **REFUSALS}, summary="A hashtag")
def tagged(request: HttpRequest, tag: Path[str], where: Query[Cursor]) -> PageOut:
    """What is said under a hashtag; the case of its letters does not matter."""
    posts = Post.objects.visible().heard_by(member_of(request))
    posts = posts.filter(hashtags__name=words.tag(tag))
    return page_out(request, partial(timelines.page, posts), where)


@router.get(
    "/posts/{post_id}", response={200: ThreadOut, 404: Problem, **REFUSALS}, summary="A thread"
)
def thread(request: HttpRequest, post_id: Id) -> ThreadOut:
    """The whole thread that the post belongs to."""
    reader = member_of(request)
    posts = Post.objects.readable_by(reader).select_related("thread")
    found = get_object_or_404(posts, pk=post_id)
    rows = timelines.thread(found, reader=reader)
    opener = found.thread or found
    return ThreadOut(posts=[_out(row) for row in rows], is_locked=opener.is_locked)


@router.delete(
    "/posts/{post_id}", response={200: PostOut, 404: Problem, **REFUSALS}, summary="Take back"
)
def take_back(request: HttpRequest, post_id: Id) -> PostOut:
    """Remove the own post; its place in the thread stays."""
    found = get_object_or_404(Post.objects.visible(), pk=post_id)
    try:
        posting.take_back(post=found, by=member_of(request))
    except posting.NotYours:
        raise Refusal(403, "not_yours", _("Somebody else said this.")) from None
    return _out(_shown(request, post_id))


@router.put(
    "/posts/{post_id}/like",
    response={200: PostOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Like",
)
def like(request: HttpRequest, post_id: Id) -> PostOut:
    """Like a post; twice is once."""
    return _press(request, post_id, partial(liking.like, at=timezone.now()))


@router.delete(
    "/posts/{post_id}/like", response={200: PostOut, 404: Problem, **REFUSALS}, summary="Unlike"
)
def unlike(request: HttpRequest, post_id: Id) -> PostOut:
    """Like a post no longer; twice is once."""
    return _press(request, post_id, liking.unlike)


@router.put(
    "/posts/{post_id}/repost",
    response={200: PostOut, 404: Problem, 409: Problem, **REFUSALS},
    summary="Pass on",
)
def repost(request: HttpRequest, post_id: Id) -> PostOut:
    """Pass a post on to the own followers; twice is once."""
    return _press(request, post_id, partial(reposting.repost, at=timezone.now()))


@router.delete(
    "/posts/{post_id}/repost",
    response={200: PostOut, 404: Problem, **REFUSALS},
    summary="Pass on no longer",
)
def unrepost(request: HttpRequest, post_id: Id) -> PostOut:
    """Pass a post on no longer; twice is once."""
    return _press(request, post_id, reposting.unrepost)


def _press(request: HttpRequest, post_id: int, verb: Callable[..., None]) -> PostOut:
    found = get_object_or_404(Post, pk=post_id)
    try:
        verb(member=member_of(request), post=found)
    except posting.PostGone:
        message = _("This was taken back a moment ago.")
        raise Refusal(409, "post_gone", message) from None
    except blocking.Blocked:
        raise blocked_refusal() from None
    return _out(_shown(request, post_id))


def blocked_refusal() -> Refusal:
    """What is said where there is a block between the two."""
    return Refusal(403, "blocked", _("One of you two has blocked the other."))


def page_out(request: HttpRequest, line: Callable[..., timelines.Page], where: Cursor) -> PageOut:
    """A page of a timeline, for whoever asks."""
    page = line(reader=member_of(request), cursor=where.before, size=where.limit)
    return PageOut(
        posts=[_out(post) for post in page.posts],
        before=None if page.after is None else str(page.after),
    )


def _shown(request: HttpRequest, post_id: int) -> Post:
    return Post.objects.with_people(member_of(request)).get(pk=post_id)


def _out(post: Post) -> PostOut:
    is_there = post.state == Post.State.VISIBLE
    shown = vars(post)  # with the columns that `with_people` adds
    return PostOut(
        id=str(post.pk),
        author=post.author.handle if is_there and post.author else None,
        voice=post.thread_key.number if is_there and post.thread_key else None,
        text=post.text if is_there else None,
        state=post.state,
        said_at=post.said_at.isoformat().replace("+00:00", "Z"),
        thread=str(post.opener_id),
        parent=None if post.parent_id is None else str(post.parent_id),
        likes=shown["likes"],
        reposts=shown["reposts"],
        answers=shown["answers"],
        is_liked=shown["is_liked"],
        is_reposted=shown["is_reposted"],
        reposted_by=post.passed_on.handle if post.passed_on else None,
        pictures=[_picture(row) for row in post.attachments.all()] if is_there else [],
    )


def _picture(row: Attachment) -> PictureOut:
    return PictureOut(
        url=row.address,
        small_url=row.small_address,
        width=row.width,
        height=row.height,
        description=row.description,
    )
