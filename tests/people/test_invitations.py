"""An invitation's life: made, found, redeemed, withdrawn, over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from madang.people import invitations
from madang.people.models import Invitation, Member
from tests.cast import NOW


def invite(gwanu: Member, people: int = 1) -> tuple[Invitation, str]:
    return invitations.invite(by=gwanu, note="새 이웃", people=people, at=NOW)


def test_only_a_hash_of_the_code_is_kept(gwanu: Member) -> None:
    invitation, code = invite(gwanu, 2)
    kept = Invitation.objects.values().get()
    assert kept == {
        "id": invitation.pk,
        "code_hash": invitations.digest(code),
        "hint": code[:4],
        "note": "새 이웃",
        "uses_left": 2,
        "made_by_id": gwanu.pk,
        "made_at": NOW,
        "expires_at": NOW + invitations.VALID_FOR,
    }
    assert len(code) == 22
    assert code not in str(kept)


def test_it_is_found_by_its_code_until_its_time_is_over(gwanu: Member) -> None:
    invitation, code = invite(gwanu)
    end = NOW + invitations.VALID_FOR
    assert invitations.find(code=code, at=end - timedelta(seconds=1)) == invitation
    assert invitations.find(code=code, at=end) is None
    assert invitations.find(code=code + "x", at=NOW) is None


@pytest.mark.parametrize("code", ["", "\x00", "\ud800", "é" * 5000, "'; DROP TABLE"])
def test_nonsense_is_no_code(gwanu: Member, code: str) -> None:
    invite(gwanu)
    assert invitations.find(code=code, at=NOW) is None
    with pytest.raises(invitations.InvitationUnknown):
        invitations.redeem(code=code, at=NOW)


def test_each_use_takes_one_place_and_the_last_is_the_last(gwanu: Member) -> None:
    invitation, code = invite(gwanu, 2)
    invitations.redeem(code=code, at=NOW)
    invitations.redeem(code=code, at=NOW)
    with pytest.raises(invitations.InvitationUsedUp):
        invitations.redeem(code=code, at=NOW)
    invitation.refresh_from_db()
    assert invitation.uses_left == 0
    assert invitations.find(code=code, at=NOW) is None


def test_what_is_over_is_unknown(gwanu: Member) -> None:
    invitation, code = invite(gwanu)
    with pytest.raises(invitations.InvitationUnknown):
        invitations.redeem(code=code, at=NOW + invitations.VALID_FOR)
    invitation.refresh_from_db()
    assert invitation.uses_left == 1


def test_what_is_withdrawn_admits_nobody(gwanu: Member) -> None:
    invitation, code = invite(gwanu, 5)
    invitations.withdraw(invitation)
    assert invitations.find(code=code, at=NOW) is None
    with pytest.raises(invitations.InvitationUsedUp):
        invitations.redeem(code=code, at=NOW)


def test_operators_see_all_and_members_their_own(gwanu: Member, hana: Member) -> None:
    by_gwanu, _ = invite(gwanu)
    by_hana, _ = invite(hana)
    assert set(Invitation.objects.seen_by(gwanu)) == {by_gwanu, by_hana}
    assert set(Invitation.objects.seen_by(hana)) == {by_hana}


def test_it_is_called_by_its_note_or_else_by_its_beginning(gwanu: Member) -> None:
    invitation, code = invite(gwanu)
    assert str(invitation) == "새 이웃"
    invitation.note = ""
    assert str(invitation) == f"{code[:4]}…"
