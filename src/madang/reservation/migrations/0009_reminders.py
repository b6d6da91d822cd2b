from datetime import timedelta

import django.db.models.deletion
from django.db import migrations, models
from django.utils import timezone


def plan(apps, _schema_editor):
    """Remind of what was booked before there were reminders, where it is not too late."""
    now, day = timezone.now(), timedelta(days=1)
    coming = apps.get_model("reservation", "Reservation").objects.filter(
        status="booked", service__isnull=False, appointed_time__gt=now + day
    )
    reminder = apps.get_model("reservation", "Reminder")
    reminder.objects.bulk_create(
        (
            reminder(reservation_id=key, due_at=time - day)
            for key, time in coming.order_by("pk").values_list("pk", "appointed_time").iterator()
        ),
        batch_size=1000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('reservation', '0007_exceptions'),
    ]

    operations = [
        migrations.AddField(
            model_name='patient',
            name='wants_reminders',
            field=models.BooleanField(db_default=True, default=True, verbose_name='gets a mail before each reservation'),
        ),
        migrations.AddField(
            model_name='service',
            name='reminder_minutes',
            field=models.PositiveIntegerField(db_default=1440, default=1440, help_text='By mail; 0 for no reminder.', verbose_name='remind so many minutes ahead'),
        ),
        migrations.CreateModel(
            name='Reminder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(verbose_name='due')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='written, or needed no more')),
                ('reservation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reminders', to='reservation.reservation', verbose_name='reservation')),
            ],
            options={
                'verbose_name': 'reminder',
                'verbose_name_plural': 'reminders',
                'ordering': ['due_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['due_at'], name='reservation_reminder_due')],
                'constraints': [models.UniqueConstraint(fields=('reservation',), name='reservation_reminder_once')],
            },
        ),
        migrations.RunPython(plan, migrations.RunPython.noop),
    ]
