"""`madang manage token HANDLE`: a new personal token, printed once."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from madang.lib.terminal import gettext as _
from madang.people import tokens
from madang.people.models import Member


class Command(BaseCommand):
    """Print a new personal API token."""

    help = "Print a new personal API token of a member. It is shown once and stored as a hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """HANDLE, and what the token is for."""
        parser.add_argument("handle")
        parser.add_argument("--name", default="manage token", help="what the token is for")

    def handle(self, *args: object, **options: str) -> None:
        """Print the token alone, so that scripts can take it."""
        handle = options["handle"]
        known = Member.objects.filter(is_active=True)
        member = known.filter(handle=handle).first() if handle.isascii() else None
        if member is None:
            raise CommandError(_("no member who may sign in has the handle {}.").format(handle))
        name = options["name"].encode(errors="replace").decode()
        _token, text = tokens.issue(member=member, name=name[:80], at=timezone.now())
        self.stdout.write(text)
