"""Pictures of a post: drawn anew before anything is written, then written with it.

They are rows like the post's own, so that both are there or neither, a backup has them, and no
file tells when or in which order it came (decision 12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from madang.lib import pictures
from madang.lib.pictures import NoPicture, Picture, TooLarge
from madang.microblog import words
from madang.microblog.models import Attachment, Post
from madang.microblog.models.attaching import LONGEST_DESCRIPTION, MOST_PICTURES


class TooMany(Exception):
    """More pictures than a post may have."""


class TooWordy(Exception):
    """What is said about a picture is too long."""


SENTENCES: dict[type[Exception], tuple[int, str, Promise]] = {
    NoPicture: (
        422,
        "no_picture",
        _("This is no picture that can be read (JPEG, PNG, WebP, GIF)."),
    ),
    TooLarge: (422, "picture_too_large", _("These pictures are too large.")),
    TooMany: (422, "too_many_pictures", _("A post has at most four pictures.")),
    TooWordy: (422, "too_wordy", _("What is said about a picture is too long.")),
}
"""How each refusal is answered: status, code and sentence."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as somebody sends it, and what can be seen on it in their words."""

    data: bytes = field(repr=False)
    description: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture drawn anew, and what can be seen on it."""

    picture: Picture
    description: str = field(repr=False)


def draw(sent: Sequence[Sent]) -> list[Drawn]:
    """Each of `sent` drawn anew; nothing is written.

    Raises `TooMany`, `TooWordy`, `NoPicture`, `TooLarge`.
    """
    if len(sent) > MOST_PICTURES:
        raise TooMany
    descriptions = [words.line(one.description) for one in sent]
    if any(len(text) > LONGEST_DESCRIPTION for text in descriptions):
        raise TooWordy
    drawn = pictures.redraw([one.data for one in sent])
    return [Drawn(picture, text) for picture, text in zip(drawn, descriptions, strict=True)]


def attach(post: int, drawn: Sequence[Drawn]) -> None:
    """Write the pictures of a post that is being written, in the caller's transaction.

    At most four by `microblog_attachment_place_known` and `microblog_attachment_place_once`.
    """
    Attachment.objects.bulk_create(
        Attachment(
            post_id=post,
            place=place,
            description=one.description,
            width=one.picture.width,
            height=one.picture.height,
            full=one.picture.full,
            preview=one.picture.preview,
        )
        for place, one in enumerate(drawn)
    )


def forget(posts: Sequence[int]) -> None:
    """Remove the pictures of `posts`."""
    Attachment.objects.filter(post__in=posts).delete()


def of_posts(posts: Sequence[Post]) -> dict[int, list[Attachment]]:
    """The pictures of `posts` with their bytes, in their order."""
    found: dict[int, list[Attachment]] = {}
    for row in Attachment.objects.filter(post__in=[post.pk for post in posts]):
        found.setdefault(row.post_id, []).append(row)
    return found
