"""Pages of the microblog."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madang.microblog import (
    blocking,
    following,
    liking,
    noticing,
    posting,
    reposting,
    timelines,
    words,
)
from madang.microblog.forms import PostForm, cursor
from madang.microblog.models import Post, ThreadFollow
from madang.people.access import member_of, takes_files
from madang.people.models import Member
from madang.ui.parts import is_part, render_part

MOST_BYTES = 16 * 1024 * 1024
"""Of a post with its pictures."""


@takes_files("", MOST_BYTES)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def local(request: HttpRequest) -> HttpResponse:
    """What everybody here says; and the place to say something."""
    if request.method == "POST":
        return _say(request, None)
    return timeline(request, "local", _local, {"form": PostForm()})


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What those say whom the member follows, and what the member says."""
    line = partial(timelines.told, timelines.followed_by(member_of(request)))
    return timeline(request, "home", line, {"form": PostForm()})


@login_required
@require_safe
def tag(request: HttpRequest, name: str) -> HttpResponse:
    """What is said under a hashtag, however it is written in the address."""
    name = words.tag(name)
    posts = Post.objects.visible().heard_by(member_of(request)).filter(hashtags__name=name)
    line = partial(timelines.page, posts)
    return timeline(request, "tag", line, {"tag": name})


class Line(Protocol):
    """How a timeline is read."""

    def __call__(self, *, reader: Member, cursor: int | None) -> timelines.Page:
        """The page for `reader` before `cursor`."""


def _local(*, reader: Member, cursor: int | None) -> timelines.Page:
    openers = Post.objects.visible().openers().heard_by(reader)
    return timelines.page(openers, reader=reader, cursor=cursor)


def timeline(
    request: HttpRequest, name: str, line: Line, context: dict[str, object]
) -> HttpResponse:
    """A page of `line`; 304 where the reader has it already."""
    before = cursor(request.GET.get("before", ""))
    page = line(reader=member_of(request), cursor=before)
    unread = partial(noticing.unread, member=member_of(request), at=timezone.now())
    context |= {"line": name, "is_first": before is None, "unread": unread}
    return _live(request, "microblog/timeline.html", page, context)


def _live(
    request: HttpRequest, template: str, page: timelines.Page, context: dict[str, object]
) -> HttpResponse:
    """The page, or for htmx its posts alone; 304 where the reader has those already."""
    etag = f'"{page.tag}-{request.LANGUAGE_CODE}"'
    if is_part(request) and request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers={"ETag": etag})
    answer = render_part(request, template, "posts", context | {"page": page})
    if is_part(request):
        answer["ETag"] = etag
    return answer


@takes_files("", MOST_BYTES)
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """A thread, and the place to answer one of its posts."""
    posts = Post.objects.readable_by(member_of(request))
    found = get_object_or_404(posts.select_related("thread", "author", "thread_key"), pk=post_id)
    if request.method == "POST":
        return _say(request, found)
    return _thread(request, found, PostForm())


def _thread(request: HttpRequest, found: Post, form: PostForm, status: int = 200) -> HttpResponse:
    reader, template = member_of(request), "microblog/thread.html"
    page = timelines.Page(timelines.thread(found, reader=reader), None)
    if is_part(request) and status == 200:
        return _live(request, template, page, {})
    follows = ThreadFollow.objects.filter(member=reader, thread=found.opener_id)
    context = {
        "page": page,
        "found": found,
        "opener": found.thread or found,
        "is_followed": follows.exists(),
        "form": form,
    }
    answer = render(request, template, context, status=status)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def _say(request: HttpRequest, parent: Post | None) -> HttpResponse:
    form = PostForm(request.POST, request.FILES)
    if not form.is_valid():
        return _again(request, parent, form, 422)
    text, pictures = form.cleaned_data["text"], form.cleaned_data["pictures"]
    author, at = member_of(request), timezone.now()
    try:
        said = posting.say(author=author, text=text, at=at, parent=parent, pictures=pictures)
    except posting.PostGone:
        form.add_error("text", _("What you answer was taken back a moment ago."))
        return _again(request, parent, form, 409)
    except posting.ThreadLocked:
        form.add_error("text", _("A moderator has locked this conversation."))
        return _again(request, parent, form, 409)
    except blocking.Blocked:
        message = _("There is a block between you and somebody whom you answer or mention.")
        form.add_error("text", message)
        return _again(request, parent, form, 403)
    return redirect(f"{_address(said)}#p{said.pk}" if parent else "microblog:local")


def _again(request: HttpRequest, parent: Post | None, form: PostForm, status: int) -> HttpResponse:
    if parent is not None:
        return _thread(request, parent, form, status)
    page = _local(reader=member_of(request), cursor=None)
    unread = partial(noticing.unread, member=member_of(request), at=timezone.now())
    context = {"form": form, "page": page, "line": "local", "is_first": True, "unread": unread}
    return render(request, "microblog/timeline.html", context, status=status)


def _address(said: Post) -> str:
    from django.urls import reverse

    return reverse("microblog:post", args=[said.opener_id])


@login_required
@require_POST
def like(request: HttpRequest, post_id: int) -> HttpResponse:
    """Like a post, or like it no longer."""
    verb = partial(liking.like, at=timezone.now())
    if request.POST.get("like") == "no":
        verb = partial(liking.unlike)
    return _press(request, post_id, "like", verb)


@login_required
@require_POST
def repost(request: HttpRequest, post_id: int) -> HttpResponse:
    """Pass a post on to the own followers, or no longer."""
    verb = partial(reposting.repost, at=timezone.now())
    if request.POST.get("repost") == "no":
        verb = partial(reposting.unrepost)
    return _press(request, post_id, "repost", verb)


@login_required
@require_POST
def follow_thread(request: HttpRequest, post_id: int) -> HttpResponse:
    """Be told of what is said in a thread, or no longer."""
    member = member_of(request)
    found = get_object_or_404(Post.objects.readable_by(member), pk=post_id)
    if request.POST.get("follow") == "no":
        following.unfollow_thread(member=member, post=found)
    else:
        following.follow_thread(member=member, post=found, at=timezone.now())
    return redirect("microblog:post", post_id=found.pk)


def _press(
    request: HttpRequest, post_id: int, part: str, verb: Callable[..., None]
) -> HttpResponse:
    """One of the buttons under a post."""
    found, reader = get_object_or_404(Post, pk=post_id), member_of(request)
    try:
        verb(member=reader, post=found)
    except posting.PostGone:
        messages.info(request, _("This was taken back a moment ago."))
    except blocking.Blocked:
        messages.info(request, _("One of you two has blocked the other."))
    if is_part(request):
        shown = Post.objects.with_people(reader).get(pk=post_id)
        return render(request, f"microblog/post.html#{part}", {"post": shown})
    return redirect(f"{_back(request)}#p{post_id}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, post_id: int) -> HttpResponse:
    """Ask once more, then remove the own post."""
    mine = Post.objects.visible().filter(author=member_of(request))
    found = get_object_or_404(mine, pk=post_id)
    if request.method != "POST":
        return render(request, "microblog/take_back.html", {"post": found})
    posting.take_back(post=found, by=member_of(request))
    messages.success(request, _("It is taken back. Only its place is left."))
    if found.thread_id:
        return redirect("microblog:post", post_id=found.thread_id)
    return redirect("microblog:local")


def _back(request: HttpRequest) -> str:
    """Where the button was, if that is a page of this site."""
    from django.urls import reverse

    after = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(after, {request.get_host()}):
        return after
    return reverse("microblog:local")
