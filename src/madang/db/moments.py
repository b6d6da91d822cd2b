"""Arithmetic with moments that both databases can compare."""

from __future__ import annotations

from typing import Any  # Django's compilers take anything

from django.db import models
from django.db.models.expressions import Func
from django.db.models.sql.compiler import SQLCompiler


class MinutesLater(Func):
    """The moment so many minutes after another, from the names of two columns, in whole seconds.

    Django's own duration arithmetic gives text with six digits of a second in SQLite, which does
    not compare with what Django stores there; this gives what it stores.
    """

    output_field = models.DateTimeField()
    arity = 2
    template = "%(expressions)s"
    arg_joiner = " + interval '1 minute' * "

    def as_sqlite(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        """Text as Django writes a moment of a whole second."""
        template = "strftime('%%%%Y-%%%%m-%%%%d %%%%H:%%%%M:%%%%S', %(expressions)s || ' minutes')"
        return super().as_sql(compiler, connection, template=template, arg_joiner=", ", **extra)
