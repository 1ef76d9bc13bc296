-- stage: candidates
select r.patient, r.dos, r.rendering, r.code, l.line_id, l.claim_id, l.line, l.unpaid,
       m.canonical, m.distinguishing
from repeated r
join lines l
  on l.patient = r.patient and l.dos = r.dos and l.rendering = r.rendering and l.code = r.code
join modifier_sets m on m.mods = l.mods

-- stage: signals
-- The later line repeats the earlier one: the same modifiers, none of which says that it is
-- another site, session or repeat. Replaced and voided claims are no longer among the lines.
select
    b.line_id,
    a.line_id as other_line_id,
    case
        when a.claim_id = b.claim_id then 'same claim'
        when a.unpaid or b.unpaid then 'unpaid'
        else 'other claim'
    end as outcome,
    cast(null as varchar(40)) as detail,
    cast(null as varchar(40)) as edition
from candidates a
join candidates b
  on b.patient = a.patient and b.dos = a.dos and b.rendering = a.rendering and b.code = a.code
where (a.claim_id < b.claim_id or (a.claim_id = b.claim_id and a.line < b.line))
  and a.canonical = b.canonical
  and not a.distinguishing
