"""Sessions in the database that say as little as they can: whose, which kind of browser, a day."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any  # a session holds anything

from django.contrib.auth import SESSION_KEY as MEMBER
from django.contrib.sessions.backends import db
from django.utils import timezone

from madang.people.models import Member, Session

KEY = re.compile(r"[a-z0-9]{32}\Z")


class SessionStore(db.SessionStore):
    """Django's database sessions on `people.Session`.

    A cookie that no session can have made is no session, and never reaches the database.
    """

    last_seen_on: date | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The model in which sessions are kept."""
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        """Django asks this of every key, the cookie's among them."""
        return bool(key and KEY.match(key))

    def _get_session_from_db(self) -> Session | None:
        session: Session | None = super()._get_session_from_db()  # type: ignore[misc]  # not in stubs
        if session is not None:
            self.last_seen_on = session.last_seen_on
        return session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """A row with days for times: even the expiry is rounded up to a day."""
        session = super().create_model_instance(data)
        assert isinstance(session, Session)
        today = timezone.now().date()
        session.member_id = int(data[MEMBER]) if MEMBER in data else None
        session.device = str(data.get("device", ""))
        session.begun_on = datetime.fromisoformat(data.get("begun_on", today.isoformat())).date()
        session.last_seen_on = today
        midnight = session.expire_date.replace(hour=0, minute=0, second=0, microsecond=0)
        session.expire_date = midnight + timedelta(days=1)
        return session

    def touch(self) -> None:
        """Note that the session was used today; writes at most once a day."""
        today = timezone.now().date()
        if self.session_key and self.last_seen_on not in (None, today):
            Session.objects.filter(session_key=self.session_key).update(last_seen_on=today)
            self.last_seen_on = today


def end(*, member: Member, label: str) -> bool:
    """Sign `member` out of the session that `Session.label` names; False if there is none."""
    keys = [session.session_key for session in member.sessions.all() if session.label == label]
    return bool(member.sessions.filter(session_key__in=keys).delete()[0])


def end_others(*, member: Member, keep: str | None) -> int:
    """Sign `member` out everywhere but in the session with the key `keep`; how many ended."""
    return member.sessions.exclude(session_key=keep or "").delete()[0]
