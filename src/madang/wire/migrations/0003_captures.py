from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wire', '0002_proxy'),
    ]

    operations = [
        migrations.CreateModel(
            name='Capture',
            fields=[
                ('key', models.CharField(max_length=32, primary_key=True, serialize=False, verbose_name='key')),
                ('name', models.CharField(max_length=100, verbose_name='name')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('by', models.CharField(blank=True, max_length=64, verbose_name='who')),
                ('size', models.BigIntegerField(verbose_name='bytes')),
                ('packets', models.IntegerField(verbose_name='packets')),
                ('seconds', models.FloatField(verbose_name='seconds')),
                ('ending', models.CharField(max_length=16, verbose_name='ending')),
            ],
            options={
                'verbose_name': 'capture',
                'verbose_name_plural': 'captures',
                'ordering': ['-at', 'key'],
            },
        ),
        migrations.AlterField(
            model_name='look',
            name='page',
            field=models.CharField(choices=[('requests', 'the list'), ('request', 'one request'), ('exchanges', 'the proxy'), ('exchange', 'one exchange'), ('captures', 'captures'), ('capture', 'one capture')], max_length=10, verbose_name='page'),
        ),
    ]
