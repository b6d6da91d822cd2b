"""What lets a person in: invitations, sessions, and tokens for programs."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import ClassVar, Self

from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.people.models.member import Member


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Questions about invitations."""

    def usable(self, *, at: datetime) -> Self:
        """Those that still admit somebody at `at`."""
        return self.filter(uses_left__gt=0, expires_at__gt=at)

    def seen_by(self, member: Member) -> Self:
        """Those that `member` may see and withdraw: operators all, others their own."""
        return self if member.is_staff else self.filter(made_by=member)


class Invitation(models.Model):
    """A code that admits so many people until a time; only its hash is stored."""

    code_hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(_("begins with"), max_length=8, editable=False)
    note = models.CharField(_("for whom"), max_length=80, blank=True)
    uses_left = models.SmallIntegerField(_("people it still admits"), default=1)
    made_by = models.ForeignKey(
        Member,
        on_delete=models.SET_NULL,
        null=True,
        related_name="invitations",
        editable=False,
        verbose_name=_("invited by"),
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("valid until"))

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.CheckConstraint(
                condition=Q(uses_left__gte=0), name="people_invitation_uses_left"
            ),
        ]

    def __str__(self) -> str:
        return self.note or f"{self.hint}…"

    @property
    def is_usable(self) -> bool:
        """Whether it admits somebody now."""
        return self.uses_left > 0 and self.expires_at > timezone.now()


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Questions about tokens."""

    def usable(self, *, at: datetime) -> Self:
        """Those that open the door at `at`: not expired, of a member who may sign in."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at), member__is_active=True
        )


class ApiToken(models.Model):
    """A member's key for programs; only its hash is stored."""

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="api_tokens", verbose_name=_("member")
    )
    name = models.CharField(_("what it is for"), max_length=80)
    hint = models.CharField(_("begins with"), max_length=16, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_on = models.DateField(_("made"), editable=False)
    last_used_on = models.DateField(_("last used"), null=True, editable=False)
    expires_at = models.DateTimeField(_("valid until"), null=True, blank=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made_on", "-id"]
        verbose_name = _("token")
        verbose_name_plural = _("tokens")

    def __str__(self) -> str:
        return self.name

    @property
    def is_expired(self) -> bool:
        """Whether its time is over now."""
        return self.expires_at is not None and self.expires_at <= timezone.now()


class Session(AbstractBaseSession):
    """A browser in which somebody is signed in: no address, and days instead of times."""

    member = models.ForeignKey(
        Member,
        on_delete=models.CASCADE,
        null=True,
        related_name="sessions",
        verbose_name=_("member"),
    )
    device = models.CharField(_("browser"), max_length=60, blank=True)
    begun_on = models.DateField(_("since"))
    last_seen_on = models.DateField(_("last seen"))

    objects: ClassVar[BaseSessionManager[Self]] = BaseSessionManager()

    class Meta:
        ordering = ["-last_seen_on", "session_key"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    @property
    def label(self) -> str:
        """What names the session on a page: the key itself would be as good as the cookie."""
        return sha256(self.session_key.encode()).hexdigest()[:32]
