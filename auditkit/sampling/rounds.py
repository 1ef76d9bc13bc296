"""Audits in rounds: a discovery sample, a rule fixed in advance, and a full sample that extends it.

The full sample is drawn with the seed of the discovery sample. Tickets make a larger draw begin
with the smaller one, so the charts already reviewed count and nobody can start over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from auditkit.errors import FrameError, PlanError
from auditkit.sampling.draw import Sample, draw
from auditkit.sampling.frame import Frame
from auditkit.sampling.plan import Plan, Size
from auditkit.stats import _check
from auditkit.stats.sizes import CIA_LEVEL, CIA_PRECISION, cia_full_sample


@dataclass(frozen=True, slots=True)
class DiscoveryRule:
    """When a discovery sample leads to a full sample, and how large that is.

    The defaults are those of corporate integrity agreements (HHS-OIG, Corporate Integrity
    Agreement FAQ): a net error rate of 5 % or more of the dollars paid; a full sample for 25 %
    precision at 90 % confidence, sized with underpayments set to zero.

    Attributes:
        trigger: Error rate, in dollars overpaid over dollars paid, from which a full sample is due.
        precision: Precision of the full sample, as a fraction of the point estimate.
        level: Confidence of that precision.
        netted: Whether underpayments are netted in the error rate.
    """

    trigger: float = 0.05
    precision: float = CIA_PRECISION
    level: float = CIA_LEVEL
    netted: bool = True

    def decide(
        self, paid: Iterable[float], overpaid: Iterable[float], universe: int
    ) -> RoundDecision:
        """Return what the discovery sample decides.

        Args:
            paid: Amount paid of each reviewed unit.
            overpaid: Overpayment of each; underpayments negative; the whole payment where the
                record is missing.
            universe: Units in the frame.

        Raises:
            StatisticsError: Lists that do not agree, amounts that are not numbers, nothing paid,
                or more units than the frame holds.
        """
        trigger = _check.number("trigger", self.trigger, above=0.0, at_most=1.0)
        base = _check.amounts("paid", paid, at_least=2, nonnegative=True)
        over = _check.amounts("overpaid", overpaid)
        _check.same_length("paid", base, "overpaid", over)
        _check.sample_size("paid", len(base), _check.universe_size("universe", universe))
        if base.sum() == 0:
            raise _check.StatisticsError("paid", "sums to zero; no error rate can be computed.")
        counted = over if self.netted else np.maximum(over, 0.0)
        rate = float(counted.sum() / base.sum())
        due = rate >= trigger
        size = cia_full_sample(over, universe, self.precision, self.level).n if due else 0
        return RoundDecision(self, len(base), rate, due, max(size, len(base)) if due else None)


@dataclass(frozen=True, slots=True)
class RoundDecision:
    """What a discovery sample decided under its rule.

    Attributes:
        rule: The rule.
        reviewed: Units in the discovery sample.
        error_rate: Dollars overpaid over dollars paid.
        full: Whether a full sample is due.
        size: Units of the full sample, the discovery sample included; None when none is due.
    """

    rule: DiscoveryRule
    reviewed: int
    error_rate: float
    full: bool
    size: int | None

    @property
    def further(self) -> int:
        """Return the units still to be reviewed."""
        return 0 if self.size is None else self.size - self.reviewed

    def sentence(self) -> str:
        """Return the decision in plain English."""
        kind = "net error rate" if self.rule.netted else "error rate"
        found = (
            f"The {kind} of the {self.reviewed} discovery units is {100 * self.error_rate:.2f} % "
            f"of the dollars paid; the rule asks for a full sample from "
            f"{100 * self.rule.trigger:g} %."
        )
        if self.size is None:
            return f"{found} No full sample is due."
        if not self.further:
            return f"{found} The discovery sample already has the precision asked for."
        return (
            f"{found} A full sample of {self.size:,} is due ({100 * self.rule.precision:g} % "
            f"precision at {100 * self.rule.level:g} % confidence): {self.further:,} more units, "
            "drawn with the same seed."
        )


def full_sample(discovery: Sample, frame: Frame, size: int | Mapping[str, int]) -> Sample:
    """Return the full sample that begins with *discovery*, drawn with the same seed.

    Args:
        discovery: The discovery sample.
        frame: The frame that it was drawn from.
        size: Units in all, take-all units not counted; or sizes by stratum.

    Raises:
        FrameError: Another frame than the one of the discovery sample.
        PlanError: A discovery sample that its plan and seed do not give; a size that leaves out
            units already drawn.

    Source:
        Newer corporate integrity agreements: the full sample is selected "using the seed number
        generated by the discovery sample".
    """
    if frame.sha256 != discovery.frame_sha256:
        raise FrameError(
            "This is not the frame that the discovery sample was drawn from; their hashes differ. "
            "Use the frame that was frozen then."
        )
    first = list(discovery.units["unit_id"])
    if first != list(draw(discovery.plan, frame).units["unit_id"]):
        raise PlanError("The discovery sample is not the one that its plan and seed give.")
    larger = draw(_enlarged(discovery.plan, size), frame)
    if left_out := set(first) - set(larger.units["unit_id"]):
        raise PlanError(
            f"The full sample would leave out {len(left_out)} unit(s) of the discovery sample. "
            "Give sizes by stratum, none smaller than before."
        )
    return larger


def _enlarged(plan: Plan, size: int | Mapping[str, int]) -> Plan:
    """Return *plan* with another size, and everything else, the seed above all, as it was."""
    if isinstance(size, Mapping):
        new = Size(by_stratum={str(label): int(n) for label, n in size.items()})
    else:
        total = _check.whole("size", size, at_least=1)
        new = Size(total=total, minimum_per_stratum=plan.size.minimum_per_stratum)
    return plan.model_copy(update={"size": new})
