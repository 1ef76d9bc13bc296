"""The figures of one audit as a report states them, for the practice or for one provider."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from auditkit.audit import Audit
from auditkit.errors import AuditkitError, ReportError, SettingsError
from auditkit.reporting import wording
from auditkit.reporting.brand import Brand, brand_of
from auditkit.reporting.jobs import ROOT
from auditkit.reporting.national import national
from auditkit.reporting.wording import NO_LIMITS
from auditkit.scoring.policies import find_policy

PRACTICE = "practice"
#: Longer names are cut, with the number of characters left out.
LONGEST_NAME = 120

_TABLES = (
    "settings", "plan", "attrition", "frame", "providers", "sample", "strata", "lines", "charts",
    "line_results", "findings", "scores", "estimate",
)  # fmt: skip
_NEW = tuple(f"9920{i}" for i in range(2, 6))
_ESTABLISHED = tuple(f"9921{i}" for i in range(1, 6))
#: How the scores say that nothing was left to chance.
_CENSUS = "every encounter of the frame was read"
#: Limits closer than this differ by rounding alone.
_FLAT = 1e-9
EM_SERIES = {"New patients": _NEW, "Established patients": _ESTABLISHED}


#: Audits read before a fork, so that no child reads them again.
_READ: dict[Path, Audit] = {}


def read_ahead(name: str) -> None:
    """Read the tables of the audit called *name* once, for the children of this process.

    What cannot be read is left for the report that needs it, which then says so.
    """
    with suppress(AuditkitError):
        audit = open_audit(name)
        for table in _TABLES:
            getattr(audit, table)
        find_policy(audit.settings.scoring.policy)
        _READ[audit.folder] = audit


def open_audit(name: str) -> Audit:
    """Return the audit called *name*, the folder of that name in `reports`.

    Raises:
        SettingsError: if the name is a path, or no audit is called so.
    """
    if not re.fullmatch(r"[^/\\:]+", name) or name in (".", ".."):
        raise SettingsError(f"'{name[:60]}' is not the name of an audit, such as '2025-q1'.")
    folder = Path(os.environ.get(ROOT, "reports")) / name
    return _READ.get(folder) or Audit(folder)


@dataclass(frozen=True)
class Facts:
    """What an audit found for *scope*: a provider's opaque id, or `practice`."""

    audit: Audit
    scope: str

    def __post_init__(self) -> None:
        """Refuse a provider that the audit does not hold."""
        known = self.audit.providers["provider_id"]
        if self.scope != PRACTICE and self.scope not in set(known):
            raise ReportError(
                f"Provider '{self.scope[:20]}' is not in this audit. It holds "
                f"{', '.join(known.head(12))}{' …' if len(known) > 12 else ''}."
            )

    @property
    def is_practice(self) -> bool:
        """Whether the facts are of the whole practice."""
        return self.scope == PRACTICE

    @cached_property
    def brand(self) -> Brand:
        """Whose document it is; plain where the audit has no `brand.toml`."""
        return brand_of(self.audit)

    @cached_property
    def name(self) -> str:
        """The provider's or the practice's name."""
        if self.is_practice:
            return wording.shorten(self.audit.settings.audit.practice, LONGEST_NAME)
        row = self.audit.providers.set_index("provider_id").loc[self.scope]
        return wording.shorten(row["name"], LONGEST_NAME)

    def _mine(self, table: pd.DataFrame) -> pd.DataFrame:
        return table if self.is_practice else table[table["provider_id"] == self.scope]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The units of the frame that are the scope's."""
        return self._mine(self.audit.frame)

    @cached_property
    def results(self) -> pd.DataFrame:
        """Billed against supported, one row per line, of the scope."""
        return self._mine(self.audit.line_results)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """The scope's findings of severity `error`, main ones first."""
        mine = self._mine(self.audit.findings)
        errors = mine[mine["severity"] == "error"]
        return errors.sort_values(["main", "encounter_id", "line"], ascending=[False, True, True])

    @cached_property
    def remarks(self) -> pd.DataFrame:
        """The scope's advisory findings and prompts, which carry no dollars."""
        mine = self._mine(self.audit.findings)
        return mine[mine["severity"] != "error"].sort_values(["rule_id", "encounter_id"])

    @property
    def main_findings(self) -> pd.DataFrame:
        """The main finding of each line in error."""
        return self.findings[self.findings["main"].fillna(False).astype("bool")]

    @cached_property
    def n(self) -> int:
        """Encounters reviewed."""
        return int(self.results["encounter_id"].nunique())

    @cached_property
    def without_record(self) -> int:
        """Encounters reviewed of which no record was received."""
        missing = self.results["verdict"] == "missing_record"
        return int(self.results.loc[missing, "encounter_id"].nunique())

    @cached_property
    def universe(self) -> int:
        """Encounters in the frame."""
        return int(self.frame["encounters"].sum())

    @cached_property
    def period(self) -> str:
        """The months of service that the frame covers."""
        return wording.month_range(self.audit.frame["month"].dropna().unique())

    def score(self, measure: str, scope: str | None = None) -> dict[str, Any] | None:
        """Return the score row of *measure*, or None where it was not computed.

        Where several policies share a measure, the policy in use is preferred.
        """
        scores = self.scores
        rows = scores[(scores["scope"] == (scope or self.scope)) & (scores["measure"] == measure)]
        rows = rows[rows["rate"].notna()]
        if rows.empty:
            return None
        chosen = rows[rows["policy"] == self.policy]
        first = (chosen if len(chosen) else rows).iloc[0]
        return {str(k): v for k, v in first.items()}

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Every score of the audit, without limits that the sample cannot give."""
        return estimable(self.audit.scores)

    @property
    def policy(self) -> str:
        """The id of the scoring policy in use."""
        return self.audit.settings.scoring.policy

    @cached_property
    def leading(self) -> dict[str, Any] | None:
        """The score that the audit's settings put first."""
        return self.score(find_policy(self.policy).measure)

    @cached_property
    def dollars(self) -> tuple[float, float]:
        """Dollars over and under in the sample, both >= 0."""
        amounts = self.results["dollars"].fillna(0.0)
        over, under = amounts.clip(lower=0).sum(), (-amounts).clip(lower=0).sum()
        return round(float(over), 2), round(float(under), 2)

    @cached_property
    def unpriced(self) -> int:
        """Compared lines whose dollars are not known, because they have no allowed amount."""
        return int(self.results["dollars"].isna().sum())

    @cached_property
    def themes(self) -> pd.DataFrame:
        """One row per family of rules: family, theme, counts over/under/neutral, dollars, total."""
        found = self.main_findings
        amounts = found["dollars"].fillna(0.0)
        rows = pd.DataFrame({
            "family": found["family"].fillna("other"),
            "over": (found["direction"] == "over").astype("int64"),
            "under": (found["direction"] == "under").astype("int64"),
            "neutral": (found["direction"] == "none").astype("int64"),
            "dollars_over": amounts.clip(lower=0),
            "dollars_under": (-amounts).clip(lower=0),
        })  # fmt: skip
        table = rows.groupby("family", sort=True).sum().reset_index()
        table["total"] = table[["over", "under", "neutral"]].sum(axis=1)
        table["theme"] = table["family"].map(wording.theme)
        return table.sort_values(["total", "family"], ascending=[False, True], ignore_index=True)

    def top_themes(self, by: str, most: int = 12) -> pd.DataFrame:
        """Return the themes that are largest in column *by*, and all others in one row.

        Args:
            by: "total" (counts) or "dollars" (over and under together).
            most: rows at most, with the row of all others.
        """
        table = self.themes.assign(dollars=lambda t: t["dollars_over"] + t["dollars_under"])
        table = table[table[by] > 0].sort_values(by, ascending=False, kind="stable")
        if len(table) <= most:
            return table
        rest = table.iloc[most - 1 :]
        numbers = rest.select_dtypes("number").sum().to_frame().T
        other = numbers.assign(family="", theme=f"All other ({len(rest)} themes)")
        return pd.concat([table.head(most - 1), other], ignore_index=True)

    def em_levels(self, kind: str) -> pd.DataFrame:
        """Return code, count, share, group_share of the E/M codes of *kind* in the frame.

        With an imported utilisation file there is peer_share as well.

        Args:
            kind: a key of `EM_SERIES`. The group is the whole practice, the scope included.
        """
        codes = EM_SERIES[kind]
        mine = _code_counts(self.frame["codes"], codes)
        group = _code_counts(self.audit.frame["codes"], codes)
        table = pd.DataFrame({"code": list(codes), "count": [mine[c] for c in codes]})
        table["share"] = table["count"] / max(1, sum(mine.values()))
        table["group_share"] = [group[c] / max(1, sum(group.values())) for c in codes]
        peers = national(self.audit, codes)
        if peers is not None:
            table["peer_share"] = peers.shares.reindex(codes).to_numpy()
        return table[(table["count"] > 0) | (table["group_share"] > 0)].reset_index(drop=True)

    def em_source(self, kind: str) -> str:
        """Return the source note of an E/M picture, with the edition that peers are from."""
        peers = national(self.audit, EM_SERIES[kind])
        said = "as billed, not only the sample"
        return self.source(
            said + (f"; peers from {peers.title}" if peers else ""), whole_frame=True
        )

    def source(self, method: str = "", policy: str | None = None, whole_frame: bool = False) -> str:
        """Return a source note: policy, method, n, N and dates."""
        drawn = self.audit.plan.seed.recorded_on
        found = [f"policy “{find_policy(policy).title}” ({policy})" if policy else "", method]
        if whole_frame:
            found.append(f"all N = {wording.count(self.universe)} encounters of the frame")
        else:
            found.append(
                f"n = {wording.count(self.n)} of N = {wording.count(self.universe)} encounters"
            )
        found.append(f"services of {self.period}; seed recorded {wording.day(drawn)}")
        return "; ".join(part for part in found if part) + "."


def has_limits(found: dict[str, Any]) -> bool:
    """Return whether an estimate of estimate.json has limits that mean something.

    A sample without any difference has no spread, which is no proof that the frame has none.
    """
    return bool(found["se"] > 0 or found["n"] == found["universe"])


def lower_limit(found: dict[str, Any], cents: bool = False) -> str:
    """Return the lower limit of the one-sided interval as it is printed."""
    return wording.dollars(found["lower_one_sided"], cents) if has_limits(found) else NO_LIMITS


def estimable(scores: pd.DataFrame) -> pd.DataFrame:
    """Return *scores* without limits of no width, each with the reason in `method`.

    Student's t gives such limits where all sampled encounters show the same share: the sample
    then says nothing of how much others differ, and "0.0 to 0.0 %" would claim the contrary.
    A rate of which every encounter was read has no width for a better reason, and keeps it.
    """
    read_whole = scores["method"].fillna("").str.startswith(_CENSUS)
    flat = (scores["upper"] - scores["lower"]).abs().lt(_FLAT) & ~read_whole
    told = scores.copy()
    told.loc[flat, ["lower", "upper"]] = float("nan")
    told.loc[flat, "method"] += "; no limits, because all sampled encounters show the same share"
    return told


def _code_counts(codes: pd.Series, wanted: tuple[str, ...]) -> dict[str, int]:
    """Return in how many units each wanted code was billed."""
    seen = codes.fillna("").str.split().explode()
    counts = seen[seen.isin(wanted)].value_counts()
    return {code: int(counts.get(code, 0)) for code in wanted}
