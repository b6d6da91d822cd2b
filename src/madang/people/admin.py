"""Members, invitations, letters and the desk's own log. Secrets are not shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any  # the signatures are Django's

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.db.models import Model, OneToOneRel, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from madang.people import holdings, outbox
from madang.people.models import Invitation, Member, OutboxMail, RoleGrant
from madang.people.models.mail import OutboxMailQuerySet

NOTHING = "–"


class Record(admin.ModelAdmin[Any]):
    """Rows that say what happened: to be read, never to be made, changed or deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """It happens elsewhere."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What happened, happened."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """And is not made unhappened."""
        return False


class RoleGrantInline(admin.TabularInline[RoleGrant, Member]):
    """The roles on the member's page."""

    model = RoleGrant
    extra = 0
    fields = ("role", "granted_at")
    readonly_fields = ("granted_at",)


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin[Member]):
    """Find a member, give roles, close an account. Members come by invitation."""

    list_display = ("handle", "display_name", "email", "role_names", "is_active", "joined_on")
    list_filter = ("is_active", "role_grants__role", "language")
    search_fields = ("handle", "display_name", "email")
    search_help_text = _("Handle, name or e-mail")
    ordering = ("handle",)
    date_hierarchy = "joined_at"
    fields = (
        ("handle", "display_name"),
        "email",
        ("language", "time_zone"),
        "is_active",
        "joined_at",
        "in_rooms",
    )
    readonly_fields = ("joined_at", "in_rooms")
    inlines = (RoleGrantInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Member]:
        """With the roles of all rows in one query."""
        return super().get_queryset(request).prefetch_related("role_grants")

    @admin.display(description=_("roles"))
    def role_names(self, member: Member) -> str:
        """The roles, in words."""
        return ", ".join(str(grant.get_role_display()) for grant in member.role_grants.all())

    @admin.display(description=_("joined"), ordering="joined_at")
    def joined_on(self, member: Member) -> date:
        """The day is enough in a list."""
        return timezone.localtime(member.joined_at).date()

    @admin.display(description=_("in the rooms"))
    def in_rooms(self, member: Member) -> str:
        """Links to what the member is there: a doctor, a patient."""
        found = []
        for relation in Member._meta.related_objects:
            row = getattr(member, relation.name, None) if _is_one(relation) else None
            if row is not None and self.admin_site.is_registered(type(row)):
                found.append((_page(row), type(row)._meta.verbose_name, row))
        return format_html_join(" · ", '<a href="{}">{}: {}</a>', found) or NOTHING

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Who is made here has no password; people come by invitation."""
        return False

    def delete_model(self, request: HttpRequest, obj: Member) -> None:
        """As the member would: every room erases what it holds."""
        holdings.erase(member=obj, at=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """Each of them as one."""
        for member in queryset:
            holdings.erase(member=member, at=timezone.now())


def _is_one(relation: object) -> bool:
    return isinstance(relation, OneToOneRel)


def _page(row: Model) -> str:
    """Where the desk shows `row`."""
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    """Shorten or end an invitation; new ones are made on the site, where the code is shown."""

    list_display = ("note_or_hint", "uses_left", "made_by", "made_at", "expires_at")
    list_filter = ("expires_at",)
    list_select_related = ("made_by",)
    search_fields = ("note", "hint", "made_by__handle", "made_by__display_name")
    search_help_text = _("For whom, or by whom")
    fields = ("note", "uses_left", "expires_at", "hint", "made_by", "made_at")
    readonly_fields = ("hint", "made_by", "made_at")

    @admin.display(description=_("for whom"), ordering="note")
    def note_or_hint(self, invitation: Invitation) -> str:
        """Something to click on, even where nobody noted for whom it is."""
        return str(invitation)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A code must be shown once, which the admin cannot."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        """An invitation is ended, so that it can still be seen who invited."""
        return False


class StateFilter(admin.SimpleListFilter):
    """Whether a letter went out."""

    title = _("state")
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> Sequence[tuple[str, Any]]:
        """In the order of a letter's life."""
        return [("waiting", _("waiting")), ("sent", _("sent")), ("given-up", _("no longer tried"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        """The letters in the chosen state."""
        states: dict[str, dict[str, Any]] = {
            "waiting": {"sent_at": None, "gave_up_at": None},
            "sent": {"sent_at__isnull": False},
            "given-up": {"gave_up_at__isnull": False},
        }
        return queryset.filter(**states.get(self.value() or "", {}))


@admin.register(OutboxMail)
class OutboxMailAdmin(Record):
    """Whether letters go out; their text is nobody's business."""

    list_display = ("made_at", "address", "kind", "state", "attempts", "last_error")
    list_filter = (StateFilter,)
    search_fields = ("address", "event")
    search_help_text = _("Address or event")
    fields = (
        "event",
        "address",
        "made_at",
        "state",
        "sent_at",
        "gave_up_at",
        "attempts",
        "next_attempt_at",
        "last_error",
    )
    actions = ("try_again",)

    @admin.display(description=_("kind"))
    def kind(self, mail: OutboxMail) -> str:
        """Which room's, and what happened; without what makes it unlike others."""
        words = [word for word in mail.event.split("/") if word.replace("_", "").isalpha()]
        return " · ".join(dict.fromkeys([*words[:1], *words[-1:]]))

    @admin.display(description=_("state"))
    def state(self, mail: OutboxMail) -> str:
        """Where the letter is."""
        if mail.sent_at:
            return str(_("sent"))
        return str(_("no longer tried") if mail.gave_up_at else _("waiting"))

    @admin.action(description=_("Send again what was given up"))
    def try_again(self, request: HttpRequest, queryset: OutboxMailQuerySet) -> None:
        """For when the post office is open again."""
        count = outbox.try_again(mails=queryset, at=timezone.now())
        sentence = ngettext("%(count)d letter waits again.", "%(count)d letters wait again.", count)
        messages.success(request, sentence % {"count": count})


@admin.register(LogEntry)
class LogEntryAdmin(Record):
    """What operators did at this desk."""

    list_display = ("action_time", "user", "deed", "what", "kind", "message")
    list_display_links = None
    list_filter = ("action_flag", ("content_type", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__handle", "user__display_name")
    search_help_text = _("Who, or what")
    date_hierarchy = "action_time"

    @admin.display(description=_("deed"), ordering="action_flag")
    def deed(self, entry: LogEntry) -> str:
        """Added, changed or deleted."""
        return entry.get_action_flag_display()

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> SafeString | str:
        """A link, as long as it is there."""
        name = entry.object_repr or f"№ {entry.object_id}"
        try:
            url = None if entry.is_deletion() else entry.get_admin_url()
        except NoReverseMatch:
            url = None
        return format_html('<a href="{}">{}</a>', url, name) if url else name

    @admin.display(description=_("kind"))
    def kind(self, entry: LogEntry) -> str:
        """Member, doctor, service."""
        return entry.content_type.name if entry.content_type else NOTHING

    @admin.display(description=_("in detail"))
    def message(self, entry: LogEntry) -> str:
        """Which fields."""
        return entry.get_change_message()
