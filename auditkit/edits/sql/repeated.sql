-- shared: repeated
-- A code billed on more than one line for a patient's day by one provider.
select distinct m.patient, m.dos, m.rendering, m.lower_code as code
from meetings m
where m.same_code and m.same_provider
