-- shared: repeated
-- A code billed on more than one line for a patient's day by one provider.
select patient, dos, rendering, code
from lines
group by patient, dos, rendering, code
having count(*) > 1
