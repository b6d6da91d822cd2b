"""A member of the community, and the roles a member holds."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any, ClassVar  # fields of a model may be anything
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's explicit directional formatting (UAX 9, section 2)."""
BREAKING = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories (UAX 44, table 12): control, half of a pair, line and paragraph separators."""


def validate_time_zone(value: str) -> None:
    """Refuse what is not an IANA time zone known to this machine."""
    if value not in available_timezones():
        raise ValidationError(_("“%(zone)s” is not a known time zone."), params={"zone": value})


validate_handle = RegexValidator(
    r"^[a-z0-9_]{2,30}\Z", _("A handle has 2 to 30 small letters, digits or underscores.")
)
handle_validators = [validate_handle]
"""For allauth's sign-up form."""


def validate_name(value: str) -> None:
    """Refuse control characters, line breaks and what turns the direction of the text around.

    With them one member could be made to look like another, or a page be written backwards.
    """
    if any(unicodedata.category(sign) in BREAKING or sign in TURNING for sign in value):
        raise ValidationError(_("A name has letters, not control characters."))


def site_language() -> str:
    """The language in which a new member is greeted."""
    return settings.LANGUAGE_CODE


def site_time_zone() -> str:
    """The zone in which a new member reads times."""
    return settings.TIME_ZONE


class MemberManager(BaseUserManager["Member"]):
    """Members are made with a handle; e-mail and password may come later."""

    def create_user(
        self, handle: str, password: str | None = None, email: str | None = None, **fields: Any
    ) -> Member:
        """A member with `handle`; without `password` nobody can sign in by one."""
        member = self.model(handle=handle, email=(email or "").lower(), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_superuser(
        self, handle: str, password: str | None = None, email: str | None = None, **fields: Any
    ) -> Member:
        """A member with the operator's role."""
        with transaction.atomic(using=self._db):
            member = self.create_user(handle, password, email, **fields)
            member.grant(RoleGrant.Role.OPERATOR)
        return member


class Member(AbstractBaseUser):
    """A person of the community. Signs in by handle or e-mail.

    The moment of the last sign-in is not kept: `Session` knows the day, and that is enough.
    """

    last_login = None  # how Django is told that there is no such field
    handle = models.CharField(
        _("handle"),
        max_length=30,
        validators=[validate_handle],
    )
    # Not unique: an address that nobody has confirmed must not keep its owner from using it.
    # Among confirmed addresses, allauth's EmailAddress allows each one once.
    email = models.EmailField(_("e-mail"), blank=True, default="")
    display_name = models.CharField(
        _("name"), max_length=80, blank=True, validators=[validate_name]
    )
    language = models.CharField(
        _("language"),
        max_length=2,
        choices=[("ko", _("Korean")), ("en", _("English"))],
        default=site_language,
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=50,
        default=site_time_zone,
        validators=[validate_time_zone],
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[MemberManager] = MemberManager()

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [
            models.UniqueConstraint(
                fields=["handle"],
                name="people_handle_once",
                violation_error_message=_("This handle is taken."),
            ),
            models.CheckConstraint(
                condition=Q(language__in=["ko", "en"]), name="people_language_known"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.handle

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles held, read once per instance."""
        return frozenset(grant.role for grant in self.role_grants.all())

    def grant(self, role: str) -> None:
        """Give the member `role`; giving it twice changes nothing."""
        self.role_grants.get_or_create(role=role)
        self.__dict__.pop("roles", None)

    @property
    def is_staff(self) -> bool:
        """Operators may enter Django's admin."""
        return self.is_active and RoleGrant.Role.OPERATOR in self.roles

    @property
    def may_invite(self) -> bool:
        """Operators always; every member where the community has set it so."""
        return self.is_staff or bool(settings.SITE_MEMBERS_INVITE)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Operators may do everything in the admin, others nothing."""
        return self.is_staff

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        """As `has_perm`, for several at once."""
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        """Operators see every room in the admin."""
        return self.is_staff


class RoleGrant(models.Model):
    """Who holds which role: a relation between members and the community's offices."""

    class Role(models.TextChoices):
        DOCTOR = "doctor", _("doctor")
        LIBRARIAN = "librarian", _("librarian")
        MODERATOR = "moderator", _("moderator")
        RECEPTIONIST = "receptionist", _("receptionist")
        OPERATOR = "operator", _("operator")

    member = models.ForeignKey(
        Member, on_delete=models.CASCADE, related_name="role_grants", verbose_name=_("member")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    granted_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)

    class Meta:
        ordering = ["role", "id"]
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["member", "role"], name="people_role_once"),
            models.CheckConstraint(
                condition=Q(
                    role__in=["doctor", "librarian", "moderator", "receptionist", "operator"]
                ),
                name="people_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_role_display()}"
