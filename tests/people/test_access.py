"""Who may enter which page."""

import pytest
from django.test import Client

from madang.people.models import Member
from tests.cast import Enter

OWN = [
    "/people/",
    "/people/sessions/",
    "/people/tokens/",
    "/people/invitations/",
    "/people/data/",
    "/people/data/download/",
    "/people/delete/",
    "/people/email/",
    "/people/password/change/",
    "/people/2fa/",
    "/admin/",
]
OWN_POSTS = [
    "/people/sessions/others/",
    "/people/sessions/" + "a" * 32 + "/end/",
    "/people/tokens/1/revoke/",
    "/people/invitations/1/withdraw/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("path", OWN)
def test_a_stranger_is_asked_to_sign_in(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/people/login/?next=") or path == "/admin/"
    assert client.get(answer["Location"], follow=True).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", OWN_POSTS)
def test_a_stranger_changes_nothing(client: Client, path: str) -> None:
    answer = client.post(path)
    assert (answer.status_code, answer["Location"]) == (302, f"/people/login/?next={path}")


@pytest.mark.parametrize("path", [path for path in OWN if path != "/people/invitations/"])
def test_an_operator_enters_every_page(enter: Enter, gwanu: Member, path: str) -> None:
    assert enter(gwanu).get(path).status_code == 200


@pytest.mark.parametrize("path", ["/people/invitations/"])
def test_a_member_who_may_not_invite_is_told_so(enter: Enter, hana: Member, path: str) -> None:
    assert enter(hana).get(path).status_code == 403


@pytest.mark.parametrize("handle", ["hana", "seoyun", "sujin", "dohyun"])
def test_only_operators_enter_the_desk(
    request: pytest.FixtureRequest, enter: Enter, handle: str
) -> None:
    client = enter(request.getfixturevalue(handle))
    assert client.get("/admin/", follow=True).status_code == 403
