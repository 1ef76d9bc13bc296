-- stage: mixed
-- A provider's day with a patient both in a facility and outside one.
select distinct a.line_id
from lines a
join places p on p.pos = a.pos and a.dos between p.first_day and p.last_day
join lines b on b.patient = a.patient and b.dos = a.dos and b.rendering = a.rendering
join places q on q.pos = b.pos and b.dos between q.first_day and q.last_day
where p.facility and not q.facility

-- stage: wrong
select l.line_id, l.pos, cast(null as varchar(40)) as edition, 'not in use' as outcome
from lines l
left join places p on p.pos = l.pos and l.dos between p.first_day and p.last_day
where p.pos is null
union all
select l.line_id, l.pos, cast(null as varchar(40)) as edition, 'visit elsewhere' as outcome
from lines l
join code_facts c on c.code = l.code
left join expected_places e on e.visit_kind = c.visit_kind and e.pos = l.pos
where c.visit_kind is not null and e.pos is null
union all
select l.line_id, l.pos, f.edition, 'not done there' as outcome
from lines l
join pfs f on f.code = l.code
join places p on p.pos = l.pos and l.dos between p.first_day and p.last_day
where f.modifier = ''
  and l.dos between f.first_day and f.last_day
  and f.nonfacility_na = 'NA'
  and f.status in ('A', 'R', 'T')
  and f.global_days in ('000', '010', '090')
  and not p.facility
union all
select m.line_id, cast(null as varchar(40)) as pos, cast(null as varchar(40)) as edition,
       'two places' as outcome
from mixed m

-- stage: signals
select w.line_id, cast(null as bigint) as other_line_id, w.outcome, w.pos as detail, w.edition
from wrong w
