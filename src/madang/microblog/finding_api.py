"""Looking for posts, as JSON."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field

from madang.microblog import search, timelines
from madang.microblog.api import REFUSALS, Cursor, PageOut, page_out
from madang.people.access import member_of

router = Router(tags=["microblog"])


class Question(Cursor):
    """What to look for; signs after the first 200 are not looked at."""

    q: Annotated[str, Field(min_length=1, max_length=1000)]


@router.get("/search", response={200: PageOut, **REFUSALS}, summary="Find posts")
def find(request: HttpRequest, question: Query[Question]) -> PageOut:
    """Posts that have all words of `q`, also inside words, newest first."""
    posts = search.find(question.q).heard_by(member_of(request))
    return page_out(request, partial(timelines.page, posts), question)
