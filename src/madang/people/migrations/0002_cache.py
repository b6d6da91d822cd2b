from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    """The table of Django's database cache, in which limits are counted across processes."""
    call_command(
        "createcachetable", "people_cache", database=schema_editor.connection.alias, verbosity=0
    )


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE people_cache")


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
