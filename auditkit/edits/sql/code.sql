-- stage: billed
select distinct l.code, l.dos, l.medicare from lines l

-- stage: wrong
-- Codes that no edition of the day lists as in use, and codes that Medicare does not pay as billed.
select b.code, b.dos, b.medicare, 'not in use' as outcome, cast(null as varchar(40)) as detail,
       s.edition
from billed b
join code_spans s on b.dos between s.first_day and s.last_day
left join codes k on k.code = b.code and b.dos between k.first_day and k.last_day
where k.code is null
union all
select b.code, b.dos, b.medicare,
       case when f.status = 'I' then 'not for Medicare'
            when f.status in ('B', 'P') then 'bundled'
            else 'not covered' end as outcome,
       f.status as detail,
       f.edition
from billed b
join pfs f on f.code = b.code
where b.medicare
  and f.modifier = ''
  and b.dos between f.first_day and f.last_day
  and f.status in ('B', 'I', 'N', 'P')

-- stage: signals
select
    l.line_id, cast(null as bigint) as other_line_id, w.outcome, w.detail, w.edition
from lines l
join wrong w on w.code = l.code and w.dos = l.dos and w.medicare = l.medicare
