-- stage: pairs
-- Two lines of a patient's day whose codes are column 1 and column 2 of an edit in force.
select
    a.line_id as column1_line,
    b.line_id as column2_line,
    a.mods as column1_mods,
    b.mods as column2_mods,
    a.dos,
    e.modifier_indicator,
    e.edition
from lines a
join lines b on b.patient = a.patient and b.dos = a.dos
join ptp e on e.column1 = a.code and e.column2 = b.code
where a.line_id <> b.line_id
  and (a.rendering = b.rendering or a.party = b.party)
  and a.dos between e.first_day and e.last_day
  and e.modifier_indicator <> '9'

-- stage: signals
-- Indicator 0: no modifier separates them. Indicator 1: a modifier of the NCCI list does, on
-- column 2, and from $either_column_from on either of them.
select
    p.column2_line as line_id,
    p.column1_line as other_line_id,
    case when p.modifier_indicator = '0' then 'never' else 'modifier' end as outcome,
    cast(null as varchar(40)) as detail,
    p.edition
from pairs p
join modifier_sets m1 on m1.mods = p.column1_mods
join modifier_sets m2 on m2.mods = p.column2_mods
where p.modifier_indicator = '0'
   or not (p.dos >= m2.ncci_from
           or (p.dos >= m1.ncci_from and p.dos >= $either_column_from))
