import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('library', '0003_losing'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='number of the record')),
                ('offset', models.PositiveBigIntegerField(verbose_name='byte or row it begins at')),
                ('reason', models.CharField(choices=[('cut', 'The record is cut off.'), ('leader', 'The record does not begin with a leader of 24 signs.'), ('directory', "The record's directory of fields cannot be read."), ('fields', "The record's fields are not those that its directory lists."), ('encoding', 'The text is neither UTF-8 nor MARC-8 nor CP949.'), ('xml', 'The XML is not well-formed.'), ('no_title', 'The record has no title.'), ('differs', 'The catalogue has this record already, with other words in it.'), ('columns', 'The row has more cells than the table has columns.'), ('table', 'The table cannot be read from here on.'), ('lengths', 'Lengths were stated wrongly; read by the marks between fields.'), ('mixed', 'Several encodings are mixed in it.'), ('isbn', 'The check digit of the ISBN is wrong; kept as it is written.'), ('barcode', 'Another copy has this barcode or accession number.')], max_length=10, verbose_name='reason')),
                ('detail', models.CharField(blank=True, max_length=250, verbose_name='what it is about')),
                ('source', models.BinaryField(blank=True, null=True, verbose_name='the record')),
                ('is_rejected', models.BooleanField(verbose_name='rejected')),
            ],
            options={
                'verbose_name': 'problem of an import',
                'verbose_name_plural': 'problems of imports',
                'ordering': ['number', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='importbatch',
            name='library_import_status_dated',
        ),
        migrations.AddField(
            model_name='bib',
            name='form',
            field=models.CharField(choices=[('book', 'book'), ('serial', 'magazine or series'), ('score', 'score'), ('map', 'map'), ('video', 'film or picture'), ('audio', 'recording'), ('computer', 'computer file'), ('other', 'something else')], db_default='book', default='book', max_length=10, verbose_name='form'),
        ),
        migrations.AddField(
            model_name='bib',
            name='import_key',
            field=models.CharField(blank=True, editable=False, max_length=150, null=True, verbose_name='what makes the record one'),
        ),
        migrations.AddField(
            model_name='bib',
            name='other_titles',
            field=models.TextField(blank=True, db_default='', default='', help_text='In other scripts and other words, one in a line.', verbose_name='other titles'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='columns',
            field=models.JSONField(blank=True, default=list, editable=False, verbose_name='what its columns hold'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='copies',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='new copies'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='file',
            field=models.FileField(blank=True, editable=False, upload_to='library/imports'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='item_type',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='library.itemtype', verbose_name='item type of new copies'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='known',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='there already'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='location',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='library.location', verbose_name='where new copies stand'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='rejected',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='rejected'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='seen',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='records so far'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='titles',
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False, verbose_name='new titles'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='total',
            field=models.PositiveIntegerField(editable=False, null=True, verbose_name='records in the file'),
        ),
        migrations.AddField(
            model_name='importbatch',
            name='worked_at',
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last worked on'),
        ),
        migrations.AlterField(
            model_name='importbatch',
            name='status',
            field=models.CharField(choices=[('reading', 'being looked through'), ('staged', 'to be looked at'), ('applying', 'being read in'), ('applied', 'in the catalogue'), ('reverting', 'being taken back'), ('reverted', 'taken back')], default='reading', max_length=10, verbose_name='status'),
        ),
        migrations.AddConstraint(
            model_name='bib',
            constraint=models.UniqueConstraint(fields=('import_key',), name='library_bib_import_key_once'),
        ),
        migrations.AddConstraint(
            model_name='bib',
            constraint=models.CheckConstraint(condition=models.Q(('form__in', ['book', 'serial', 'score', 'map', 'video', 'audio', 'computer', 'other'])), name='library_bib_form_known'),
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('applied_at__isnull', True), ('reverted_at__isnull', True), ('status__in', ['reading', 'staged', 'applying'])), models.Q(('applied_at__isnull', False), ('reverted_at__isnull', True), ('status__in', ['applied', 'reverting'])), models.Q(('applied_at__isnull', False), ('reverted_at__isnull', False), ('status', 'reverted')), _connector='OR'), name='library_import_status_dated'),
        ),
        migrations.AddConstraint(
            model_name='importbatch',
            constraint=models.CheckConstraint(condition=models.Q(('seen', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('titles'), '+', models.F('known')), '+', models.F('rejected')))), name='library_import_counts_every_record'),
        ),
        migrations.AddField(
            model_name='importproblem',
            name='batch',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='library.importbatch', verbose_name='import'),
        ),
    ]
