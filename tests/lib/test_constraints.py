"""From the database's complaint to a name, on both databases."""

import pytest
from django.db import IntegrityError, transaction

from madang.lib.constraints import refused, violated
from madang.people.models import ApiToken, Invitation, Member, RoleGrant
from tests.cast import NOW

pytestmark = pytest.mark.django_db


class Refused(Exception):
    """What a verb would raise."""


def test_a_check_has_its_name(hana: Member) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Invitation.objects.create(code_hash="x", uses_left=-1, expires_at=NOW)
    assert violated(error.value) == "people_invitation_uses_left"


def test_a_unique_constraint_has_its_name(hana: Member) -> None:
    hana.grant("doctor")
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        RoleGrant.objects.create(member=hana, role="doctor")
    assert violated(error.value) == "people_role_once"


def test_what_has_no_name_of_ours_is_not_mistaken(hana: Member) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        ApiToken.objects.create(member=hana, name=None, made_on=NOW.date())  # type: ignore[misc]
    assert violated(error.value) is None


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("CHECK constraint failed: people_positive", "people_positive"),
        (
            "EXCLUSION constraint failed: reservation_doctor_one_place",
            "reservation_doctor_one_place",
        ),
        ("UNIQUE constraint failed: index 'people_email_once'", "people_email_once"),
        (
            "UNIQUE constraint failed: people_rolegrant.role, people_rolegrant.member_id",
            "people_role_once",
        ),
        ("UNIQUE constraint failed: people_rolegrant.role", None),
        ("UNIQUE constraint failed: people_rolegrant.id", "people_rolegrant_pkey"),
        ("FOREIGN KEY constraint failed", None),
    ],
)
def test_sqlites_sentences_are_understood(sentence: str, name: str | None) -> None:
    assert violated(IntegrityError(sentence)) == name


def _grant_two(member: Member) -> None:
    with refused({"people_role_once": Refused}):
        RoleGrant.objects.create(member=member, role="librarian")
        RoleGrant.objects.create(member=member, role="doctor")


def test_a_refusal_is_the_verbs_own_and_the_transaction_goes_on(hana: Member) -> None:
    hana.grant("doctor")
    with transaction.atomic():
        with pytest.raises(Refused):
            _grant_two(hana)
        assert [grant.role for grant in hana.role_grants.all()] == ["doctor"]


def test_another_refusal_comes_as_it_is(hana: Member) -> None:
    with pytest.raises(IntegrityError), refused({"people_role_once": Refused}):
        RoleGrant.objects.create(member=hana, role="king")
