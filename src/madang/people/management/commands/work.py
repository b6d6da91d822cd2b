"""`madang manage work`: the background worker."""

import logging
import threading

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone
from django_tasks_db.management.commands import db_worker

from madang.people import tasks

SECONDS = 60.0


class Worker(db_worker.Command):
    """The task library's worker, which tells of errors and not of its coming and going."""

    def configure_logging(self, verbosity: int) -> None:
        """The handlers are the site's own."""
        logging.getLogger("django_tasks_db").setLevel(logging.ERROR)


class Command(BaseCommand):
    """Do tasks as they come, and sweep about once a minute."""

    help = "Send mail and do other work that members need not wait for."

    def handle(self, *args: object, **options: object) -> None:
        """Run until SIGTERM or SIGINT; a task under way is finished first."""
        stop = threading.Event()
        sweeper = threading.Thread(target=self._sweep, args=(stop,), daemon=True)
        sweeper.start()
        try:
            call_command(Worker(), interval=0.5, reload=False, startup_delay=False)
        finally:
            stop.set()

    def _sweep(self, stop: threading.Event) -> None:
        while not stop.wait(SECONDS):
            tasks.sweep(at=timezone.now())
            close_old_connections()
