from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wire', '0001_looks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='look',
            name='page',
            field=models.CharField(choices=[('requests', 'the list'), ('request', 'one request'), ('exchanges', 'the proxy'), ('exchange', 'one exchange')], max_length=10, verbose_name='page'),
        ),
    ]
