"""What is asked inside a release, by its own Python and with its own settings.

Run as a script by `apply`; nothing of deploy imports it. `risky` names what a migration that is
still to come would take away from a release that is running; `proves` reads and writes a little.
"""

import sys


def risky() -> int:
    """Print what the pending migrations drop, rename or demand; 1 where there is any."""
    from django.db import connection
    from django.db.migrations import operations
    from django.db.migrations.executor import MigrationExecutor

    taking = (
        operations.DeleteModel,
        operations.RemoveField,
        operations.RenameField,
        operations.RenameModel,
        operations.AlterModelTable,
    )
    executor = MigrationExecutor(connection)
    if not executor.loader.applied_migrations:
        return 0
    made, found = set(), []
    for migration, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        for operation in migration.operations:
            where = f"{migration.app_label}.{migration.name}: {operation.describe()}"
            if isinstance(operation, operations.CreateModel):
                made.add((migration.app_label, operation.name_lower))
            elif isinstance(operation, taking):
                found.append(where)
            elif isinstance(operation, operations.AddField):
                is_new = (migration.app_label, operation.model_name_lower) in made
                if not is_new and _demands(operation.field):
                    found.append(where)
    print("\n".join(found))
    return 1 if found else 0


def _demands(field: object) -> bool:
    """Whether a row that the running release writes would lack a value."""
    from django.db.models import NOT_PROVIDED

    return not (
        getattr(field, "null", False)
        or getattr(field, "many_to_many", False)
        or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
        or getattr(field, "generated", False)
    )


def proves() -> int:
    """Read by the ORM and write a row that is rolled back; 0 where both could be done."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import transaction

    ContentType.objects.count()
    with transaction.atomic():
        ContentType.objects.create(app_label="madang_deploy", model="proof")
        transaction.set_rollback(True)
    return 0


if __name__ == "__main__":
    import django

    django.setup()
    sys.exit({"risky": risky, "proves": proves}[sys.argv[1]]())
