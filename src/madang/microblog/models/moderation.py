"""What members report, and the public log of what moderators did."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from madang.db.only_added import OnlyAdded
from madang.microblog.models.anonymous import ThreadKey
from madang.microblog.models.liking import today
from madang.microblog.models.post import Post
from madang.people.models import Member

LONGEST_NOTE = 200


class Reason(models.TextChoices):
    """Why somebody wants a post looked at, and why something was done."""

    HURTFUL = "hurtful", _("It hurts or threatens somebody.")
    PRIVATE = "private", _("It tells something private about somebody.")
    SPAM = "spam", _("It advertises, or says the same again and again.")
    OTHER = "other", _("Something else.")


class Report(models.Model):
    """A member asks moderators to look at a post. Only the day is kept."""

    class State(models.TextChoices):
        OPEN = "open", _("to be looked at")
        CLOSED = "closed", _("looked at")

    reporter = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        related_name="reports",
        verbose_name=_("reported by"),
    )
    post = models.ForeignKey(
        Post, on_delete=models.CASCADE, related_name="reports", verbose_name=_("post")
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=LONGEST_NOTE, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    reported_on = models.DateField(_("since"), default=today, editable=False)

    class Meta:
        ordering = ["id"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "post"],
                condition=Q(state="open"),
                name="microblog_report_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "closed"]), name="microblog_report_state_known"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["hurtful", "private", "spam", "other"]),
                name="microblog_report_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id}: {self.get_reason_display()}"


class ModActionQuerySet(models.QuerySet["ModAction"]):
    """Questions about the log."""

    def newest_first(self) -> Self:
        """With who did it, and whether it was undone."""
        rows = self.select_related("by", "undoes", "thread_key", "post__thread_key")
        undone = ModAction.objects.filter(undoes=OuterRef("pk"))
        return rows.annotate(is_undone=Exists(undone)).order_by("-pk")


class ModAction(models.Model):
    """What a moderator did, in a log that everybody reads; an undoing is a row of its own."""

    class Kind(models.TextChoices):
        HIDE = "hide", pgettext_lazy("a post", "hidden")
        LOCK = "lock", pgettext_lazy("a conversation", "locked")
        MUTE = "mute", pgettext_lazy("a name in a conversation", "silenced")
        LEAVE = "leave", pgettext_lazy("a post", "left as it is")

    kind = models.CharField(_("what was done"), max_length=10, choices=Kind.choices)
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, related_name="mod_actions", verbose_name=_("post")
    )
    thread_key = models.ForeignKey(
        ThreadKey, on_delete=models.PROTECT, null=True, related_name="mod_actions"
    )
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="undone")
    reason = models.CharField(_("reason"), max_length=10, choices=Reason.choices, blank=True)
    note = models.CharField(_("note"), max_length=LONGEST_NOTE, blank=True)
    by = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        related_name="mod_actions",
        verbose_name=pgettext_lazy("of a deed", "by"),
    )
    acted_at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    objects = ModActionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("deed of a moderator")
        verbose_name_plural = _("deeds of moderators")
        constraints = [
            models.UniqueConstraint(fields=["undoes"], name="microblog_mod_action_undone_once"),
            models.CheckConstraint(
                condition=Q(kind="mute", thread_key__isnull=False)
                | Q(kind__in=["hide", "lock", "leave"], thread_key__isnull=True),
                name="microblog_mod_action_kind_known",
            ),
            OnlyAdded(name="microblog_mod_action_only_added", but="by"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.post_id}"
