"""What the constraints of this package have in common: they are compared as a migration is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any  # Django's own signatures have no narrower type

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement, Table
from django.db.models.constraints import BaseConstraint


class Declared(BaseConstraint):
    """Equal to another of its kind that says the same, as the autodetector wants it."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, type(self)):
            return bool(self.deconstruct() == other.deconstruct())
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)


class InTable(Declared, ABC):
    """A constraint that PostgreSQL adds to a table, and drops by its name; SQLite rebuilds it."""

    @abstractmethod
    def definition(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> Any:
        """`CONSTRAINT name …`, for that table."""

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """ALTER TABLE … ADD."""
        assert model is not None
        assert schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s ADD %(constraint)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            constraint=self.definition(model, schema_editor),
        )

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """ALTER TABLE … DROP."""
        assert model is not None
        assert schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=Table(model._meta.db_table, schema_editor.quote_name),
            name=schema_editor.quote_name(self.name),
        )


class Triggered(Declared, ABC):
    """A rule that triggers keep; the first of them makes on PostgreSQL a function of its name."""

    @abstractmethod
    def triggers(
        self, model: type[models.Model], editor: BaseDatabaseSchemaEditor
    ) -> list[Statement]:
        """The statements that make them."""

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """Triggers once the table has its name; Django asks again when it rebuilds the table."""
        assert model is not None
        assert schema_editor is not None
        schema_editor.deferred_sql.extend(self.triggers(model, schema_editor))

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """For PostgreSQL, on a table that is there; SQLite rebuilds the table instead."""
        assert model is not None
        assert schema_editor is not None
        *first, last = self.triggers(model, schema_editor)
        for statement in first:
            schema_editor.execute(statement)
        return last

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """For PostgreSQL; SQLite rebuilds the table instead."""
        assert schema_editor is not None
        return f"DROP FUNCTION {schema_editor.quote_name(self.name)}() CASCADE"
