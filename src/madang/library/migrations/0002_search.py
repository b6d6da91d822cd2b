import django.db.models.deletion
from django.db import migrations, models

from madang.library import index

POSTGRESQL = [
    "ALTER TABLE library_searchentry ADD COLUMN grams text[] NOT NULL DEFAULT '{}'",
    "CREATE INDEX library_searchentry_grams ON library_searchentry USING gin (grams)",
]
SQLITE = [
    "CREATE VIRTUAL TABLE library_grams USING fts5(grams, detail=none, columnsize=0, tokenize='ascii')",
    "CREATE TRIGGER library_searchentry_gone AFTER DELETE ON library_searchentry "
    "BEGIN DELETE FROM library_grams WHERE rowid = old.bib_id; END",
]
BATCH = 500


def create(apps, schema_editor):
    """The index of pairs of signs, filled with the titles that are there."""
    connection = schema_editor.connection
    for sql in POSTGRESQL if connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(sql)
    bibs, last = apps.get_model("library", "Bib").objects.using(connection.alias), 0
    while found := list(bibs.filter(pk__gt=last).order_by("pk")[:BATCH]):
        index.write(found, using=connection.alias)
        last = found[-1].pk


def drop(apps, schema_editor):
    """What `CreateModel` does not take away by itself."""
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER library_searchentry_gone")
        schema_editor.execute("DROP TABLE library_grams")


class Migration(migrations.Migration):
    dependencies = [("library", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("bib", models.OneToOneField(editable=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="entry", serialize=False, to="library.bib")),
                ("title", models.TextField(editable=False, verbose_name="title")),
                ("author", models.TextField(editable=False, verbose_name="author")),
                ("other", models.TextField(editable=False, verbose_name="other words")),
            ],
            options={"verbose_name": "search entry", "verbose_name_plural": "search entries"},
        ),
        migrations.RunPython(create, drop),
    ]
