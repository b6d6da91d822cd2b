"""`madang manage sweep`: once what the background worker does about once a minute."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from madang.people import tasks


class Command(BaseCommand):
    """Sweep once, for sites without a background worker and for trying out."""

    help = "Send letters that were left over and forget what is over."

    def handle(self, *args: object, **options: object) -> None:
        """Exit 1 if a sweep failed; the others are done all the same."""
        if failed := tasks.sweep(at=timezone.now()):
            raise CommandError(f"failed: {', '.join(failed)}")
