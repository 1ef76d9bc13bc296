-- stage: signals
-- Indicator 1 alone has a professional (26) and a technical (TC) component; in a facility the
-- practitioner bills the professional one.
select
    l.line_id, cast(null as bigint) as other_line_id,
    case when f.pctc <> '1' then 'no components'
         when m.mtc then 'technical in facility'
         else 'whole in facility' end as outcome,
    f.pctc as detail, f.edition
from lines l
join modifier_sets m on m.mods = l.mods
join pfs f on f.code = l.code
left join places p on p.pos = l.pos and l.dos between p.first_day and p.last_day
where f.modifier = ''
  and l.dos between f.first_day and f.last_day
  and (((m.m26 or m.mtc) and f.pctc <> '1')
       or (f.pctc = '1' and p.facility and not m.m26))
