"""The same view answers with the page or, when htmx asks, with the part of it that changes."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks, who replaces a part of the page that is open."""
    return bool(getattr(request, "htmx", False))


def render_part(
    request: HttpRequest, template: str, part: str, context: Mapping[str, object]
) -> HttpResponse:
    """`template`, or its partial `part` for htmx; caches keep the two apart."""
    name = f"{template}#{part}" if is_part(request) else template
    response = render(request, name, dict(context))
    patch_vary_headers(response, ["HX-Request"])
    return response
