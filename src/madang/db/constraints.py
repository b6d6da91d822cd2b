"""Constraints over stretches of time that both databases keep by themselves.

Decision record 2 tells why a text comparison or a check in Python would not do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any  # a model's field may hold anything

from django.core.exceptions import ValidationError
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models.sql import Query
from django_stubs_ext import StrOrPromise

from madang.db.declared import InTable

REACH = timedelta(days=3)
"""How far apart two starts can lie and still overlap: length and both buffers of a day each."""

CANONICAL = "[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]"
"""How Django writes a moment into SQLite, in UTC, without the fraction of a second."""

Span = tuple[datetime, datetime]


class NoOverlap(InTable):
    """No two rows with the same `same` take up the same time.

    A row takes up [start - before, start + minutes + after), where `start` names a
    DateTimeField and the others name integer fields of minutes, each at most one day (1440). Rows
    outside `condition` take up none, and rows with the same value of `together`, a key that may be
    empty, are one: they share their time. In PostgreSQL this is an exclusion constraint (needs the
    btree_gist extension), in SQLite a pair of triggers with the same meaning, which also refuse
    text in `start` that is not a moment as Django writes it. A refusal is an `IntegrityError`
    that `madang.lib.constraints.violated` can name.
    """

    def __init__(  # noqa: PLR0913 - a declaration; each argument names a column
        self,
        *,
        name: str,
        same: str,
        start: str,
        minutes: str,
        before: str | None = None,
        after: str | None = None,
        together: str | None = None,
        condition: models.Q | None = None,
        violation_error_code: str | None = None,
        violation_error_message: StrOrPromise | None = None,
    ) -> None:
        self.same = same
        self.start = start
        self.minutes = minutes
        self.before = before
        self.after = after
        self.together = together
        self.condition = condition
        super().__init__(
            name=name,
            violation_error_code=violation_error_code,
            violation_error_message=violation_error_message,
        )

    # What migrations ask.

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As a migration writes it."""
        path, args, kwargs = super().deconstruct()
        kwargs.update(same=self.same, start=self.start, minutes=self.minutes)
        for key in ("before", "after", "together", "condition"):
            if getattr(self, key) is not None:
                kwargs[key] = getattr(self, key)
        return path, args, kwargs

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """Inline in CREATE TABLE (PostgreSQL), or triggers once the table has its name (SQLite).

        Django rebuilds a SQLite table to alter it and asks for its constraints again; the
        triggers therefore wait in `deferred_sql`, where a renaming of the table reaches them.
        """
        assert model is not None
        assert schema_editor is not None
        if schema_editor.connection.vendor == "postgresql":
            return self.definition(model, schema_editor)
        schema_editor.deferred_sql.extend(self._triggers(model, schema_editor))
        return None

    # PostgreSQL.

    def definition(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        """The exclusion constraint."""

        def column(field: str) -> str:
            return str(editor.quote_name(_column(model, field)))

        start = f"({column(self.start)} AT TIME ZONE 'UTC')"
        lower = f"{start} - {column(self.before)} * interval '1 minute'" if self.before else start
        ends = [column(field) for field in (self.minutes, self.after) if field]
        upper = " + ".join([start, *(f"{end} * interval '1 minute'" for end in ends)])
        where = f" WHERE ({self._where(model, editor, '')})" if self.condition else ""
        apart = ""
        if self.together:
            apart = f", COALESCE({column(self.together)}, -{column('pk')}) WITH <>"
        return (
            f"CONSTRAINT {editor.quote_name(self.name)} EXCLUDE USING gist "
            f"({column(self.same)} WITH =, tsrange({lower}, {upper}) WITH &&{apart}){where}"
        )

    # SQLite.

    def _triggers(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        """Two triggers, and a touch of every row so that old rows are judged as new ones are."""
        table = Table(model._meta.db_table, editor.quote_name)
        key = editor.quote_name(_column(model, "pk"))
        start = editor.quote_name(_column(model, self.start))
        body = self._verdicts(model, editor)
        statements = [
            Statement(
                f"CREATE TRIGGER %(name)s BEFORE {event} ON %(table)s BEGIN {body} END",
                name=editor.quote_name(f"{self.name}_{event.lower()}"),
                table=table,
                own=own,
            )
            for event, own in (("INSERT", f"NEW.{key}"), ("UPDATE", f"OLD.{key}"))
        ]
        touch = Statement(f"UPDATE %(table)s SET {start} = {start}", table=table)
        return [*statements, touch]

    def _verdicts(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        """The statements of a trigger: refuse what is no moment, then refuse an overlap."""
        quote = editor.quote_name
        same, start = quote(_column(model, self.same)), quote(_column(model, self.start))
        key = quote(_column(model, "pk"))
        whole = f"substr(NEW.{start}, 1, 19)"
        days = REACH.days
        canonical = (
            f"NEW.{start} IS NULL OR (typeof(NEW.{start}) = 'text' AND {whole} GLOB '{CANONICAL}'"
            f" AND datetime({whole}, '+0 days') IS {whole} AND (length(NEW.{start}) = 19 OR"
            f" substr(NEW.{start}, 20) GLOB '.[0-9][0-9][0-9][0-9][0-9][0-9]'))"
        )
        lengths = [quote(_column(model, f)) for f in (self.minutes, self.before, self.after) if f]
        sane = " AND ".join(
            f"(NEW.{length} IS NULL OR NEW.{length} BETWEEN 0 AND 1440)" for length in lengths
        )
        overlap = (
            f"o.{same} = NEW.{same} AND o.{key} IS NOT %(own)s"
            f" AND o.{start} > datetime({whole}, '-{days} days')"
            f" AND o.{start} < datetime({whole}, '+{days} days')"
            f" AND {self._lower(model, editor, 'o')} < {self._upper(model, editor, 'NEW')}"
            f" AND {self._upper(model, editor, 'o')} > {self._lower(model, editor, 'NEW')}"
            f" AND {self._lower(model, editor, 'o')} < {self._upper(model, editor, 'o')}"
            f" AND {self._lower(model, editor, 'NEW')} < {self._upper(model, editor, 'NEW')}"
        )
        if self.together:
            shared = quote(_column(model, self.together))
            overlap += f" AND (o.{shared} IS NULL OR o.{shared} IS NOT NEW.{shared})"
        if self.condition:
            overlap += f" AND ({self._where(model, editor, 'o.')})"
            mine = self._where(model, editor, "NEW.")
        else:
            mine = "1"
        refuse = f"RAISE(ABORT, 'EXCLUSION constraint failed: {self.name}')"
        return (
            f"SELECT {refuse} WHERE NOT ({canonical}) OR NOT ({sane}); "
            f"SELECT {refuse} WHERE ({mine}) AND EXISTS"
            f" (SELECT 1 FROM %(table)s AS o WHERE {overlap});"
        )

    def _instant(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor, row: str
    ) -> str:
        """Microseconds since the epoch; whole seconds and the fraction apart, so none is lost."""
        start = f"{row}.{editor.quote_name(_column(model, self.start))}"
        seconds = f"CAST(round((julianday(substr({start}, 1, 19)) - 2440587.5) * 86400) AS INTEGER)"
        fraction = f"CAST(substr({start}, 21, 6) AS INTEGER)"
        return f"({seconds} * 1000000 + {fraction})"

    def _lower(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor, row: str) -> str:
        instant = self._instant(model, editor, row)
        if not self.before:
            return instant
        return f"({instant} - {row}.{editor.quote_name(_column(model, self.before))} * 60000000)"

    def _upper(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor, row: str) -> str:
        ends = [_column(model, field) for field in (self.minutes, self.after) if field]
        length = " + ".join(f"{row}.{editor.quote_name(end)}" for end in ends)
        return f"({self._instant(model, editor, row)} + ({length}) * 60000000)"

    def _where(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor, prefix: str
    ) -> str:
        """The condition as SQL, its columns behind `prefix`."""
        assert self.condition is not None
        query = Query(model, alias_cols=bool(prefix))
        compiler = query.get_compiler(connection=editor.connection)
        where = query.build_where(self.condition)
        sql, params = where.as_sql(compiler, editor.connection)
        text = sql % tuple(editor.quote_value(param) for param in params)
        return str(text).replace(f"{editor.quote_name(model._meta.db_table)}.", prefix)

    # Forms and full_clean().

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Refuse what the database would refuse, with a sentence for a form."""
        fields = [f for f in (self.same, self.start, self.minutes, self.before, self.after) if f]
        mine = self._span(instance)
        if mine is None or set(fields) & set(exclude or ()):
            return
        condition = self.condition or models.Q()
        if self.condition and not self.condition.check(_values(instance, exclude), using=using):
            return
        start = getattr(instance, self.start)
        near = {f"{self.start}__gt": start - REACH, f"{self.start}__lt": start + REACH}
        same = {self.same: getattr(instance, _field(model, self.same).attname)}
        others = model._default_manager.using(using).filter(condition, **near, **same)
        others = others.exclude(pk=instance.pk)
        if self.together:
            group = getattr(instance, _field(model, self.together).attname)
            if group is not None:
                others = others.exclude(**{self.together: group})
        for other in others.only("pk", *fields):
            if _meet(mine, self._span(other)):
                raise ValidationError(
                    self.get_violation_error_message(), code=self.violation_error_code
                )

    def _span(self, instance: models.Model) -> Span | None:
        start = getattr(instance, self.start)
        lengths = [getattr(instance, f) for f in (self.minutes, self.before, self.after) if f]
        lengths = [getattr(length, "value", length) for length in lengths]
        if not isinstance(start, datetime) or None in lengths:
            return None
        if getattr(instance, f"{self.same}_id", getattr(instance, self.same, None)) is None:
            return None
        before = getattr(instance, self.before) if self.before else 0
        return (
            start - timedelta(minutes=before),
            start + timedelta(minutes=sum(lengths) - before),
        )


def _meet(mine: Span, theirs: Span | None) -> bool:
    return theirs is not None and max(mine[0], theirs[0]) < min(mine[1], theirs[1])


def _field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    found = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return found


def _column(model: type[models.Model], field: str) -> str:
    return str(_field(model, field).column)


def _values(instance: models.Model, exclude: Iterable[str] | None) -> dict[str, Any]:
    """The instance's values by field, as Django's own constraints judge a condition."""
    expressions = instance._get_field_expression_map(  # type: ignore[attr-defined]  # not in stubs
        meta=instance._meta, exclude=exclude
    )
    return dict(expressions)
