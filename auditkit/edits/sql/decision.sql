-- stage: visits
-- Visits billed as the decision for surgery.
select l.line_id, l.patient, l.rendering, l.party, l.dos
from lines l
join code_facts c on c.code = l.code
join modifier_sets m on m.mods = l.mods
where c.visit and m.m57

-- stage: surgeries
-- What the same party did on that day or the next.
select
    v.line_id,
    max(case when f.global_days = '090' then 1 else 0 end) as major,
    max(case when f.global_days in ('000', '010') and l.dos = v.dos then 1 else 0 end) as minor,
    max(f.edition) as edition
from visits v
join lines l on l.patient = v.patient
join pfs f on f.code = l.code
where f.modifier = ''
  and l.dos between f.first_day and f.last_day
  and l.dos between v.dos and cast(v.dos + interval '1' day as date)
  and (l.rendering = v.rendering or l.party = v.party)
group by v.line_id

-- stage: signals
select
    s.line_id,
    cast(null as bigint) as other_line_id,
    case when s.minor = 1 then 'minor' else 'none' end as outcome,
    cast(null as varchar(40)) as detail,
    s.edition
from surgeries s
where s.major = 0
