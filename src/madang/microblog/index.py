"""The index of posts: what they say, folded, and which pairs of signs stand in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from madang.db.grams import GramIndex
from madang.lib.folding import fold

GRAMS = GramIndex(table="microblog_postentry", key="post_id", tokens="microblog_grams")


def write(texts: Mapping[int, str], using: str = DEFAULT_DB_ALIAS) -> None:
    """Have posts, which are new, found by their texts."""
    rows = [(pk, fold(text)) for pk, text in texts.items()]
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            sql = "INSERT INTO microblog_postentry (post_id, key) VALUES (%s, %s)"
            cursor.executemany(sql, rows)
        GRAMS.write([(pk, [key]) for pk, key in rows], using=using)


def forget(posts: Iterable[int]) -> None:
    """Have posts found no more."""
    from madang.microblog.models import PostEntry

    PostEntry.objects.filter(post__in=posts).delete()
