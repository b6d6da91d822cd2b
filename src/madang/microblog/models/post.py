"""Posts, and the questions that timelines ask."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self  # notes of several relations

from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from madang.people.models import Member

RANDOM_BITS = 21
LONGEST = 500
"""Characters of a post, counted as Unicode code points after NFC."""


def new_id(at: datetime | None = None) -> int:
    """Milliseconds since 1970 above 21 random bits: sorts by time, fits 63 bits until 2109.

    Those of `at`, or of now.
    """
    milliseconds = time.time_ns() // 1_000_000 if at is None else int(at.timestamp() * 1000)
    return milliseconds << RANDOM_BITS | secrets.randbits(RANDOM_BITS)


@dataclass(frozen=True)
class PassedOn:
    """Who of those whom the reader follows passed a post on last."""

    handle: str
    name: str


class PostQuerySet(models.QuerySet["Post"]):
    """Questions about posts."""

    def visible(self) -> Self:
        """Those that anybody may read."""
        return self.filter(state=Post.State.VISIBLE)

    def openers(self) -> Self:
        """Those that begin a thread."""
        return self.filter(thread__isnull=True)

    def readable_by(self, reader: Member) -> Self:
        """Without those of members who blocked `reader`, or whom `reader` blocked."""
        from madang.microblog.models.keeping_apart import apart

        return self.exclude(apart(reader, "author"))

    def heard_by(self, reader: Member) -> Self:
        """The same, and without those of members whom `reader` muted."""
        from madang.microblog.models.keeping_apart import unheard

        return self.exclude(unheard(reader, "author"))

    def before(self, cursor: int | None) -> Self:
        """Newest first; with `cursor`, those older than the post with this id."""
        older = self if cursor is None else self.filter(pk__lt=cursor)
        return older.order_by("-pk")

    def with_pictures(self) -> Self:
        """With its pictures, without their bytes, by a query more."""
        from madang.microblog.models.attaching import Attachment

        return self.prefetch_related(Prefetch("attachments", Attachment.objects.listed()))

    def with_people(self, reader: Member) -> Self:
        """With the author, the exact numbers, the pictures, and whether `reader` likes it or
        passed it on.
        """
        from madang.microblog.models.liking import Like, LikeTally
        from madang.microblog.models.reposting import Repost, RepostTally

        replies = Post.objects.visible().filter(parent=OuterRef("pk")).order_by().values("parent")
        mine = {"post": OuterRef("pk"), "member": reader}
        return (
            self.with_pictures()
            .select_related("author", "thread_key")
            .annotate(
                likes=F("likes_folded") + _noted(LikeTally.objects.all()),
                reposts=F("reposts_folded") + _noted(RepostTally.objects.all()),
                answers=Coalesce(
                    Subquery(replies.annotate(n=models.Count("pk")).values("n")), Value(0)
                ),
                is_liked=Exists(Like.objects.filter(**mine)),
                is_reposted=Exists(Repost.objects.filter(**mine)),
            )
        )


def _noted(notes: models.QuerySet[Any]) -> Coalesce:
    """The sum of the notes about a post that are not yet folded."""
    rows = notes.filter(post=OuterRef("pk")).order_by().values("post")
    return Coalesce(Subquery(rows.annotate(n=Sum("change")).values("n")), Value(0))


class Post(models.Model):
    """Something a member said; a reply names its parent and the opener of its thread.

    Said without a name it has a key of its thread in the place of an author, never both, and its
    moment is that of the tick in which it was written with others. A hidden one keeps its text
    for those who may put it back, until its author takes it back. Whether a thread is locked
    stands at its opener.
    """

    class State(models.TextChoices):
        VISIBLE = "visible", _("visible")
        DELETED = "deleted", _("deleted")
        HIDDEN = "hidden", pgettext_lazy("a post", "hidden")

    id = models.BigIntegerField(primary_key=True, default=new_id, editable=False)
    author = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="posts",
        verbose_name=pgettext_lazy("of a post", "author"),
    )
    thread_key = models.ForeignKey(
        "microblog.ThreadKey",
        on_delete=models.PROTECT,
        null=True,
        related_name="posts",
        editable=False,
    )
    thread = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="posts", editable=False
    )
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="replies", editable=False
    )
    text = models.TextField(_("text"), max_length=LONGEST, blank=True)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.VISIBLE
    )
    is_locked = models.BooleanField(_("locked"), default=False, db_default=False, editable=False)
    said_at = models.DateTimeField(_("said"), default=timezone.now, editable=False)
    likes_folded = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    reposts_folded = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    likers = models.ManyToManyField(
        Member, through="microblog.Like", related_name="liked_posts", verbose_name=_("liked by")
    )
    mentioned = models.ManyToManyField(
        Member, through="microblog.Mention", related_name="mentions", editable=False
    )
    hashtags = models.ManyToManyField("microblog.Hashtag", related_name="posts", editable=False)

    objects = PostQuerySet.as_manager()
    passed_on: PassedOn | None = None
    """Where it stands in a timeline because somebody passed it on; no column."""

    class Meta:
        ordering = ["-id"]
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [
            models.Index(fields=["author", "state", "-id"], name="microblog_post_author_state"),
            models.Index(fields=["-id"], condition=Q(thread=None), name="microblog_post_openers"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["visible", "deleted", "hidden"]),
                name="microblog_post_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="visible") & ~Q(text="")
                | Q(state="deleted", text="")
                | Q(state="hidden"),
                name="microblog_post_says_something_or_nothing",
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False, thread_key__isnull=True)
                | Q(author__isnull=True, thread_key__isnull=False)
                | Q(state="deleted", author__isnull=True),
                name="microblog_post_author_or_thread_key",
            ),
            models.CheckConstraint(
                condition=Q(thread__isnull=True, parent__isnull=True)
                | Q(thread__isnull=False, parent__isnull=False),
                name="microblog_reply_has_parent_and_thread",
            ),
            models.CheckConstraint(
                condition=Q(is_locked=False) | Q(thread__isnull=True),
                name="microblog_thread_is_locked_at_its_opener",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or '–'}: {self.text[:40]}"

    @property
    def name(self) -> str:
        """Who says it: the member, or who it is within the thread alone."""
        if self.thread_key is None:
            return str(self.author or "")
        if not self.thread_key.number:
            return gettext("Who began it")
        return gettext("Anonymous %(number)d") % {"number": self.thread_key.number}

    @property
    def opener_id(self) -> int:
        """The post that began the thread; the own id for that one."""
        return self.thread_id or self.pk


class Hashtag(models.Model):
    """A word behind a number sign, in NFC and casefolded, so that each exists once."""

    name = models.CharField(_("hashtag"), max_length=50)

    class Meta:
        ordering = ["name"]
        verbose_name = _("hashtag")
        verbose_name_plural = _("hashtags")
        constraints = [models.UniqueConstraint(fields=["name"], name="microblog_hashtag_once")]

    def __str__(self) -> str:
        return f"#{self.name}"
