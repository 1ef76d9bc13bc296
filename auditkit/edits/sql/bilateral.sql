-- stage: signals
select
    l.line_id, cast(null as bigint) as other_line_id,
    case when f.bilateral in ('0', '2', '9') then 'not bilateral' else 'units' end as outcome,
    f.bilateral as detail, f.edition
from lines l
join modifier_sets m on m.mods = l.mods
join pfs f on f.code = l.code
where m.m50
  and f.modifier = ''
  and l.dos between f.first_day and f.last_day
  and (f.bilateral in ('0', '2', '9') or l.units > 1)
