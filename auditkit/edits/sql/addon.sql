-- stage: billed
-- Add-on codes as billed; type 1 has a closed list of primary codes, type 3 an open one, and for
-- type 2 the contractor defines them.
select distinct l.line_id, l.patient, l.dos, l.rendering, l.party, l.code, a.type, a.edition
from lines l
join addon_codes a on a.code = l.code
where l.dos between a.first_day and a.last_day

-- stage: supported (joins as written)
-- Add-on lines whose primary the same party billed for the day, on this claim or another; for
-- type 2 any other code of the day that is no add-on will do.
select distinct b.line_id
from billed b
join lines p on p.patient = b.patient and p.dos = b.dos
join addon a on a.code = b.code and a.primary_code = p.code
where b.dos between a.first_day and a.last_day
  and (p.rendering = b.rendering or p.party = b.party)
union
select distinct b.line_id
from billed b
join lines p on p.patient = b.patient and p.dos = b.dos
left join addon_codes x on x.code = p.code
where b.type = '2'
  and x.code is null
  and (p.rendering = b.rendering or p.party = b.party)

-- stage: signals
select
    b.line_id,
    cast(null as bigint) as other_line_id,
    case b.type when '1' then 'no primary' when '2' then 'alone' else 'unlisted' end as outcome,
    cast(null as varchar(40)) as detail,
    b.edition
from billed b
left join supported s on s.line_id = b.line_id
where s.line_id is null
