"""Claims edits on the billed and on the agreed lines of one encounter, where editions answer."""

from typing import Any

from auditkit.coding.chart import Chart


def check_claim(entries: list[Any], chart: Chart) -> None:
    """Apply PTP, MUE and add-on edits to *entries*; nothing happens without editions."""
    if chart.editions is None:
        return
