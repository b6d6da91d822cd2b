"""Members, invitations and letters for operators. Secrets are not shown, sessions not listed."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from madang.people.models import Invitation, Member, OutboxMail, RoleGrant

admin.site.site_header = _("Madang: the operator's desk")
admin.site.site_title = _("Madang")
admin.site.index_title = _("Rooms")
# Operators come in by the site's own door, with its limits and its second step.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


class RoleGrantInline(admin.TabularInline[RoleGrant, Member]):
    """The roles on the member's page."""

    model = RoleGrant
    extra = 0


@admin.register(Member)
class MemberAdmin(admin.ModelAdmin[Member]):
    """Find a member, give roles, close an account."""

    list_display = ("handle", "display_name", "email", "role_names", "is_active", "joined_at")
    list_filter = ("is_active", "role_grants__role", "language")
    search_fields = ("handle", "display_name", "email")
    ordering = ("handle",)
    fields = ("handle", "display_name", "email", "language", "time_zone", "is_active", "joined_at")
    readonly_fields = ("joined_at",)
    inlines = (RoleGrantInline,)

    def get_queryset(self, request: HttpRequest):  # type: ignore[no-untyped-def]
        """With the roles of all rows in one query."""
        return super().get_queryset(request).prefetch_related("role_grants")

    @admin.display(description=_("roles"))
    def role_names(self, member: Member) -> str:
        """The roles, in words."""
        return ", ".join(str(grant.get_role_display()) for grant in member.role_grants.all())


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    """Shorten or end an invitation; new ones are made on the site, where the code is shown."""

    list_display = ("note", "uses_left", "made_by", "made_at", "expires_at")
    list_select_related = ("made_by",)
    search_fields = ("note",)
    fields = ("note", "uses_left", "expires_at", "made_by", "made_at")
    readonly_fields = ("made_by", "made_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A code must be shown once, which the admin cannot."""
        return False


@admin.register(OutboxMail)
class OutboxMailAdmin(admin.ModelAdmin[OutboxMail]):
    """Whether letters go out; their text is nobody's business."""

    list_display = ("event", "address", "made_at", "sent_at", "attempts", "last_error")
    list_filter = (("sent_at", admin.EmptyFieldListFilter),)
    search_fields = ("address", "event")
    fields = ("event", "address", "made_at", "sent_at", "attempts", "next_attempt_at", "last_error")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Letters come from events."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: OutboxMail | None = None) -> bool:
        """A letter is a record."""
        return False
