"""The issuer as a browser meets it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any  # settings hold anything

import pytest
from django.test import Client

from madang.lib import base64url, passes
from madang.microblog import epochs
from madang.microblog.models import AnonEpoch, Enrolment
from madang.people.models import Member
from tests.cast import Enter
from tests.microblog.holder import ask


def send(client: Client, body: object) -> tuple[int, Any]:
    """POST `body` as JSON, or as it is; status and answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body)
    answer = client.post("/anon/issue", raw, content_type="application/json")
    return answer.status_code, answer.json()


def texts(pending: list[passes.Pending]) -> list[str]:
    """The requests as they are sent."""
    return [base64url.encode(one.request) for one in pending]


@pytest.fixture
def following(db: None, now: datetime) -> AnonEpoch:
    """The next epoch."""
    epochs.prepare(now)
    return AnonEpoch.objects.get(number=2)


def test_requests_go_in_and_answers_come_out(
    enter: Enter, hana: Member, following: AnonEpoch
) -> None:
    pending = ask(following)
    status, answers = send(enter(hana), texts(pending))
    assert (status, len(answers)) == (200, 5)
    for one, answer in zip(pending, answers, strict=True):
        one.finish(base64url.decode(answer)).verify(one.public, b"challenge")
    assert send(enter(hana), texts(pending)) == (200, answers)
    assert send(enter(hana), texts(ask(following))) == (
        409,
        {
            "code": "already_enrolled",
            "message": "이 기간의 이용권은 이미 받으셨습니다. 다른 기기에서 받으셨을 수 있습니다.",
        },
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"[" * 100_000,
        {"requests": []},
        [],
        ["x"] * 26,
        [1],
        [None],
        ["가"],
        ["AAI="],
        [["AAI="]],
    ],
    ids=range(11),
)
def test_nonsense_is_refused(
    enter: Enter, hana: Member, following: AnonEpoch, body: object
) -> None:
    status, answer = send(enter(hana), body)
    assert (status, answer["code"], Enrolment.objects.count()) == (422, "no_requests", 0)


def test_too_few_and_too_late_are_told_apart(
    enter: Enter, hana: Member, following: AnonEpoch
) -> None:
    few = texts(ask(following))[:4]
    begun = texts(ask(AnonEpoch.objects.get(number=1)))
    told = [send(enter(hana), body) for body in (few, begun)]
    assert [(status, answer["code"]) for status, answer in told] == [
        (422, "wrong_number"),
        (403, "too_late"),
    ]
    assert "5" in told[0][1]["message"]


def test_a_key_that_cannot_be_opened_is_told(
    enter: Enter, hana: Member, following: AnonEpoch
) -> None:
    AnonEpoch.objects.filter(pk=following.pk).update(private_key=b"")
    status, answer = send(enter(hana), texts(ask(following)))
    assert (status, answer["code"]) == (503, "key_gone")


def test_a_stranger_gets_none(client: Client, following: AnonEpoch) -> None:
    status, answer = send(client, texts(ask(following)))
    assert (status, answer["code"]) == (401, "signed_out")


def test_a_forged_form_gets_none(hana: Member, following: AnonEpoch) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(hana)
    status, answer = send(client, texts(ask(following)))
    assert (status, answer["code"], Enrolment.objects.count()) == (403, "csrf", 0)


def test_too_large_a_body_is_refused_in_json(enter: Enter, hana: Member, db: None) -> None:
    status, answer = send(enter(hana), b" " * (1024 * 1024 + 1))
    assert (status, answer["code"]) == (413, "too_large")


def test_anybody_reads_the_keys_and_their_log(client: Client, following: AnonEpoch) -> None:
    directory = client.get("/.well-known/private-token-issuer-directory")
    assert directory["Content-Type"] == "application/private-token-issuer-directory"
    assert json.loads(directory.content) == epochs.directory(
        following.starts_at - timedelta(days=1)
    )
    assert client.get("/anon/log").json() == {"log": epochs.log()}
    assert "Set-Cookie" not in directory
    assert directory["Cache-Control"] == "max-age=60, public"


@pytest.mark.parametrize("path", ["/anon/issue", "/anon/log"])
def test_another_method_is_refused(client: Client, db: None, path: str) -> None:
    answer = client.delete(path)
    assert (answer.status_code, answer.json()["code"]) == (405, "not_allowed")
