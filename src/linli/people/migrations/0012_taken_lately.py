"""Those whose people were entered elsewhere are told of it for a week: found by an index of these lines alone, in one question."""

from django.db import migrations, models

# Lines of the places given, by somebody else, not taken back: no name, and nothing of where they live now.
TAKEN = """
create function linli_people_taken(paths ltree[], lately timestamptz, reader bigint, most integer)
returns table (household bigint, dwelling bigint, who text, at timestamptz, people bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select h.id, h.dwelling_id, coalesce(u.name, ''), c.at, (select count(*) from people_touched t where t.change_id = c.id)
      from people_change c join people_household h on h.id = c.household_id left join access_user u on u.id = c.by_id
     where c.act = 'people.taken' and c.at >= lately and c.path <@ any(paths) and c.by_id is distinct from reader
       and not exists (select from people_change x where x.undoes_id = c.id)
     order by c.at desc limit most
$$;
"""
BACK = "drop function linli_people_taken(ltree[], timestamptz, bigint, integer);"


class Migration(migrations.Migration):
    dependencies = [("people", "0011_takeouts_withdrawn")]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(condition=models.Q(("act", "people.taken")), fields=["at"], name="change_taken"),
        ),
        migrations.RunSQL(TAKEN, BACK),
    ]
