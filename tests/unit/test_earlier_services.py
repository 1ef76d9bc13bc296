"""Earlier services than the store's first edition."""

from datetime import date

from auditkit.errors import EditionError
from auditkit.pricing.editions import EditionFees


class NothingYet:
    """A store whose editions begin later."""

    def schedule(self, code, dos, modifier="", *, qpp=False):
        """No edition covers the date."""
        raise EditionError("no edition covers the date")


def test_an_earlier_service_keeps_its_global_period():
    """Without an edition for an earlier day, the bundled list says that excisions have ten days."""
    fees = EditionFees(NothingYet())

    assert "010" == fees.global_days("11602", date(2023, 11, 27))
    assert fees.global_days("00000", date(2023, 11, 27)) is None
