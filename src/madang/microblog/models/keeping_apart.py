"""Who does not want to have to do with whom: blocks, which bind both, and mutes, which hide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from madang.microblog.models.liking import today
from madang.people.models import Member


class BlockQuerySet(models.QuerySet["Block"]):
    """Questions about blocks."""

    def between(self, member: Member, others: Iterable[int]) -> Self:
        """Those between `member` and members with the ids `others`, whoever of them blocked."""
        ids = list(others)
        return self.filter(Q(blocker=member, blocked__in=ids) | Q(blocker__in=ids, blocked=member))


class Block(models.Model):
    """`blocker` and `blocked` read and reach each other no more. Only the day is kept."""

    blocker = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="blocks", verbose_name=_("who blocked")
    )
    blocked = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="blocked_by", verbose_name=_("blocked")
    )
    blocked_on = models.DateField(_("since"), default=today, editable=False)

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["-blocked_on", "-id"]
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="microblog_block_once"),
            models.CheckConstraint(
                condition=~Q(blocker=F("blocked")), name="microblog_block_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.blocker} ✕ {self.blocked}"


class Mute(models.Model):
    """`muter` does not read `muted`, who is not told. Only the day is kept."""

    muter = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="mutes", verbose_name=_("who muted")
    )
    muted = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="muted_by", verbose_name=_("muted")
    )
    muted_on = models.DateField(_("since"), default=today, editable=False)

    class Meta:
        ordering = ["-muted_on", "-id"]
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        constraints = [
            models.UniqueConstraint(fields=["muter", "muted"], name="microblog_mute_once"),
            models.CheckConstraint(
                condition=~Q(muter=F("muted")), name="microblog_mute_not_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.muter} – {self.muted}"


def apart(reader: Member, field: str) -> Q:
    """Of rows whose `field` leads to a member: those between whom and `reader` there is a block."""
    theirs = Block.objects.filter(blocker=OuterRef(field), blocked=reader)
    own = Block.objects.filter(blocker=reader, blocked=OuterRef(field))
    return Q(Exists(theirs)) | Q(Exists(own))


def muted(reader: Member, field: str) -> Q:
    """Of such rows: those of members whom `reader` muted."""
    return Q(Exists(Mute.objects.filter(muter=reader, muted=OuterRef(field))))


def unheard(reader: Member, field: str) -> Q:
    """Both."""
    return apart(reader, field) | muted(reader, field)
