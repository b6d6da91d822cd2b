"""What is asked inside a release, by its own Python and with its own settings.

Copied into each release and run there as a script. `risky` names what a migration that is still to
come would take away from a release that is running; `proves` reads and writes a little; `tells`
where files and media are, `database` which database it is, both as JSON.
"""

import json
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


def tells() -> int:
    """Print under which paths of its own the site has static files and media; "" for none."""
    from django.conf import settings

    def path(url: str | None) -> str:
        return url if url and url.startswith("/") and url.endswith("/") and len(url) > 1 else ""

    has_static = "django.contrib.staticfiles" in settings.INSTALLED_APPS
    static = path(settings.STATIC_URL) if has_static else ""
    print(json.dumps({"static": static, "media": path(settings.MEDIA_URL)}))
    return 0


def database() -> int:
    """Print which database the site has: its kind, sqlite or postgresql, and how it is reached."""
    from django.db import connection

    told = {key: str(connection.settings_dict.get(key.upper()) or "") for key in REACHED}
    print(json.dumps({"kind": connection.vendor, **told}))
    return 0


REACHED = ("name", "user", "password", "host", "port")


if __name__ == "__main__":
    import django

    django.setup()
    asked = {"risky": risky, "proves": proves, "tells": tells, "database": database}
    sys.exit(asked[sys.argv[1]]())
