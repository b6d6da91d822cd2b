"""What the navigation and the front page say of the rooms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.functional import lazystr

from madang.people.models import Member
from madang.ui import rooms


def request_of(user: Member | AnonymousUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.fixture
def workshop() -> Iterator[rooms.Room]:
    """A room for operators."""
    room = rooms.Room(
        title=lazystr("Workshop"),
        about=lazystr("For those who run the site."),
        index="home:today",
        icon="ui/icons/home.html",
        links=lambda request: [],
        roles=frozenset({"operator"}),
    )
    rooms.register("workshop", room)
    yield room
    rooms._rooms.pop("workshop")


def names(found: list[rooms.Room]) -> list[str]:
    return [room.index for room in found]


def test_a_room_with_roles_is_there_for_those_who_have_one(
    workshop: rooms.Room, hana: Member, gwanu: Member
) -> None:
    assert names(rooms.of(request_of(hana))) == [
        "reservation:index",
        "library:mine",
        "microblog:local",
    ]
    assert names(rooms.of(request_of(gwanu))) == [
        "reservation:index",
        "library:mine",
        "microblog:local",
        "wire:requests",
        "home:today",
    ]


def test_a_stranger_enters_no_room_and_is_told_of_those_for_everybody(
    workshop: rooms.Room,
) -> None:
    assert rooms.of(request_of(AnonymousUser())) == []
    assert rooms.of(RequestFactory().get("/")) == []
    assert names(rooms.for_everybody()) == ["reservation:index", "library:mine", "microblog:local"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/library/mine/", "page"),
        ("/library/search/", "true"),
        ("/", ""),
        ("/reservation/library/", ""),
    ],
)
def test_the_navigation_knows_in_which_room_the_reader_is(path: str, expected: str) -> None:
    template = Template("{% load ui %}{% here_in_room '/library/mine/' %}")
    context = Context({"request": RequestFactory().get(path)})
    assert template.render(context) == expected
    assert template.render(Context()) == ""
