-- shared: meetings (joins as written)
-- Two lines of a patient's day, by one provider or by one specialty of a group, whose codes are an
-- edit in force or the same. The codes of an edit are in order, so that its lines meet only once.
select
    a.line_id as lower_line,
    b.line_id as higher_line,
    a.mods as lower_mods,
    b.mods as higher_mods,
    a.patient,
    a.dos,
    a.rendering,
    a.code as lower_code,
    e.lower_first is null as same_code,
    a.rendering = b.rendering as same_provider,
    e.lower_first,
    e.modifier_indicator,
    e.edition
from lines a
join lines b on b.patient = a.patient and b.dos = a.dos
join (
    select lower_code, higher_code, lower_first, modifier_indicator, edition, first_day, last_day
    from ptp
    union all
    select code as lower_code, code as higher_code, cast(null as boolean) as lower_first,
           cast(null as varchar(1)) as modifier_indicator, cast(null as varchar(40)) as edition,
           cast('0001-01-01' as date) as first_day, cast('9999-12-31' as date) as last_day
    from code_facts
) e on e.lower_code = a.code and e.higher_code = b.code
where a.code <= b.code
  and a.line_id <> b.line_id
  and (a.rendering = b.rendering or a.party = b.party)
  and a.dos between e.first_day and e.last_day
