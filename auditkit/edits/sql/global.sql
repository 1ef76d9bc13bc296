-- stage: surgeries
-- Procedures and the days of their package: the day alone (000), ten days after it (010), or the
-- day before and ninety days after (090). Assistants, those who took over only the care before or
-- after, and a return to the operating room (78) bring no package of their own.
select
    l.line_id, l.patient, l.rendering, l.party, l.claim_id, l.line, l.dos, f.global_days,
    cast(case when f.global_days = '090' then l.dos - interval '1' day else l.dos end as date)
        as first_day,
    cast(case when f.global_days = '090' then l.dos + interval '90' day
              when f.global_days = '010' then l.dos + interval '10' day
              else l.dos end as date) as last_day,
    f.edition
from lines l
join pfs f on f.code = l.code
join modifier_sets m on m.mods = l.mods
where f.modifier = ''
  and f.global_days in ('000', '010', '090')
  and l.dos between f.first_day and f.last_day
  and not m.no_period

-- stage: within
-- Visits and later procedures of the same party inside such a period, unless a modifier says that
-- they are not part of it: 24 (unrelated visit afterwards), 25 (separate visit on the day), 57
-- (decision for major surgery, the day or the day before), 58, 78 or 79 (later procedure).
select
    l.line_id, s.line_id as surgery_line, s.claim_id, s.line, s.dos as surgery_dos,
    s.global_days, s.edition,
    case
        when not c.visit then 'procedure'
        when l.dos > s.dos then 'visit after'
        when s.global_days = '090' then 'decision'
        else 'same day'
    end as outcome
from surgeries s
join lines l on l.patient = s.patient
join code_facts c on c.code = l.code
join modifier_sets m on m.mods = l.mods
where l.dos between s.first_day and s.last_day
  and l.line_id <> s.line_id
  and (l.rendering = s.rendering or l.party = s.party)
  and ((c.visit and l.dos > s.dos and not m.m24)
       or (c.visit and l.dos = s.dos and not m.m25 and not (s.global_days = '090' and m.m57))
       or (c.visit and l.dos < s.dos and not m.m57 and not m.m24)
       or (c.global_procedure and not c.visit and l.dos > s.dos and not m.postoperative))

-- stage: latest
-- Of several surgeries the latest is named.
select
    w.*,
    row_number() over (
        partition by w.line_id order by w.surgery_dos desc, w.global_days desc, w.claim_id, w.line
    ) as place
from within w

-- stage: signals
select
    l.line_id,
    l.surgery_line as other_line_id,
    l.outcome,
    case l.global_days when '000' then '0' when '010' then '10' else '90' end as detail,
    l.edition
from latest l
where l.place = 1
