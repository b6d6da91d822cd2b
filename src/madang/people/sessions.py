"""Sessions in the database that say as little as they can: whose, which kind of browser, a day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any  # a session holds anything

from django.contrib.sessions.backends import db
from django.utils import timezone

from madang.people.models import Session


class SessionStore(db.SessionStore):
    """Django's database sessions on `people.Session`."""

    last_seen_on = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The model in which sessions are kept."""
        return Session

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
        session.member_id = int(data["_auth_user_id"]) if "_auth_user_id" in data else None
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


def device(user_agent: str) -> str:
    """A browser as its owner would call it ("Chrome · Android"), no more precise than that."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "SamsungBrowser": "Samsung Internet"}
    browsers |= {"Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows"}
    systems |= {"Mac OS": "Mac", "CrOS": "ChromeOS", "Linux": "Linux"}
    found = [
        next((label for sign, label in signs.items() if sign in user_agent), "")
        for signs in (browsers, systems)
    ]
    return " · ".join(part for part in found if part)
