-- stage: days
-- The units of a code that stands on several lines of a patient's day by one provider, over all
-- claims; a line over several days may hold the value for each.
select l.patient, l.dos, l.rendering, l.code, sum(l.units) as units, max(l.days) as days
from repeated r
join lines l
  on l.patient = r.patient and l.dos = r.dos and l.rendering = r.rendering and l.code = r.code
group by l.patient, l.dos, l.rendering, l.code

-- stage: high
-- Lines above the least value that their code has had; few are.
select l.line_id, l.code, l.dos, l.units, l.days
from lines l
join (select code, min(units_allowed) as least from mue group by code) f on f.code = l.code
where l.units > f.least

-- stage: lines_over
-- Every line of a day that is over, and every line that is over by itself.
select l.line_id, m.units_allowed, m.mai, m.edition
from days d
join mue m on m.code = d.code
join lines l
  on l.patient = d.patient and l.dos = d.dos and l.rendering = d.rendering and l.code = d.code
where m.mai in ('2', '3')
  and d.dos between m.first_day and m.last_day
  and d.units > m.units_allowed * d.days
union
select h.line_id, m.units_allowed, m.mai, m.edition
from high h
join mue m on m.code = h.code
where m.mai in ('2', '3')
  and h.dos between m.first_day and m.last_day
  and h.units > m.units_allowed * h.days

-- stage: signals
select
    o.line_id,
    cast(null as bigint) as other_line_id,
    case when o.mai = '2' then 'absolute' else 'clinical' end as outcome,
    cast(o.units_allowed as varchar(40)) as detail,
    o.edition
from lines_over o
