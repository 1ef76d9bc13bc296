-- shared: repeated
-- A code billed more than once for a patient's day by one provider.
select patient, dos, rendering, code, sum(units) as units, max(days) as days
from lines
group by patient, dos, rendering, code
having count(*) > 1
