-- stage: days
-- The units of a code on a patient's day by one provider, over all lines and claims.
select r.patient, r.dos, r.rendering, r.code, m.units_allowed, m.mai, m.edition
from repeated r
join mue m on m.code = r.code
where m.mai in ('2', '3')
  and r.dos between m.first_day and m.last_day
  and r.units > m.units_allowed * r.days

-- stage: lines_over
-- Every line of such a day, and every single line that is over by itself.
select l.line_id, d.units_allowed, d.mai, d.edition
from lines l
join days d
  on d.patient = l.patient and d.dos = l.dos and d.rendering = l.rendering and d.code = l.code
union
select l.line_id, m.units_allowed, m.mai, m.edition
from lines l
join mue m on m.code = l.code
where m.mai in ('2', '3')
  and l.dos between m.first_day and m.last_day
  and l.units > m.units_allowed * l.days

-- stage: signals
select
    o.line_id,
    cast(null as bigint) as other_line_id,
    case when o.mai = '2' then 'absolute' else 'clinical' end as outcome,
    cast(o.units_allowed as varchar(40)) as detail,
    o.edition
from lines_over o
