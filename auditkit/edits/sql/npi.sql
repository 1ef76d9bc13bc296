-- stage: signals
select l.line_id, cast(null as bigint) as other_line_id, 'rendering' as outcome,
       cast(null as varchar(40)) as detail, cast(null as varchar(40)) as edition
from lines l
join npi_facts n on n.npi = l.rendering
where not n.valid
union all
select l.line_id, cast(null as bigint) as other_line_id, 'billing' as outcome,
       cast(null as varchar(40)) as detail, cast(null as varchar(40)) as edition
from lines l
join npi_facts n on n.npi = l.billing
where not n.valid
