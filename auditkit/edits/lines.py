"""The lines that the edits read: a narrow table, made by the same text on every engine.

A voided claim, and a claim that a later one replaced, is set aside: their lines are not billed
any more. A claim with frequency code 7 or 8 stands for the claim of the universe that its
`original_claim_id` names; where it names none (the payer's number is often not the practice's),
for every earlier claim of the same patient, rendering provider and day.
"""

from collections.abc import Iterable, Mapping, Sequence

from auditkit.errors import InputError, Problem

#: Columns of the claims table without which nothing can be screened.
REQUIRED = (
    "claim_id",
    "line",
    "patient_key",
    "rendering_npi",
    "billing_npi",
    "dos_from",
    "code",
    "units",
)
#: Columns that may be missing, with the type of the nothing that then stands for them.
OPTIONAL = {
    "rendering_taxonomy": "varchar(20)",
    "dos_to": "date",
    "pos": "varchar(2)",
    "mod1": "varchar(2)",
    "mod2": "varchar(2)",
    "mod3": "varchar(2)",
    "mod4": "varchar(2)",
    "dx_pointers": "varchar(20)",
    "paid": "double",
    "payer": "varchar(60)",
    "received_date": "date",
    "frequency_code": "varchar(1)",
    "original_claim_id": "varchar(80)",
}
DIAGNOSES = tuple(f"dx{number}" for number in range(1, 13))
CASTS = {
    "line": "bigint",
    "dos_from": "date",
    "dos_to": "date",
    "received_date": "date",
    "units": "double",
    "paid": "double",
}

#: How engines call a column of text, in which anything may stand.
TEXT = ("varchar", "string")
_ACCEPTED = {
    "bigint": "whole numbers",
    "double": "numbers, such as 1 or 120.50",
    "date": "dates written YYYY-MM-DD",
}

#: What each column of the lines is made of.
MODS = """case
        when c.mod1 is null and c.mod2 is null and c.mod3 is null and c.mod4 is null then ''
        when c.mod2 is null and c.mod3 is null and c.mod4 is null then c.mod1
        else trim(coalesce(c.mod1, '') || ' ' || coalesce(c.mod2, '') || ' '
                  || coalesce(c.mod3, '') || ' ' || coalesce(c.mod4, ''))
    end"""
ALWAYS = {
    "claim_id": "c.claim_id",
    "line": "c.line",
    "patient": "c.patient_key",
    "rendering": "c.rendering_npi",
    "dos": "c.dos_from",
    "code": "c.code",
    "mods": MODS,
    "units": "c.units",
}
ON_DEMAND = {
    "billing": "c.billing_npi",
    "dos_to": "coalesce(c.dos_to, c.dos_from)",
    "pos": "c.pos",
    "unpaid": "coalesce(c.paid = 0, false)",
    "taxonomy": "c.rendering_taxonomy",
    "received": "c.received_date",
    "medicare": "coalesce(upper(c.payer) like '%MEDICARE%', false)",
    "pointers": "coalesce(c.dx_pointers, '')",
}


def claims_text(source: str, present: Mapping[str, str]) -> str:
    """Return the query that gives *source* the columns of the claims table, absent ones empty.

    Args:
        source: the name of the claims as they were given.
        present: the kind of each of their columns.

    Raises:
        InputError: when a required column is missing; every one is named.
    """
    there = present.keys()
    missing = [name for name in REQUIRED if name not in there]
    if missing:
        raise InputError(
            "The claims cannot be screened.",
            [
                Problem(
                    "claims",
                    None,
                    name,
                    "the column is missing",
                    "the columns of the claims line table",
                )
                for name in missing
            ],
        )
    columns = []
    for name in (*REQUIRED, *OPTIONAL):
        if name not in there:
            columns.append(f"cast(null as {OPTIONAL[name]}) as {name}")
        elif name in CASTS:
            columns.append(f"try_cast({name} as {CASTS[name]}) as {name}")
        else:
            columns.append(name)
    columns.extend(name for name in DIAGNOSES if name in there)
    return f"select {', '.join(columns)} from {source}"


def unreadable_text(source: str, present: Mapping[str, str]) -> str:
    """Return the query that counts, in each column of text, what is no number or date.

    An engine that fails at such a value would show it. Empty where no such column is text.
    """
    counts = [
        f"count(case when {name} is not null and try_cast({name} as {CASTS[name]}) is null "
        f"then 1 end) as {name}"
        for name in CASTS
        if present.get(name) in TEXT
    ]
    return f"select {', '.join(counts)} from {source}" if counts else ""


def refuse_unreadable(counts: Mapping[str, int]) -> None:
    """Refuse claims with values that are no numbers or dates, without showing one.

    Args:
        counts: how many such values each column holds.

    Raises:
        InputError: naming each column.
    """
    problems = [
        Problem(
            "claims", None, name, "values cannot be read", _ACCEPTED[CASTS[name]], count=int(count)
        )
        for name, count in counts.items()
        if count
    ]
    if problems:
        raise InputError(
            "The claims cannot be screened. `auditkit check FILE` names the rows.", problems
        )


def dx_list(present: Iterable[str]) -> str:
    """Return the expression of a claim's diagnoses in order, joined by bars, gaps kept."""
    there = set(present)
    places = [name for name in DIAGNOSES if name in there]
    return " || '|' || ".join(f"coalesce(c.{name}, '')" for name in places) or "''"


#: The originals that the universe holds of claims that replace or void others.
ORIGINALS = """
select distinct c.claim_id
from claims c
join (select distinct original_claim_id from claims where frequency_code in ('7', '8')) r
  on r.original_claim_id = c.claim_id
"""

#: Claims that replace or void others, without saying which.
REPLACEMENTS = """
select distinct patient_key, rendering_npi, dos_from, claim_id,
       coalesce(received_date, dos_from) as received
from claims
where frequency_code in ('7', '8')
  and (original_claim_id is null
       or original_claim_id not in (select claim_id from originals))
"""

#: Claims that were voided or replaced, and the voids themselves.
SET_ASIDE = """
select c.claim_id
from claims c
join replacements r
  on r.patient_key = c.patient_key and r.rendering_npi = c.rendering_npi
 and r.dos_from = c.dos_from
where r.claim_id <> c.claim_id
  and (r.received > coalesce(c.received_date, c.dos_from)
       or (r.received = coalesce(c.received_date, c.dos_from) and r.claim_id > c.claim_id))
union
select claim_id from originals
union
select c.claim_id from claims c where c.frequency_code = '8'
"""

#: The days of a line that spans several; only such lines are listed.
SPANS = """
select distinct dos_from, dos_to from claims where dos_to > dos_from
"""


def billed_text(columns: Iterable[str], present: Iterable[str]) -> str:
    """Return the query that takes from the claims alone what the lines are made of.

    Args:
        columns: the columns on demand, by their names among the lines.
        present: the columns of the claims.
    """
    demanded = ON_DEMAND | {"dx_list": dx_list(present)}
    parts = ALWAYS | {name: demanded[name] for name in columns if name in demanded}
    return f"select {_named(parts)} from claims c"


def lines_text(
    columns: Sequence[str], *, replaced: bool, spans: bool, one_group_each: bool
) -> tuple[str, tuple[str, ...]]:
    """Return the query that makes the lines from ``billed_lines``, and the columns it needs of it.

    Args:
        columns: the columns on demand that the edits ask for.
        replaced: whether any claim has frequency code 7 or 8.
        spans: whether any line spans several days.
        one_group_each: whether every rendering provider bills through one group only.
    """
    kept = [name for name in columns if name in ON_DEMAND or name == "dx_list"]
    parts = {name: f"b.{name}" for name in (*ALWAYS, *kept)} | {"party": "p.party"}
    needed = set(kept)
    text = "from billed_lines b join providers p on p.rendering = b.rendering"
    if not one_group_each:
        text += " and p.billing = b.billing"
        needed.add("billing")
    if "days" in columns:
        parts["days"] = "coalesce(s.days, 1)" if spans else "cast(1 as smallint)"
    if "days" in columns and spans:
        text += " left join day_spans s on s.dos_from = b.dos and s.dos_to = b.dos_to"
        needed.add("dos_to")
    if replaced:
        text += " where not exists (select 1 from set_aside a where a.claim_id = b.claim_id)"
    return f"select {_named(parts)} {text}", tuple(sorted(needed))


def _named(parts: dict[str, str]) -> str:
    return ", ".join(f"{text} as {name}" for name, text in parts.items())
