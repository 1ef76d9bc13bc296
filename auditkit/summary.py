"""The end of a run in words: the three numbers that matter, and the files to open."""

import pandas as pd

from auditkit.audit import Audit
from auditkit.review.gate import refusal

PRACTICE = "practice"


def headline(audit: Audit, scope: str = PRACTICE) -> pd.Series:
    """Return the score that leads: the settings' policy, for the practice or one provider.

    Raises:
        KeyError: if the scores do not hold that policy for *scope*.
    """
    scores = audit.scores
    mine = scores[(scores["policy"] == audit.settings.scoring.policy) & (scores["scope"] == scope)]
    if mine.empty:
        raise KeyError(f"scores.csv has no {audit.settings.scoring.policy} score of {scope}")
    return mine.iloc[0]


def needing_attention(audit: Audit) -> pd.DataFrame:
    """Return the providers whose whole interval lies below the settings' mark.

    A provider whose interval reaches the mark cannot be told apart from one who meets it.
    """
    scores = audit.scores
    policy = audit.settings.scoring
    own = scores[(scores["policy"] == policy.policy) & (scores["scope"] != PRACTICE)]
    return own[own["upper"] < policy.attention_below].sort_values("scope", ignore_index=True)


def summarize(audit: Audit) -> list[str]:
    """Return the closing lines of a run as plain text: error rate, overpayment, who stands out.

    Args:
        audit: an audit that is scored.

    Returns:
        One string per line, the last of them the files to open. Rates are shares of encounters
        in percent, amounts dollars.

    Raises:
        InputError: if the audit is not scored yet.
    """
    accuracy = headline(audit)
    lines = [
        f"Error rate   {1 - accuracy['rate']:.1%} of encounters "
        f"({accuracy['level']:.0%} interval {1 - accuracy['upper']:.1%} to "
        f"{1 - accuracy['lower']:.1%}; policy {accuracy['policy']})",
        f"Overpayment  {_projection(audit)}",
    ]
    attention = needing_attention(audit)
    reviewed, mark = audit.lines["provider_id"].nunique(), audit.settings.scoring.attention_below
    names = f" ({', '.join(attention['scope'])})" if len(attention) else ""
    lines.append(
        f"Attention    {len(attention)} of {reviewed} providers, whose whole interval lies below "
        f"{mark:.0%} accuracy{names}"
    )
    asked = int(audit.line_results["prompt"].sum())
    if asked:
        lines.append(
            f"To settle    {asked} of {len(audit.line_results)} lines wait for an auditor's "
            "judgement and count as billed; findings.csv, severity prompt"
        )
    lines.append(f"Review       {audit.review['sentence']}{_lacking(audit)}")
    lines.append("")
    lines.extend(f"  {path}" for path in files_to_open(audit))
    return lines


def _lacking(audit: Audit) -> str:
    """Return what an unsigned review lacks, and what its people can do about it."""
    review = audit.review
    if review["signed"] or not review["begun"]:
        return ""
    said = f" It lacks: {'; '.join(review['lacking'])}. Next: auditkit review status {audit.folder}"
    if review.get("projects", False):
        return f"{said}."
    return (
        f"{said}. Sign it to its end, or let its manager set the rule project_unsigned aside with "
        "a reason, which is printed."
    )


def _projection(audit: Audit) -> str:
    """Return the overpayment estimate in words, or why there is none."""
    found = audit.estimate
    if "refused" in found:
        return f"not projected: {refusal(found)}"
    over = found["overpayment"]
    return (
        f"${over['point']:,.0f} estimated in the frame; lower limit of the one-sided "
        f"{over['level']:.0%} interval ${over['lower_one_sided']:,.0f} "
        f"(two-sided ${over['lower']:,.0f} to ${over['upper']:,.0f})"
    )


def files_to_open(audit: Audit) -> list[str]:
    """Return the paths of the files that a reader opens first, those that exist."""
    wanted = ("index.html", "practice_report.html", "findings.xlsx", "manifest.json")
    return [str(audit.path(name)) for name in wanted if audit.path(name).exists()]
