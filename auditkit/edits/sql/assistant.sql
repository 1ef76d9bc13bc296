-- stage: signals
select
    l.line_id, cast(null as bigint) as other_line_id,
    case
        when m.assistant and f.assistant = '1' then 'assistant never'
        when m.assistant and f.assistant = '0' then 'assistant record'
        when m.assistant then 'assistant no concept'
        when m.m62 and f.cosurgeon = '1' then 'cosurgeon record'
        when m.m62 then 'cosurgeon never'
        when f.team = '1' then 'team record'
        else 'team never'
    end as outcome,
    cast(null as varchar(40)) as detail,
    f.edition
from lines l
join modifier_sets m on m.mods = l.mods
join pfs f on f.code = l.code
where f.modifier = ''
  and l.dos between f.first_day and f.last_day
  and ((m.assistant and f.assistant <> '2')
       or (m.m62 and f.cosurgeon <> '2')
       or (m.m66 and f.team <> '2'))
