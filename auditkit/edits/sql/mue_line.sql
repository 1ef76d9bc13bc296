-- stage: signals
-- Indicator 1 is applied to each line; a line over several days may hold the value for each.
select
    l.line_id,
    cast(null as bigint) as other_line_id,
    'over' as outcome,
    cast(m.units_allowed as varchar(40)) as detail,
    m.edition
from lines l
join mue m on m.code = l.code
where m.mai = '1'
  and l.dos between m.first_day and m.last_day
  and l.units > m.units_allowed * l.days
