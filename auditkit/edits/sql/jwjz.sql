-- stage: drugs
select l.line_id, l.patient, l.rendering, l.dos, l.code, m.jw, m.jz, c.often_multiple_dose
from lines l
join code_facts c on c.code = l.code
join modifier_sets m on m.mods = l.mods
where c.drug and l.medicare

-- stage: days
select
    patient, rendering, dos, code,
    max(case when jw then 1 else 0 end) as with_jw,
    max(case when jz then 1 else 0 end) as with_jz,
    max(case when jw then 0 else 1 end) as given
from drugs
group by patient, rendering, dos, code

-- stage: signals
select
    g.line_id,
    cast(null as bigint) as other_line_id,
    case
        when g.jw and g.jz then 'both'
        when g.jz and d.with_jw = 1 then 'contradiction'
        when g.jw and d.given = 0 then 'discarded alone'
        when g.jw and g.often_multiple_dose then 'multiple dose'
        else 'neither'
    end as outcome,
    cast(null as varchar(40)) as detail,
    cast(null as varchar(40)) as edition
from drugs g
join days d
  on d.patient = g.patient and d.rendering = g.rendering and d.dos = g.dos and d.code = g.code
where (g.jw and g.jz)
   or (g.jz and d.with_jw = 1)
   or (g.jw and d.given = 0)
   or (g.jw and g.often_multiple_dose)
   or (d.with_jw = 0 and d.with_jz = 0 and not g.often_multiple_dose
       and g.dos >= $required_from)
