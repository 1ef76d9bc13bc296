"""Shave removal: a lesion removed as treatment, coded by site group and its own diameter."""

from collections.abc import Iterator
from decimal import Decimal

from auditkit.coding.bands import banded_codes, code_for
from auditkit.coding.biopsy import is_biopsy
from auditkit.coding.chart import Chart, Draft, is_tag
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import in_words, site_group


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the shave removal codes with site group and band."""
    yield from banded_codes(rules.value("shave.bands"), "shave")


def derive(chart: Chart) -> None:
    """Support one code per lesion removed by shave; a shave for diagnosis is left to biopsies."""
    for procedure in chart.of_type("shave_removal"):
        if is_biopsy(procedure) or is_tag(chart, procedure):
            continue
        site = chart.site_of(procedure)
        group = site_group(site, "excision")
        lesion = chart.lesion_of(procedure)
        if group is None:
            chart.leave_open(
                ("shave",), "the site of a shave removal is not known or not understood"
            )
            continue
        if lesion is None or not lesion.abstracted("diameter_cm"):
            chart.leave_open(
                ("shave",), "the diameter of a lesion removed by shave was not abstracted"
            )
            continue
        size = lesion.diameter_cm
        table = chart.rules.value("shave.bands")
        rule = "SH-SIZE" if size is not None else "SH-NO-SIZE"
        text = (
            f"lesion of {size} cm, {in_words(group)}"
            if size is not None
            else f"no diameter, {in_words(group)}"
        )
        draft = Draft(
            code_for(table, group, size or Decimal(0)), "shave",
            lesions=chart.lesion_set(procedure), site=site,
            reasons=[chart.rules.reason(rule, text, "lesion.diameter_cm", "site")],
        )  # fmt: skip
        if size is None:
            draft.short_of = rule
        chart.support(draft)
