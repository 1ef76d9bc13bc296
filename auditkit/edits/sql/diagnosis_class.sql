-- stage: billed
select distinct c.class, c.relation, c.severity, l.code, l.dx_list, l.pointers
from lines l
join class_codes c on c.code = l.code

-- stage: matched
-- The first diagnosis that a line points to carries it.
select b.code, b.dx_list, b.pointers, b.class, b.relation, b.severity, p.dx, d.class as listed
from billed b
join pointed_diagnoses p
  on p.dx_list = b.dx_list and p.pointers = b.pointers and p.position = 1
left join class_diagnoses d on d.class = b.class and d.dx = p.dx

-- stage: wrong
select m.*
from matched m
where (m.relation = 'only' and m.listed is null)
   or (m.relation = 'never' and m.listed is not null)

-- stage: signals
select l.line_id, cast(null as bigint) as other_line_id, w.severity as outcome, w.dx as detail,
       cast(null as varchar(40)) as edition
from lines l
join wrong w on w.code = l.code and w.dx_list = l.dx_list and w.pointers = l.pointers
