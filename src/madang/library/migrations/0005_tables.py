from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('library', '0004_imports'),
    ]

    operations = [
        migrations.AlterField(
            model_name='importproblem',
            name='reason',
            field=models.CharField(choices=[('cut', 'The record is cut off.'), ('leader', 'The record does not begin with a leader of 24 signs.'), ('directory', "The record's directory of fields cannot be read."), ('fields', "The record's fields are not those that its directory lists."), ('encoding', 'The text is neither UTF-8 nor MARC-8 nor CP949.'), ('xml', 'The XML is not well-formed.'), ('no_title', 'The record has no title.'), ('differs', 'The catalogue has this record already, with other words in it.'), ('columns', 'The row has more cells than the table has columns.'), ('wide', 'The table has more columns than are read.'), ('table', 'The table cannot be read from here on.'), ('lengths', 'Lengths were stated wrongly; read by the marks between fields.'), ('mixed', 'Several encodings are mixed in it.'), ('isbn', 'The check digit of the ISBN is wrong; kept as it is written.'), ('barcode', 'Another copy has this barcode or accession number.')], max_length=10, verbose_name='reason'),
        ),
    ]
