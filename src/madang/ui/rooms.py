"""The rooms around the courtyard: what the navigation and the front page say of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Link:
    """Something in a room that is this reader's own, one step from the front page."""

    title: str
    address: str
    note: str = ""


@dataclass(frozen=True)
class OwnPage:
    """A page of a room that stands among those of the own account: its name and URL name."""

    title: _StrPromise
    name: str


@dataclass(frozen=True)
class Room:
    """A room: its name, one sentence on what it offers, the URL name of its first page.

    `icon` is a template with one inline SVG of 24 units. With `roles`, only members who have one
    of them see the room. `links` finds what the room has for the reader of a request;
    `own` are its pages in the settings of a member.
    """

    title: _StrPromise
    about: _StrPromise
    index: str
    icon: str
    links: Callable[[HttpRequest], Iterable[Link]]
    roles: frozenset[str] = frozenset()
    own: tuple[OwnPage, ...] = ()


_rooms: dict[str, Room] = {}


def register(name: str, room: Room) -> None:
    """Open `room` under the name of its application; called from `ready()`."""
    _rooms[name] = room


def of(request: HttpRequest) -> list[Room]:
    """The rooms that the reader may enter, in the order of registration; none for a stranger."""
    user = getattr(request, "user", None)  # a request may be refused before it has one
    if user is None or not user.is_authenticated:
        return []
    return [room for room in _rooms.values() if not room.roles or room.roles & user.roles]


def for_everybody() -> list[Room]:
    """The rooms that every member has, for telling a stranger what is here."""
    return [room for room in _rooms.values() if not room.roles]
