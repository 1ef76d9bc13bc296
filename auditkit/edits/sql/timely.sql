-- stage: signals
-- One calendar year from the date of service; for a span of days, from its last.
select
    l.line_id, cast(null as bigint) as other_line_id, 'late' as outcome,
    cast(null as varchar(40)) as detail, cast(null as varchar(40)) as edition
from lines l
where l.medicare
  and l.received > cast(l.dos_to + interval '1' year as date)
