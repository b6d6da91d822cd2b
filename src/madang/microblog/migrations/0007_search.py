import django.db.models.deletion
from django.db import migrations, models

from madang.microblog import index

BATCH = 500


def create(apps, schema_editor):
    """The index of pairs of signs, filled with the posts that are there."""
    using = schema_editor.connection.alias
    index.GRAMS.create(schema_editor)
    posts, last = apps.get_model("microblog", "Post").objects.using(using).exclude(text=""), 0
    while found := list(posts.filter(pk__gt=last).order_by("pk").values_list("pk", "text")[:BATCH]):
        index.write(dict(found), using=using)
        last = found[-1][0]


def drop(apps, schema_editor):
    """What `CreateModel` does not take away by itself."""
    index.GRAMS.drop(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("microblog", "0006_moderation")]

    operations = [
        migrations.CreateModel(
            name="PostEntry",
            fields=[
                ("post", models.OneToOneField(editable=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="entry", serialize=False, to="microblog.post")),
                ("key", models.TextField(editable=False, verbose_name="text")),
            ],
            options={"verbose_name": "search entry", "verbose_name_plural": "search entries"},
        ),
        migrations.RunPython(create, drop),
    ]
