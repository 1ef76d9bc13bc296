-- stage: billed
select distinct l.code, l.dx_list, l.pointers, c.article, c.version, c.first_day, c.last_day,
       c.edition
from lines l
join coverage_codes c on c.code = l.code
where l.medicare
  and l.dos between c.first_day and c.last_day

-- stage: found
-- The pointed diagnoses in the groups that the article links to the code, and in those whose link
-- its text leaves unclear.
select
    b.code, b.dx_list, b.pointers, b.article, b.version, b.first_day, b.last_day, b.edition,
    max(case when g.covered and g.basis <> 'unclear' and d.dx is not null then 1 else 0 end)
        as listed,
    max(case when not g.covered and d.dx is not null then 1 else 0 end) as excluded,
    max(case when g.covered and g.basis = 'unclear' then 1 else 0 end) as unclear,
    max(case when g.covered then 1 else 0 end) as has_list
from billed b
join coverage_groups g on g.article = b.article and g.version = b.version and g.code = b.code
join pointed_diagnoses p on p.dx_list = b.dx_list and p.pointers = b.pointers
left join coverage_diagnoses d
  on d.article = g.article and d.version = g.version and d.diagnosis_group = g.diagnosis_group
 and d.covered = g.covered and d.dx = p.dx
group by b.code, b.dx_list, b.pointers, b.article, b.version, b.first_day, b.last_day, b.edition

-- stage: signals
select
    l.line_id,
    cast(null as bigint) as other_line_id,
    case when f.excluded = 1 then 'excluded' when f.unclear = 1 then 'unclear' else 'not listed' end
        as outcome,
    f.article as detail,
    f.edition
from lines l
join found f on f.code = l.code and f.dx_list = l.dx_list and f.pointers = l.pointers
where l.medicare
  and l.dos between f.first_day and f.last_day
  and (f.excluded = 1 or (f.listed = 0 and f.has_list = 1))
