"""The API as a whole: its description, and that it keeps to it whatever is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any  # whatever schemathesis makes

import pytest
import schemathesis
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from ninja.errors import HttpError
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from madang import __version__
from madang.api import api
from madang.people import tokens
from madang.people.models import Member
from madang.reservation.models import Reservation
from madang.wsgi import application
from tests.cast import Enter, Room

KEEPS_TO_IT = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/doctors"),
    ("GET", "/api/v1/doctors/{doctor_id}/slots"),
    ("GET", "/api/v1/reservations"),
    ("POST", "/api/v1/reservations"),
    ("GET", "/api/v1/reservations/{reservation_id}"),
    ("PATCH", "/api/v1/reservations/{reservation_id}"),
    ("GET", "/api/v1/waitlist"),
    ("POST", "/api/v1/waitlist"),
    ("DELETE", "/api/v1/waitlist/{entry_id}"),
    ("GET", "/api/v1/group-sessions"),
    ("POST", "/api/v1/group-sessions/{group_id}/seats"),
    ("GET", "/api/v1/library/bibs"),
    ("GET", "/api/v1/library/loans"),
    ("POST", "/api/v1/library/loans"),
    ("POST", "/api/v1/library/loans/{loan_id}/return"),
    ("POST", "/api/v1/library/loans/{loan_id}/renew"),
    ("GET", "/api/v1/library/account"),
    ("POST", "/api/v1/library/payments"),
    ("POST", "/api/v1/library/loans/{loan_id}/missing"),
    ("GET", "/api/v1/library/holds"),
    ("POST", "/api/v1/library/holds"),
    ("DELETE", "/api/v1/library/holds/{hold_id}"),
    ("POST", "/api/v1/microblog/posts"),
    ("GET", "/api/v1/microblog/timelines/local"),
    ("GET", "/api/v1/microblog/timelines/home"),
    ("GET", "/api/v1/microblog/timelines/tag/{tag}"),
    ("GET", "/api/v1/microblog/posts/{post_id}"),
    ("DELETE", "/api/v1/microblog/posts/{post_id}"),
    ("PUT", "/api/v1/microblog/posts/{post_id}/like"),
    ("DELETE", "/api/v1/microblog/posts/{post_id}/like"),
    ("PUT", "/api/v1/microblog/posts/{post_id}/repost"),
    ("DELETE", "/api/v1/microblog/posts/{post_id}/repost"),
    ("PUT", "/api/v1/microblog/posts/{post_id}/follow"),
    ("DELETE", "/api/v1/microblog/posts/{post_id}/follow"),
    ("PUT", "/api/v1/microblog/members/{handle}/follow"),
    ("DELETE", "/api/v1/microblog/members/{handle}/follow"),
    ("PUT", "/api/v1/microblog/members/{handle}/block"),
    ("DELETE", "/api/v1/microblog/members/{handle}/block"),
    ("PUT", "/api/v1/microblog/members/{handle}/mute"),
    ("DELETE", "/api/v1/microblog/members/{handle}/mute"),
    ("GET", "/api/v1/microblog/members/hidden"),
    ("GET", "/api/v1/microblog/search"),
    ("GET", "/api/v1/microblog/notifications"),
    ("PUT", "/api/v1/microblog/notifications/seen"),
    ("POST", "/api/v1/microblog/posts/{post_id}/report"),
    ("GET", "/api/v1/microblog/moderation/reports"),
    ("POST", "/api/v1/microblog/moderation/posts/{post_id}/{deed}"),
    ("POST", "/api/v1/microblog/moderation/log/{action_id}/undo"),
    ("GET", "/api/v1/microblog/moderation/log"),
]


@pytest.mark.django_db
def test_the_description_is_there_for_everybody(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json")
    described = answer.json()
    assert (answer.status_code, described["openapi"], described["info"]["version"]) == (
        200,
        "3.1.0",
        __version__,
    )
    found = {
        (method.upper(), path) for path, methods in described["paths"].items() for method in methods
    }
    assert found == set(OPERATIONS)


def test_every_operation_says_what_it_does_and_how_it_refuses() -> None:
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["security"] == [{"Bearer": []}, {"SignedIn": []}], (method, path)
            assert {401, 429} <= set(operation["responses"]), (method, path)
            for status, response in operation["responses"].items():
                if status == 204:
                    assert "content" not in response, (method, path)
                    continue
                schema = response["content"]["application/json"]["schema"]
                assert schema, (method, path, status)


@pytest.fixture
def token(room: Room, hana: Member) -> str:
    """Hana's token, in a site where a doctor has hours and a reservation is made."""
    at = timezone.now()
    start = (at + timedelta(days=2)).replace(hour=1, minute=0, second=0, microsecond=0)
    Reservation.objects.create(
        doctor=room.doctor, patient=room.patient(hana), service=room.service, appointed_time=start
    )
    return tokens.issue(member=hana, name="fuzz", at=at)[1]


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The test's own connection stays open between requests, as Django's test client has it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_is_an_error_or_answered_in_an_unknown_way(
    token: str, method: str, path: str, mode: GenerationMode
) -> None:
    """schemathesis asks what the description allows, and what it does not."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    told: Counter[int] = Counter()

    @settings(
        max_examples=20,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        answer = case.call_and_validate(
            headers={"Authorization": f"Bearer {token}"}, checks=KEEPS_TO_IT
        )
        told[answer.status_code] += 1

    ask()
    assert told
    assert 401 not in told


def test_refusals_of_the_house_are_json_in_the_readers_language(
    hana: Member, emma: Member, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no operation of today does: forbid, read too much, refuse in a way without a name."""
    errors = {
        PermissionDenied(): (403, "forbidden", ("할 수 없는 일입니다.", "You may not do this.")),
        RequestDataTooBig(): (
            413,
            "too_large",
            ("한 번에 너무 많습니다.", "That is too much at once."),
        ),
        HttpError(418, "tea"): (
            418,
            "refused",
            ("요청이 거절되었습니다.", "The request was refused."),
        ),
    }
    for error, (status, code, sentences) in errors.items():

        def refuse(request: HttpRequest, error: Exception = error) -> Member:
            raise error

        monkeypatch.setattr("madang.people.api.member_of", refuse)
        for member, sentence in zip((hana, emma), sentences, strict=True):
            answer = enter(member).get("/api/v1/me")
            assert (answer.status_code, answer.json()) == (
                status,
                {"code": code, "message": sentence},
            )
