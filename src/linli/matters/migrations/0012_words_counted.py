"""How frequent pairs of signs are is counted for more of them: whether a word is looked up in the index or the list gone through in its
order hangs on it, and with the usual hundred the rarer words of a large place were all taken for equally rare."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("matters", "0011_disputes")]
    operations = [
        migrations.RunSQL(
            "alter index matter_words alter column 1 set statistics 1000; analyze matters_matter",
            "alter index matter_words alter column 1 set statistics -1",
        )
    ]
