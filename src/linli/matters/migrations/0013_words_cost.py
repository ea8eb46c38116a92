from django.db import migrations


class Migration(migrations.Migration):
    """What taking a text apart costs, so that it is done last: after looking whose matter it is, not before."""

    dependencies = [("matters", "0012_words_counted")]

    operations = [
        migrations.RunSQL("alter function linli_bigrams(text) cost 3000", "alter function linli_bigrams(text) cost 100"),
    ]
