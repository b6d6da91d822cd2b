"""What the database meant: from its complaint to the name of a constraint, to a verb's answer."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import UniqueConstraint

NAMED = re.compile(r"(?:CHECK|EXCLUSION) constraint failed: (\w+)")
UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")


def violated(error: IntegrityError) -> str | None:
    """The name of the constraint that `error` speaks of, the same on SQLite and PostgreSQL.

    PostgreSQL says it; SQLite says it for checks and for `madang.db.constraints`, and lists the
    columns of a unique constraint, which is then found among the models. None if it has no name
    of ours, as with a foreign key.
    """
    diagnostics = getattr(error.__cause__, "diag", None)
    if diagnostics is not None:
        name = diagnostics.constraint_name
        return str(name) if name else None
    if named := NAMED.search(str(error)):
        return named.group(1)
    if unique := UNIQUE.search(str(error)):
        return _unique(unique.group(1))
    return None


def _unique(columns: str) -> str | None:
    """The unique constraint over `columns`, as SQLite lists them: "table.a, table.b".

    A primary key is called as PostgreSQL calls it, "table_pkey".
    """
    if columns.startswith("index "):
        return columns.removeprefix("index ").strip("'")
    wanted = {column.strip() for column in columns.split(",")}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if wanted == {f"{table}.{field.column}" for field in model._meta.pk_fields}:
            return f"{table}_pkey"
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint) and wanted == {
                f"{table}.{model._meta.get_field(field).column}"  # type: ignore[union-attr]
                for field in constraint.fields  # a constraint's field is never a relation's far end
            }:
                return constraint.name
    return None


@contextmanager
def refused(answers: Mapping[str, type[Exception]], *, is_last: bool = False) -> Iterator[None]:
    """Turn a violated constraint into the verb's exception: `{"constraint_name": Exception}`.

    What was written inside is undone before the exception is raised, so that the transaction
    around can go on. A constraint that is not named in `answers` is raised as it came. With
    `is_last` the transaction around is undone with it, as its caller lets the exception out; that
    saves two round trips.
    """
    try:
        with nullcontext() if is_last else transaction.atomic():
            yield
    except IntegrityError as error:
        answer = answers.get(violated(error) or "")
        if answer is None:
            raise
        raise answer from error
