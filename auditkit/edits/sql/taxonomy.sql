-- stage: wrong
-- What NPPES says of a rendering provider on the date of service. A subset of the register does not
-- say that a provider is missing from it.
select
    l.line_id,
    case
        when n.npi is null and s.complete then 'unknown'
        when n.deactivated <= l.dos and (n.reactivated is null or n.reactivated > l.dos
                                         or n.reactivated < n.deactivated) then 'deactivated'
        when n.npi is not null and t.npi is null and l.taxonomy is not null then 'taxonomy'
    end as outcome,
    s.edition
from lines l
join nppes_spans s on l.dos between s.first_day and s.last_day
left join nppes n on n.npi = l.rendering and n.edition = s.edition
left join nppes_taxonomies t
  on t.npi = l.rendering and t.taxonomy = l.taxonomy and t.edition = s.edition

-- stage: signals
select w.line_id, cast(null as bigint) as other_line_id, w.outcome,
       cast(null as varchar(40)) as detail, w.edition
from wrong w
where w.outcome is not null
