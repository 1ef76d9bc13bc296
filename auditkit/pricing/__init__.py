"""What lines are worth: by the claim, the practice's payers, fee editions or the bundled list.

`fees` says what a source of prices answers; `practice`, `editions` and `bundled` are such sources;
`prices` prices the lines of one encounter.
"""

from auditkit.pricing.bundled import bundled_fees
from auditkit.pricing.fees import Fee, Fees
from auditkit.pricing.prices import CENT, Pricing, cents

__all__ = ["CENT", "Fee", "Fees", "Pricing", "bundled_fees", "cents"]
