"""Biopsies of the skin: a primary by the highest technique, add-ons, sites with own codes."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from auditkit.coding.chart import Chart, Draft
from auditkit.coding.pack import CodeInfo, RulesOn
from auditkit.coding.sites import Site, joint
from auditkit.documentation.elements import Procedure
from auditkit.model import Verdict

#: What takes in a biopsy of the same lesion in the same session.
DEFINITIVE = ("excision", "destruction", "shave_removal", "mohs", "tissue_transfer")


def codes(rules: RulesOn) -> Iterator[CodeInfo]:
    """Yield the biopsy codes in force, with technique, role or site."""
    if not rules.has("biopsy.techniques"):
        return
    for row in rules.value("biopsy.techniques"):
        for role in ("primary", "addon"):
            facets = {"technique": row["technique"], "role": role}
            yield CodeInfo(row[role], "biopsy", facets)
    for row in rules.value("biopsy.sites"):
        for role in ("code", "addon"):
            if role in row:
                yield CodeInfo(row[role], "site_biopsy", {"site": row["regions"][0]})


def derive(chart: Chart) -> None:
    """Support one biopsy per lesion; refuse those taken in by treatment of the same lesion."""
    found = [p for p in chart.procedures if is_biopsy(p)]
    if not found or not chart.rules.has("biopsy.techniques"):
        return
    by_technique: dict[str, list[tuple[frozenset[str], Site, int]]] = defaultdict(list)
    by_site: dict[int, list[tuple[frozenset[str], Site, int]]] = defaultdict(list)
    seen: set[frozenset[str]] = set()
    for procedure in found:
        lesions = chart.lesion_set(procedure)
        if lesions in seen:
            continue
        seen.add(lesions)
        if techniques_of(lesions, found, chart) > 1:
            chart.leave_open(("biopsy", "site_biopsy"), "one lesion is biopsied by two techniques")
            continue
        treated = treated_lesions(chart, procedure.session)
        if lesions <= treated and not precedes_mohs(chart, lesions):
            chart.refuse(
                "BX-INCLUDED", "The lesion biopsied was also treated in the same session.",
                kinds=("biopsy", "site_biopsy"), lesions=lesions,
                verdict=Verdict.NOT_SEPARATELY_REPORTABLE,
            )  # fmt: skip
            continue
        site = chart.site_of(procedure)
        count = lesions_biopsied(procedure)
        row = site_row(site, chart.rules)
        if row is not None:
            by_site[row].append((lesions, site, count))
        elif (technique := technique_of(procedure, chart)) is not None:
            by_technique[technique].append((lesions, site, count))
    support_techniques(chart, by_technique)
    support_sites(chart, by_site)
    tell_from_mohs(chart)


def techniques_of(lesions: frozenset[str], found: list[Procedure], chart: Chart) -> int:
    """Return how many techniques the record names for the biopsies of the same lesions."""
    same = [p for p in found if chart.lesion_set(p) == lesions]
    return len({p.technique.lower() for p in same if p.technique})


def is_biopsy(procedure: Procedure) -> bool:
    """Return whether *procedure* samples a lesion: a biopsy, or a shave for diagnosis."""
    return procedure.type == "biopsy" or (
        procedure.type == "shave_removal" and procedure.intent == "diagnostic"
    )


def treated_lesions(chart: Chart, session: str | None) -> set[str]:
    """Return the lesions removed, destroyed or treated by Mohs surgery in *session*.

    A procedure without a session of its own is of the same session.
    """
    ids: set[str] = set()
    for procedure in chart.of_type(*DEFINITIVE):
        same = session is None or procedure.session in (None, session)
        if same and not is_biopsy(procedure):
            ids.update(procedure.lesion_ids)
    return ids


def precedes_mohs(chart: Chart, lesions: frozenset[str]) -> bool:
    """Return whether the biopsy is the first pathology of a lesion that Mohs surgery then treats.

    NCCI Policy Manual, Ch. III: without a diagnostic pathology before the day, the biopsy that
    decides for Mohs surgery is separately reportable.
    """
    stages = [p for p in chart.of_type("mohs") if lesions & set(p.lesion_ids)]
    if not stages:
        return False
    known = [chart.lesions[i] for i in lesions if i in chart.lesions]
    return all(x.abstracted("prior_path_date") and x.prior_path_date is None for x in known)


def tell_from_mohs(chart: Chart) -> None:
    """Ask for 59 on a biopsy of the tumour that Mohs surgery of the day then treats."""
    tumours = {i for p in chart.of_type("mohs") for i in p.lesion_ids}
    for draft in chart.drafts:
        if draft.kind in ("biopsy", "site_biopsy") and draft.lesions & tumours:
            draft.required["59"] = "PTP-1"


def lesions_biopsied(procedure: Procedure) -> int:
    """Return how many lesions a biopsy entry counts: its lesions, or the number stated."""
    if procedure.lesion_ids:
        return len(procedure.lesion_ids)
    return procedure.lesions_treated or 1


def site_row(site: Site, rules: RulesOn) -> int | None:
    """Return the row of the table of particular sites that *site* falls in, or None."""
    for i, row in enumerate(rules.value("biopsy.sites")):
        if not set(row["regions"]).isdisjoint(site.regions):
            return i
    return None


def technique_of(procedure: Procedure, chart: Chart) -> str | None:
    """Return the technique in the pack's words; the lowest ranking one when none is documented."""
    rows = chart.rules.value("biopsy.techniques")
    if len(rows) == 1:
        return str(rows[0]["technique"])
    words = chart.rules.value("biopsy.technique_words")
    text = procedure.technique
    if text is None and procedure.type == "shave_removal":
        return "tangential"
    if text is None:
        if not procedure.abstracted("technique"):
            chart.leave_open(("biopsy",), "the technique of a biopsy was not abstracted")
            return None
        return str(rows[-1]["technique"])
    for technique, names in words.items():
        if any(name in text.lower() for name in names):
            return str(technique)
    chart.problems.append("a biopsy's technique is not one of: " + ", ".join(words))
    chart.leave_open(("biopsy",), "the technique of a biopsy is not understood")
    return None


def support_techniques(
    chart: Chart, found: dict[str, list[tuple[frozenset[str], Site, int]]]
) -> None:
    """Support the primary code of the highest technique, and add-ons for every further lesion."""
    primary = True
    for row in chart.rules.value("biopsy.techniques"):
        entries = sorted(found.get(row["technique"], ()), key=lambda entry: sorted(entry[0]))
        if not entries:
            continue
        lesions, site, count = entries[0]
        text = f"{row['technique']} biopsy"
        if primary:
            primary = False
            chart.support(
                Draft(
                    row["primary"], "biopsy", lesions=lesions, site=site,
                    reasons=[chart.rules.reason("BX-HIERARCHY", f"highest technique: {text}",
                                                "technique")],
                )
            )  # fmt: skip
            count -= 1
            entries = ([(lesions, site, count)] if count else []) + entries[1:]
        further = sum(entry[2] for entry in entries)
        if further:
            chart.support(
                Draft(
                    row["addon"], "biopsy", Decimal(further),
                    frozenset().union(*(entry[0] for entry in entries)),
                    joint(entry[1] for entry in entries),
                    [chart.rules.reason("BX-HIERARCHY", f"{further} further {text}", "technique")],
                )
            )  # fmt: skip


def support_sites(chart: Chart, found: dict[int, list[tuple[frozenset[str], Site, int]]]) -> None:
    """Support the codes of particular sites: one per lesion, or a first and its add-ons."""
    table = chart.rules.value("biopsy.sites")
    for i, entries in sorted(found.items()):
        row = table[i]
        count = sum(entry[2] for entry in entries)
        lesions = frozenset().union(*(entry[0] for entry in entries))
        reason = chart.rules.reason("BX-SITE", f"biopsy of {row['regions'][0]}", "site")
        first = Decimal(1) if "addon" in row else Decimal(count)
        site = joint(entry[1] for entry in entries)
        chart.support(Draft(row["code"], "site_biopsy", first, lesions, site, [reason]))
        if "addon" in row and count > 1:
            chart.support(
                Draft(row["addon"], "site_biopsy", Decimal(count - 1), lesions, site, [reason])
            )
