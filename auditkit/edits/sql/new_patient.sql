-- stage: new_visits
select l.line_id, l.patient, l.rendering, l.party, l.dos
from lines l
join code_facts c on c.code = l.code
where c.new_patient

-- stage: seen
-- Services face to face by the same provider, or the same specialty of the group, within the three
-- years before. Reading a specimen or an image is not face to face.
select
    n.line_id, p.line_id as earlier_line,
    row_number() over (
        partition by n.line_id order by p.dos desc, p.claim_id, p.line
    ) as place
from new_visits n
join lines p on p.patient = n.patient
join code_facts f on f.code = p.code
join modifier_sets m on m.mods = p.mods
where p.dos < n.dos
  and p.dos >= cast(n.dos - interval '3' year as date)
  and f.face_to_face
  and not m.m26
  and (p.rendering = n.rendering or p.party = n.party)

-- stage: signals
select s.line_id, s.earlier_line as other_line_id, 'seen before' as outcome,
       cast(null as varchar(40)) as detail, cast(null as varchar(40)) as edition
from seen s
where s.place = 1
