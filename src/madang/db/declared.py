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
