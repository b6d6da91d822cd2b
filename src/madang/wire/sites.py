"""Where in the code a query was asked, and along which relation: read from the stack."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, NamedTuple

import django
from django.db.models import Model, QuerySet
from django.db.models.fields.related_descriptors import (
    ForwardManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)
from django.template.base import Node

if TYPE_CHECKING:
    from typing import Any  # fields of a model may be anything

FURTHEST = 400
"""Frames that are looked at for one query."""
OURS, THEIRS, LIBRARY = range(3)
PACKAGE, DJANGO = str(Path(__file__).parent), str(Path(django.__file__).parent)
LIBRARIES = tuple(
    {sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")} | {"<frozen"}
)
ASKING = frozenset(
    method.__code__
    for method in (
        QuerySet._fetch_all,
        QuerySet.iterator,
        QuerySet.count,
        QuerySet.exists,
        QuerySet.aggregate,
        QuerySet.contains,
    )
)
FORWARD = ForwardManyToOneDescriptor.__get__.__code__
BACKWARD = ReverseOneToOneDescriptor.__get__.__code__
TEMPLATE = Node.render_annotated.__code__

_kinds: dict[str, int] = {}
_names: dict[str, str] = {}


class Site(NamedTuple):
    """A line of a module or of a template; `name` as one would look for it, never a whole path."""

    name: str
    line: int
    inside: str


class Step(NamedTuple):
    """From one row along a relation: the model and key of the row, and how the relation is found.

    `field` is the relation's own field where it is known, else None and `target` is the model
    at the far end of a many-to-many relation.
    """

    model: type[Model]
    key: object
    field: Any
    target: type[Model] | None


def find(frame: FrameType | None, until: CodeType) -> tuple[Site, Step | None]:
    """The first line outside of Django from `frame` outwards, not beyond `until`, and the step.

    A line of a template counts where the query was asked while it was rendered. A library's line
    is taken only where the project has none.
    """
    step: Step | None = None
    spare: FrameType | None = None
    for _count in range(FURTHEST):
        if frame is None or frame.f_code is until:
            break
        code = frame.f_code
        kind = _kinds.get(code.co_filename)
        if kind is None:
            kind = _kinds[code.co_filename] = _kind(code.co_filename)
        if kind == OURS:
            return _site(frame), step
        if kind == LIBRARY:
            spare = spare or frame
        elif code is TEMPLATE:
            node = frame.f_locals["self"]
            if node.token is not None:
                return Site(str(node.origin.template_name), node.token.lineno, ""), step
        elif code is FORWARD or code is BACKWARD or (step is None and code in ASKING):
            step = _step(frame) or step
        frame = frame.f_back
    return (_site(spare) if spare is not None else Site("", 0, "")), step


def relation(step: Step, sql: str) -> tuple[str, str]:
    """The relation's name as the code spells it, Model.attribute, and what would ask only once."""
    field = step.field
    if field is None:
        field = _many(step, sql)
    if field is None:
        return "", ""
    name = field.get_accessor_name() if hasattr(field, "get_accessor_name") else field.name
    is_one = field.many_to_one or field.one_to_one
    remedy = "select_related" if is_one else "prefetch_related"
    return f"{step.model.__name__}.{name}", f'{remedy}("{name}")'


def _step(frame: FrameType) -> Step | None:
    """What a descriptor or a queryset in `frame` knows of the row it starts from."""
    held = frame.f_locals
    if frame.f_code is FORWARD:
        row, field = held["instance"], held["self"].field
        return None if row is None else Step(type(row), row.pk, field, None)
    if frame.f_code is BACKWARD:
        row, field = held["instance"], held["self"].related
        return None if row is None else Step(type(row), row.pk, field, None)
    asked = held["self"]
    row = asked._hints.get("instance")
    if row is None:
        return None
    known = next(iter(asked._known_related_objects), None)
    if known is not None:
        return Step(type(row), row.pk, known.remote_field, None)
    return Step(type(row), row.pk, None, asked.model)


def _many(step: Step, sql: str) -> Any:
    """The many-to-many relation of the model whose table stands in the statement."""
    options = step.model._meta
    relations: tuple[Any, ...] = (*options.many_to_many, *options.related_objects)
    for field in relations:
        if field.many_to_many and field.related_model is step.target:
            through = field.remote_field.through if field.concrete else field.through
            if f'"{through._meta.db_table}"' in sql or f"`{through._meta.db_table}`" in sql:
                return field
    return None


def _kind(file: str) -> int:
    if file.startswith((DJANGO, PACKAGE)):
        return THEIRS
    return LIBRARY if file.startswith(LIBRARIES) else OURS


def _site(frame: FrameType) -> Site:
    file = frame.f_code.co_filename
    if file not in _names:
        _names[file] = _short(file)
    return Site(_names[file], frame.f_lineno, frame.f_code.co_name)


def _short(file: str) -> str:
    """`file` as a module's file is found: without the longest entry of the search path."""
    places = sorted((place for place in sys.path if place), key=len, reverse=True)
    for place in places:
        if file.startswith(place.rstrip("/") + "/"):
            return file[len(place.rstrip("/")) + 1 :]
    return Path(file).name
