"""What was said, for the operator: to find it, not to change it."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from madang.microblog.models import Post


@admin.register(Post)
class PostAdmin(admin.ModelAdmin[Post]):
    """Posts by name. Nobody edits what somebody else said."""

    list_display = ("said_at", "author", "text", "state")
    list_filter = ("state",)
    list_select_related = ("author",)
    search_fields = ("text", "author__handle", "author__display_name")
    fields = ("said_at", "author", "text", "state")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Posts come from their authors."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """A post is its author's."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Post | None = None) -> bool:
        """A place in a thread stays."""
        return False
