"""Finding posts by any part of what they say, whatever its spacing, from two signs on."""

from __future__ import annotations

import re

from madang.lib.folding import fold
from madang.microblog import index
from madang.microblog.models import Post
from madang.microblog.models.post import PostQuerySet

TERM = re.compile(r'"[^"]*"|\S+')
LONGEST = 200
"""Signs of a question that are looked at; those that follow are not."""


def find(text: str) -> PostQuerySet:
    """The visible posts that have all words of `text`, also inside words and over spaces.

    Words in quotation marks are one. Signs that nothing could be found by are left out; where
    none is left, nothing is found.
    """
    wanted = [key for key in map(fold, TERM.findall(text[:LONGEST])) if key]
    posts = Post.objects.visible()
    if not wanted:
        return posts.none()
    for key in wanted:
        posts = posts.filter(pk__in=index.GRAMS.having([key]), entry__key__contains=key)
    return posts
