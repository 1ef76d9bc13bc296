-- stage: wrong
-- What a modifier set says by itself, and together with the code that it stands on.
select
    l.line_id,
    case
        when m.malformed then 'malformed'
        when l.dos < m.first_day or l.dos > m.last_day then 'not in use'
        when m.repeated then 'repeated'
        when m.m59 and m.subset59 then '59 and X'
        when m.m26 and m.mtc then '26 and TC'
        when m.left_side and m.right_side then 'both sides'
        when m.visit_only and c.global_procedure then 'visit modifier'
        when m.procedure_only and c.visit then 'procedure modifier'
        when m.m51 and c.add_on then '51 on add-on'
    end as outcome,
    m.named as detail
from lines l
join modifier_sets m on m.mods = l.mods
join code_facts c on c.code = l.code
where m.mods <> ''

-- stage: signals
select
    w.line_id, cast(null as bigint) as other_line_id, w.outcome, w.detail,
    cast(null as varchar(40)) as edition
from wrong w
where w.outcome is not null
