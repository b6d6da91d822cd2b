"""A foreign key over several columns: copied facts stay equal to the row they are of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any  # Django's own signatures have no narrower type

from django.db import DEFAULT_DB_ALIAS, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Columns, Statement, Table

from madang.db.declared import InTable


class Reference(InTable):
    """What `facts` name in this row equals what they name in the row that `key` leads to.

    `key` names a foreign key of this model, `facts` its fields and, for each, the field of the
    other model; that one needs a UniqueConstraint over its primary key and those fields, in this
    order. Where the other row changes, its copies change with it in the same statement (ON UPDATE
    CASCADE). Rows whose `key` is empty are not bound. A refusal is an `IntegrityError`, which
    SQLite gives no name.
    """

    def __init__(self, *, name: str, key: str, facts: Mapping[str, str]) -> None:
        self.key = key
        self.facts = dict(facts)
        super().__init__(name=name)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As a migration writes it."""
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "key": self.key, "facts": self.facts}

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """Inline in CREATE TABLE, which is how SQLite, rebuilding a table, asks every time."""
        assert model is not None
        assert schema_editor is not None
        return self.definition(model, schema_editor)

    def definition(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> Any:
        """The foreign key."""
        quote = editor.quote_name
        other = model._meta.get_field(self.key).related_model
        assert isinstance(other, type)
        assert issubclass(other, models.Model)
        mine = [_column(model, name) for name in (self.key, *self.facts)]
        theirs = [_column(other, name) for name in ("pk", *self.facts.values())]
        return Statement(
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY (%(mine)s)"
            " REFERENCES %(other)s (%(theirs)s) ON UPDATE CASCADE",
            mine=Columns(model._meta.db_table, mine, quote),
            other=Table(other._meta.db_table, quote),
            theirs=Columns(other._meta.db_table, theirs, quote),
        )

    def validate(
        self,
        model: type[models.Model],
        instance: models.Model,
        exclude: Iterable[str] | None = None,
        using: str = DEFAULT_DB_ALIAS,
    ) -> None:
        """Nothing a form could say: the verbs copy the facts."""


def _column(model: type[models.Model], name: str) -> str:
    found = model._meta.pk if name == "pk" else model._meta.get_field(name)
    assert isinstance(found, models.Field)
    return str(found.column)
