-- stage: here
-- Notes that stand at, or above, a diagnosis as billed.
select d.dx, e.note, e.edition, e.first_day, e.last_day
from diagnosis_codes d
join excludes1 e on d.dx >= e.low and d.dx <= e.high

-- stage: excluded
select d.dx, e.note
from diagnosis_codes d
join excludes1 e on d.dx >= e.excluded_low and d.dx <= e.excluded_high

-- stage: lists
select distinct a.dx_list, a.dx, b.dx as other_dx, h.edition, h.first_day, h.last_day
from claim_diagnoses a
join here h on h.dx = a.dx
join excluded x on x.note = h.note
join claim_diagnoses b on b.dx_list = a.dx_list and b.dx = x.dx
where a.dx <> b.dx

-- stage: hits
select l.line_id, l.claim_id, l.line, x.dx, x.other_dx, x.edition
from lines l
join lists x on x.dx_list = l.dx_list
where l.dos between x.first_day and x.last_day

-- stage: firsts
-- The note concerns the whole claim: its first line carries the signal.
select h.claim_id, min(h.line) as line
from hits h
group by h.claim_id

-- stage: signals
select
    h.line_id, cast(null as bigint) as other_line_id, 'both' as outcome,
    h.dx || ' and ' || h.other_dx as detail, h.edition
from hits h
join firsts f on f.claim_id = h.claim_id and f.line = h.line
