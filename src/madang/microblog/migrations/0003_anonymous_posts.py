import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('microblog', '0002_passes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Renewal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('request', models.BinaryField()),
                ('answer', models.BinaryField(default=b'')),
                ('due_at', models.DateTimeField()),
            ],
            options={
                'verbose_name': 'renewal of a pass',
                'verbose_name_plural': 'renewals of passes',
                'ordering': ['epoch', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SpentPass',
            fields=[
                ('epoch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spent', to='microblog.anonepoch')),
                ('pk', models.CompositePrimaryKey('epoch_id', 'nonce', blank=True, editable=False, primary_key=True, serialize=False)),
                ('nonce', models.BinaryField(max_length=32)),
            ],
            options={
                'verbose_name': 'spent pass',
                'verbose_name_plural': 'spent passes',
            },
        ),
        migrations.CreateModel(
            name='ThreadKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BinaryField(max_length=32)),
                ('number', models.PositiveIntegerField()),
            ],
            options={
                'verbose_name': 'name in a thread',
                'verbose_name_plural': 'names in threads',
                'ordering': ['thread', 'number'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='post',
            name='microblog_post_says_something_or_nothing',
        ),
        migrations.AddField(
            model_name='renewal',
            name='epoch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='microblog.anonepoch'),
        ),
        migrations.AddField(
            model_name='renewal',
            name='post',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewal', to='microblog.post'),
        ),
        migrations.AddField(
            model_name='threadkey',
            name='thread',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='thread_keys', to='microblog.post'),
        ),
        migrations.AddField(
            model_name='post',
            name='thread_key',
            field=models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='microblog.threadkey'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'visible'), models.Q(('text', ''), _negated=True)), models.Q(('state', 'deleted'), ('text', '')), _connector='OR'), name='microblog_post_says_something_or_nothing'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('author__isnull', False), ('thread_key__isnull', True)), models.Q(('author__isnull', True), ('thread_key__isnull', False)), models.Q(('author__isnull', True), ('state', 'deleted')), _connector='OR'), name='microblog_post_author_or_thread_key'),
        ),
        migrations.AddConstraint(
            model_name='renewal',
            constraint=models.UniqueConstraint(fields=('epoch', 'request'), name='microblog_renewal_once'),
        ),
        migrations.AddConstraint(
            model_name='renewal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answer', b''), ('post__isnull', False)), models.Q(('post__isnull', True), models.Q(('answer', b''), _negated=True)), _connector='OR'), name='microblog_renewal_waits_or_is_answered'),
        ),
        migrations.AddConstraint(
            model_name='threadkey',
            constraint=models.UniqueConstraint(fields=('thread', 'key'), name='microblog_thread_key_once'),
        ),
        migrations.AddConstraint(
            model_name='threadkey',
            constraint=models.UniqueConstraint(fields=('thread', 'number'), name='microblog_thread_number_once'),
        ),
    ]
