"""The log of looks is written in the database: one function makes a line and chains it, and nobody inserts beside it.

So a function that gives a protected value out (``people``) can write the line itself, in the statement that gives the value. What is
hashed is told in ``readlog._hash``, which checks it in Python: two writings of one rule, held together by a test.
"""

from django.db import migrations

FORWARD = """
create function linli_look(by_ bigint, subject_ text, fields_ text, purpose_ text, note_ text, path_ ltree, at_ timestamptz)
returns setof access_readlog language plpgsql security definer set search_path = public, pg_temp as $$
declare
    before bytea;
    told text;
begin
    perform pg_advisory_xact_lock(1280266059);  -- one chain, so one writer at a time: held until the transaction ends
    select hash into before from access_readlog order by id desc limit 1;
    before := coalesce(before, decode(repeat('00', 32), 'hex'));
    told := '["' || to_char(at_ at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US') || '+00:00",' || by_
        || ',' || to_json(subject_) || ',' || to_json(fields_) || ',' || to_json(purpose_) || ',' || to_json(note_)
        || ',' || to_json(path_::text) || ']';
    return query insert into access_readlog (at, by_id, subject, fields, purpose, note, path, prev, hash)
        values (at_, by_, subject_, fields_, purpose_, note_, path_, before, sha256(before || convert_to(told, 'UTF8')))
        returning *;
end $$;
"""
BACKWARD = "drop function linli_look(bigint, text, text, text, text, ltree, timestamptz);"


class Migration(migrations.Migration):
    dependencies = [("access", "0003_api_keys")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
