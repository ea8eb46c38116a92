"""What no code path may do by accident, said to the database; and the index for words of two Chinese characters.

The reporter's row is written once. It goes only in a transaction that says it erases (a person's lawful request, or the end of the
keeping time: ``set local linli.reporter_act = 'erase'``), and changes only by being sealed anew under another key.
"""

from django.db import migrations

FORWARD = """
create or replace function linli_bigrams(said text) returns text[]
language sql immutable strict parallel safe as $$
    select coalesce(array_agg(distinct sign || following), '{}')
    from (
        select sign, lead(sign) over (order by place) as following
        from regexp_split_to_table(regexp_replace(lower(said), '\\s+', '', 'g'), '') with ordinality as signs(sign, place)
    ) as pairs
    where following is not null
$$;

create index matter_words on matters_matter
    using gin (linli_bigrams((number || ' ' || title || ' ' || text || ' ' || address)));

create or replace function linli_resealed(before bytea, after bytea) returns boolean
language sql immutable parallel safe as $$
    -- bytes 2 to 5 name the key: the same value, or a value under another key
    select before is not distinct from after
        or (before is not null and after is not null and substring(before from 2 for 4) <> substring(after from 2 for 4))
$$;

create or replace function linli_reporter_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('linli.reporter_act', true) = 'erase' then return old; end if;
    if tg_op = 'UPDATE' and new.matter_id = old.matter_id and new.withheld = old.withheld
        and linli_resealed(old.name_sealed, new.name_sealed) and linli_resealed(old.phone_sealed, new.phone_sealed)
    then return new; end if;
    raise exception 'a reporter is erased or sealed anew, never changed' using errcode = 'integrity_constraint_violation';
end $$;
create trigger reporter_guard before update or delete on matters_reporter
    for each row execute function linli_reporter_guard();

create or replace function linli_word_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('linli.reporter_act', true) = 'erase' then return old; end if;
    raise exception 'what was said stays said' using errcode = 'integrity_constraint_violation';
end $$;
create trigger word_guard before update or delete on matters_word
    for each row execute function linli_word_guard();

create or replace function linli_matter_guard() returns trigger language plpgsql as $$
begin
    if (new.number, new.request_id, new.follow_digest, new.flow_id, new.raised_at, new.channel)
        is distinct from (old.number, old.request_id, old.follow_digest, old.flow_id, old.raised_at, old.channel)
    then raise exception 'number, request, code, work, time and channel of a matter never change'
        using errcode = 'integrity_constraint_violation';
    end if;
    return new;
end $$;
create trigger matter_guard before update on matters_matter
    for each row execute function linli_matter_guard();

-- what the history says of answer and rating, whoever took the step: a page, a job, or the clock when nobody rated in time
create or replace function linli_matter_follows() returns trigger language plpgsql as $$
begin
    if new.outcome = 'answered' then
        update matters_matter set answer = coalesce(new.texts ->> 'answer', ''),
            answered_at = case when coalesce(new.texts ->> 'answer', '') <> '' then new.at end
        where flow_id = new.flow_id;
    else
        update matters_matter set rating = new.outcome where flow_id = new.flow_id;
    end if;
    return null;
end $$;
create trigger matter_follows after insert on flow_event
    for each row when (new.kind = 'taken' and new.outcome in ('answered', 'satisfied', 'dissatisfied', 'silent'))
    execute function linli_matter_follows();
"""

BACKWARD = """
drop trigger matter_follows on flow_event;
drop function linli_matter_follows();
drop trigger matter_guard on matters_matter;
drop trigger word_guard on matters_word;
drop trigger reporter_guard on matters_reporter;
drop function linli_matter_guard();
drop function linli_word_guard();
drop function linli_reporter_guard();
drop function linli_resealed(bytea, bytea);
drop index matter_words;
drop function linli_bigrams(text);
"""


class Migration(migrations.Migration):
    dependencies = [("matters", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
