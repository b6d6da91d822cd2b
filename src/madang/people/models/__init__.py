"""What the house knows of its members."""

from madang.people.models.access import ApiToken, Invitation, Session
from madang.people.models.mail import OutboxMail
from madang.people.models.member import (
    Member,
    MemberManager,
    RoleGrant,
    site_language,
    site_time_zone,
    validate_handle,
    validate_time_zone,
)

__all__ = [
    "ApiToken",
    "Invitation",
    "Member",
    "MemberManager",
    "OutboxMail",
    "RoleGrant",
    "Session",
    "site_language",
    "site_time_zone",
    "validate_handle",
    "validate_time_zone",
]
