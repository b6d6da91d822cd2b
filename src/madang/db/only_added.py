"""A table to which rows are added, and of which none is changed or taken away: a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any  # Django's own signatures have no narrower type

from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table

from madang.db.declared import Triggered


class OnlyAdded(Triggered):
    """Rows are added, and neither changed nor deleted; only the key `but` may be emptied.

    So a log can forget who did something, when that member's account goes. Kept by triggers,
    whoever writes; a refusal is an `IntegrityError` that `madang.lib.constraints.violated` can
    name.
    """

    def __init__(self, *, name: str, but: str) -> None:
        self.but = but
        super().__init__(name=name)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As a migration writes it."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "but": self.but}

    def triggers(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        """One for each kind of change on SQLite, a function and its trigger on PostgreSQL."""
        table = Table(model._meta.db_table, editor.quote_name)
        but = str(model._meta.get_field(self.but).column)  # type: ignore[union-attr]  # a key
        if editor.connection.vendor == "postgresql":
            return self._postgresql(table, but, editor)
        columns = [str(field.column) for field in model._meta.local_concrete_fields]
        return self._sqlite(table, [each for each in columns if each != but], but, editor)

    def _postgresql(
        self, table: Table, but: str, editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        name = editor.quote_name(self.name)
        body = (
            f"BEGIN IF TG_OP = 'UPDATE' AND NEW.{editor.quote_name(but)} IS NULL"
            f" AND to_jsonb(NEW) - '{but}' = to_jsonb(OLD) - '{but}' THEN RETURN NEW; END IF;"
            " RAISE EXCEPTION USING MESSAGE = 'rows are only added here',"
            f" ERRCODE = 'check_violation', CONSTRAINT = '{self.name}'; END"
        )
        return [
            Statement(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql"
                f" AS $only_added${body}$only_added$"
            ),
            Statement(
                f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON %(table)s"
                f" FOR EACH ROW EXECUTE FUNCTION {name}()",
                table=table,
            ),
        ]

    def _sqlite(
        self, table: Table, others: Sequence[str], but: str, editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        quote = editor.quote_name
        same = " AND ".join(f"NEW.{quote(each)} IS OLD.{quote(each)}" for each in others)
        refuse = f"SELECT RAISE(ABORT, 'CHECK constraint failed: {self.name}');"
        events = {"UPDATE": f" WHEN NOT (NEW.{quote(but)} IS NULL AND {same})", "DELETE": ""}
        return [
            Statement(
                f"CREATE TRIGGER %(name)s BEFORE {event} ON %(table)s{when} BEGIN {refuse} END",
                name=quote(f"{self.name}_{event.lower()}"),
                table=table,
            )
            for event, when in events.items()
        ]

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """A form could say nothing about it."""
