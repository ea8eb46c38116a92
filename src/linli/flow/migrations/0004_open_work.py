"""Of all work ever some hundredths are open, and what pages ask about work by place, deadline and lateness they ask of these: their indexes
are as small. The index over the places of all work goes: nothing asks for ended work that way, matters have one of their own."""

from django.db import migrations, models
from django.db.models import Q

import linli.places.ltree


class Migration(migrations.Migration):
    dependencies = [("flow", "0003_todo_answer"), ("bodies", "0001_initial"), ("charter", "0002_guards"), ("places", "0002_guards")]
    operations = [
        migrations.AddIndex("flow", models.Index(fields=["due_at", "id"], name="flow_due_open", condition=Q(end=""))),
        migrations.AddIndex("flow", models.Index(fields=["due_at"], name="flow_overdue", condition=Q(end="", overdue=True))),
        migrations.AddIndex("flow", models.Index(fields=["wake_at"], name="flow_suspended", condition=Q(suspended=True))),
        migrations.AddIndex("flow", linli.places.ltree.PathIndex(fields=["path"], name="flow_path_open", condition=Q(end=""))),
        migrations.RemoveIndex("flow", "flow_path"),
    ]
