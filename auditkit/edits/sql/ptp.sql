-- stage: pairs
-- Which of the two lines is column 1 of the edit, and which is column 2.
select
    case when m.lower_first then m.lower_line else m.higher_line end as column1_line,
    case when m.lower_first then m.higher_line else m.lower_line end as column2_line,
    case when m.lower_first then m.lower_mods else m.higher_mods end as column1_mods,
    case when m.lower_first then m.higher_mods else m.lower_mods end as column2_mods,
    m.dos,
    m.modifier_indicator,
    m.edition
from meetings m
where not m.same_code
  and m.modifier_indicator <> '9'

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
