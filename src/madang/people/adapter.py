"""How allauth asks this community's rules."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """A community is closed unless the operator opened it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may join without an invitation."""
        return bool(settings.SITE_OPEN_JOINING)
