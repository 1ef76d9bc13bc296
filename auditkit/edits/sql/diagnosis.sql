-- stage: invalid
-- Diagnoses as billed that are no code of the edition, or only a heading in it.
select d.dx, s.first_day, s.last_day, s.edition,
       case when i.dx is null then 'not a code' else 'heading' end as outcome
from diagnosis_codes d
cross join icd10_spans s
left join icd10 i on i.dx = d.dx and i.edition = s.edition
where i.dx is null or not i.billable

-- stage: lists
select distinct p.dx_list, p.pointers, p.dx, i.first_day, i.last_day, i.edition, i.outcome
from pointed_diagnoses p
join invalid i on i.dx = p.dx

-- stage: signals
select l.line_id, cast(null as bigint) as other_line_id, x.outcome, x.dx as detail, x.edition
from lines l
join lists x on x.dx_list = l.dx_list and x.pointers = l.pointers
where l.dos between x.first_day and x.last_day
