-- stage: high
-- Lines above the least value that their code has had; few are.
select l.line_id, l.code, l.dos, l.units, l.days
from lines l
join (select code, min(units_allowed) as least from mue group by code) f on f.code = l.code
where l.units > f.least

-- stage: signals
-- Indicator 1 is applied to each line; a line over several days may hold the value for each.
select
    h.line_id,
    cast(null as bigint) as other_line_id,
    'over' as outcome,
    cast(m.units_allowed as varchar(40)) as detail,
    m.edition
from high h
join mue m on m.code = h.code
where m.mai = '1'
  and h.dos between m.first_day and m.last_day
  and h.units > m.units_allowed * h.days
