"""A timeline as the ORM writes it when nothing is thought of but what shall stand there."""

from __future__ import annotations

from django.db.models import Exists, F, OuterRef, Q, Value

from madang.microblog.models import Post, Repost
from madang.microblog.models.keeping_apart import unheard
from madang.people.models import Member

Place = tuple[int, int, str, str]
"""Where it stands, the post, and the handle and the name of who passed it on."""


def home(reader: Member, *, cursor: int | None, most: int) -> list[Place]:
    """The newest `most` places before `cursor` of the home timeline of `reader`, in one query."""
    followed = reader.followed.values("followed_id")

    def whose(field: str) -> Q:
        return Q((f"{field}__in", followed)) | Q((field, reader))

    said = Post.objects.visible().filter(whose("author")).exclude(unheard(reader, "author"))
    later = Repost.objects.filter(whose("member"), post=OuterRef("post"), pk__gt=OuterRef("pk"))
    passed = Repost.objects.shown().filter(whose("member")).exclude(whose("post__author"))
    for field in ("member", "post__author"):
        passed = passed.exclude(unheard(reader, field))
    passed = passed.filter(~Exists(later))
    if cursor is not None:
        said, passed = said.filter(pk__lt=cursor), passed.filter(pk__lt=cursor)
    by = {"handle": F("member__handle"), "name": F("member__display_name")}
    nobody = {"handle": Value(""), "name": Value("")}
    columns = ("place", "what", "handle", "name")
    ours = passed.order_by().annotate(place=F("pk"), what=F("post_id"), **by)
    theirs = said.order_by().annotate(place=F("pk"), what=F("pk"), **nobody)
    places = theirs.values_list(*columns).union(ours.values_list(*columns), all=True)
    return list(places.order_by("-place")[:most])
