from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_cache'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='rolegrant',
            name='people_role_known',
        ),
        migrations.AlterField(
            model_name='rolegrant',
            name='role',
            field=models.CharField(choices=[('doctor', 'doctor'), ('librarian', 'librarian'), ('moderator', 'moderator'), ('receptionist', 'receptionist'), ('operator', 'operator')], max_length=20, verbose_name='role'),
        ),
        migrations.AddConstraint(
            model_name='rolegrant',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['doctor', 'librarian', 'moderator', 'receptionist', 'operator'])), name='people_role_known'),
        ),
    ]
