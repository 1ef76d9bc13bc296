"""One provider's billing beside that of peers, as comparative billing reports put it.

The measures come from the whole frame, as billed; no chart was read for them. The four words are
those of the comparative billing reports that CMS sends; a signal is never a finding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from auditkit.reporting import wording
from auditkit.reporting.facts import EM_SERIES, Facts

Word = Literal["Significantly Higher", "Higher", "Does Not Exceed", "N/A"]

#: Probability below which a higher value is called significantly higher.
ALPHA = 0.05
#: Encounters that a provider and the peers together need for a measure to be compared.
FEWEST = 11

_VISITS = frozenset(code for codes in EM_SERIES.values() for code in codes)
_PROCEDURES = ("10000", "19999")


@dataclass(frozen=True, slots=True)
class Signal:
    """One measure of a provider beside that of all other providers of the frame.

    Attributes:
        measure: what is measured, in words.
        own: the provider's value, as printed.
        peers: the peers' value, as printed.
        n: the provider's encounters that the measure rests on.
        n_peers: the peers' encounters.
        word: one of the four words.
        p: two-sided probability; NaN where it was not computed.
        test: the test's name.
    """

    measure: str
    own: str
    peers: str
    n: int
    n_peers: int
    word: Word
    p: float
    test: str


def signals(facts: Facts) -> tuple[Signal, ...]:
    """Return the provider's signals, in a fixed order.

    Source:
        Shares: Fisher's exact test (1922). Means: Welch's t-test (1947).
    """
    frame = facts.audit.frame
    codes = frame["codes"].fillna("").str.split()
    own = frame["provider_id"] == facts.scope
    visit = codes.map(lambda listed: bool(_VISITS & set(listed)))
    procedure = codes.map(_has_procedure)
    new = codes.map(lambda listed: bool(set(EM_SERIES["New patients"]) & set(listed)))
    old = codes.map(lambda listed: bool(set(EM_SERIES["Established patients"]) & set(listed)))
    high_new = codes.map(lambda listed: bool({"99204", "99205"} & set(listed)))
    high_old = codes.map(lambda listed: bool({"99214", "99215"} & set(listed)))
    return (
        _share("New-patient visits billed at level 4 or 5", high_new, new, own),
        _share("Established-patient visits billed at level 4 or 5", high_old, old, own),
        _share("Visits billed with a procedure on the same day", visit & procedure, visit, own),
        _mean("Dollars allowed, per encounter", frame["allowed"], own, wording.dollars),
        _mean("Lines billed, per encounter", frame["lines"], own, lambda v: f"{v:.2f}"),
    )


def _has_procedure(listed: list[str]) -> bool:
    first, last = _PROCEDURES
    return any(first <= code <= last for code in listed)


def _share(measure: str, hit: pd.Series, of: pd.Series, own: pd.Series) -> Signal:
    """Return a share of encounters compared by Fisher's exact test."""
    n, n_peers = int((of & own).sum()), int((of & ~own).sum())
    x, x_peers = int((hit & of & own).sum()), int((hit & of & ~own).sum())
    if min(n, n_peers) < FEWEST:
        return Signal(measure, *_blank(x, n, x_peers, n_peers), n, n_peers, "N/A", np.nan, "")
    p = float(stats.fisher_exact([[x, n - x], [x_peers, n_peers - x_peers]]).pvalue)
    shown = wording.percent(x / n), wording.percent(x_peers / n_peers)
    word = _word(x / n > x_peers / n_peers, shown, p)
    return Signal(measure, *shown, n, n_peers, word, p, "Fisher's exact test")


def _blank(x: int, n: int, x_peers: int, n_peers: int) -> tuple[str, str]:
    """Return two shares as they are printed where too few encounters stand behind one."""
    one = wording.percent(x / n) if n >= FEWEST else wording.NOT_KNOWN
    two = wording.percent(x_peers / n_peers) if n_peers >= FEWEST else wording.NOT_KNOWN
    return one, two


def _mean(measure: str, amounts: pd.Series, own: pd.Series, say: Callable[[float], str]) -> Signal:
    """Return a mean per encounter compared by Welch's t-test."""
    known = amounts.astype("float64")
    mine, others = known[own].dropna(), known[~own].dropna()
    if min(len(mine), len(others)) < FEWEST:
        blank = wording.NOT_KNOWN
        return Signal(measure, blank, blank, len(mine), len(others), "N/A", np.nan, "")
    # Values that are all alike on either side have no spread for chance to work with.
    alike = mine.nunique() == 1 or others.nunique() == 1
    p = np.nan if alike else float(stats.ttest_ind(mine, others, equal_var=False).pvalue)
    shown = say(float(mine.mean())), say(float(others.mean()))
    word = _word(bool(mine.mean() > others.mean()), shown, p)
    return Signal(measure, *shown, len(mine), len(others), word, p, "Welch's t-test")


def _word(above: bool, shown: tuple[str, str], p: float) -> Word:
    """Return the word for a value beside that of peers; values printed alike do not exceed."""
    if not above or shown[0] == shown[1]:
        return "Does Not Exceed"
    return "Significantly Higher" if p < ALPHA else "Higher"
