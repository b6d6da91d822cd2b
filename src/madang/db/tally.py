"""A count that is exact however many write at once, without a row that all of them wait for.

Decision record 6 tells why neither a counter column nor counting rows would do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any  # Django's own signatures have no narrower type

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table

from madang.db.declared import Triggered


class Tally(Triggered):
    """Each row that comes or goes is noted in `into` as +1 or -1 beside the value of `of`.

    `of` names a foreign key of this model; `into` ("app.Model") names a model with the columns
    `of` and `change`. The notes are written by triggers of the database, in the transaction of
    the row, so that bulk and raw writes count as well. The number of rows is what was folded
    before plus the sum of the notes.
    """

    def __init__(self, *, name: str, of: str, into: str) -> None:
        self.of = of
        self.into = into
        super().__init__(name=name)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As a migration writes it."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "of": self.of, "into": self.into}

    def triggers(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        """One for each kind of change on SQLite, a function and its trigger on PostgreSQL."""
        if editor.connection.vendor == "postgresql":
            return self._postgresql(model, editor)
        return self._sqlite(model, editor)

    def _note(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        """The statement that notes a change, with places for the row and for the change."""
        column = str(model._meta.get_field(self.of).column)  # type: ignore[union-attr]  # a key
        into = editor.quote_name(apps.get_model(self.into)._meta.db_table)
        key, change = editor.quote_name(column), editor.quote_name("change")
        return f"INSERT INTO {into} ({key}, {change}) VALUES ({{row}}.{key}, {{change}});"

    def _postgresql(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        note = self._note(model, editor)
        come, go = note.format(row="NEW", change=1), note.format(row="OLD", change=-1)
        name = editor.quote_name(self.name)
        table = Table(model._meta.db_table, editor.quote_name)
        body = (
            f"BEGIN IF TG_OP <> 'INSERT' THEN {go} END IF;"
            f" IF TG_OP <> 'DELETE' THEN {come} END IF; RETURN NULL; END"
        )
        return [
            Statement(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $tally${body}$tally$"
            ),
            Statement(
                f"CREATE TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON %(table)s"
                f" FOR EACH ROW EXECUTE FUNCTION {name}()",
                table=table,
            ),
        ]

    def _sqlite(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        note = self._note(model, editor)
        come, go = note.format(row="NEW", change=1), note.format(row="OLD", change=-1)
        table = Table(model._meta.db_table, editor.quote_name)
        bodies = {"INSERT": come, "DELETE": go, "UPDATE": f"{go} {come}"}
        return [
            Statement(
                f"CREATE TRIGGER %(name)s AFTER {event} ON %(table)s BEGIN {body} END",
                name=editor.quote_name(f"{self.name}_{event.lower()}"),
                table=table,
            )
            for event, body in bodies.items()
        ]

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Nothing is ever refused."""
