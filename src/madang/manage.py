"""`madang manage`: Django's own commands, with this site's settings."""

import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line


def run(argv: list[str]) -> int:
    """As Django's manage.py; 2 and a sentence where the environment is not fit."""
    try:
        execute_from_command_line(["madang manage", *argv])
    except ImproperlyConfigured as error:
        print(f"madang manage: {error}", file=sys.stderr)
        return 2
    return 0
