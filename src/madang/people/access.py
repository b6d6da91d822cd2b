"""Guards for views."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from madang.people.models import Member

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def member_of(request: HttpRequest) -> Member:
    """Who asks. For views behind `login_required` only."""
    assert isinstance(request.user, Member)
    return request.user


def role_required(*roles: str) -> Callable[[View[P]], View[P]]:
    """Let in members who hold one of `roles`: strangers are asked to sign in, others get 403."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if member_of(request).roles.isdisjoint(roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View[P]", login_required(guarded))

    return guard


def operator_lately(view: View[P]) -> View[P]:
    """Let in operators who have proved some minutes ago that it is them; others are asked to."""
    return role_required("operator")(reauthentication_required(view))


def takes_files(role: str, most: int) -> Callable[[View[P]], View[P]]:
    """Let members who hold `role` send up to `most` bytes to a view; others what anybody may.

    With an empty `role` every member may.
    """

    def mark(view: View[P]) -> View[P]:
        view.takes_files = (role, most)  # type: ignore[attr-defined]  # read by `intake`
        return view

    return mark
