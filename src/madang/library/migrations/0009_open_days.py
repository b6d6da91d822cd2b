from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('library', '0008_payments'),
    ]

    operations = [
        migrations.AddField(
            model_name='closedday',
            name='is_open',
            field=models.BooleanField(db_default=False, default=False, verbose_name='open all the same'),
        ),
    ]
