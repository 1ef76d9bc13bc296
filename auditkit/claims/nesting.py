"""Where each segment of an 837P belongs: its billing provider, patient, claim and line.

X12 nests by order alone. What a segment belongs to follows from the last ST, HL, CLM, LX and SBR
before it; each is found for all segments at once, so no Python runs per segment.
"""

import numpy as np
import pyarrow as pa

from auditkit.claims.segments import Segments, same
from auditkit.claims.x12 import misplaced
from auditkit.errors import Problem


class Nesting:
    """The owner of each segment, by its place; -1 where it has none.

    Attributes:
        claim, line: which CLM, which LX, counted from 0.
        provider, subscriber, patient: which HL, counted from 0; the patient is the dependent's
            HL (level 23) or, where there is none, the subscriber's (22).
        in_claim, in_line: whether a segment stands within a claim, within a service line.
        own: whether it is the claim's own, not in the loop of another payer (2320).
        line_claim: the claim of each line.
        problems: everything that is not nested as it must be.
    """

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        self.problems: list[Problem] = []
        begun, level = segments.latest("ST"), segments.latest("HL")
        claim_at, line_at = segments.latest("CLM"), segments.latest("LX")
        self.in_claim = claim_at > np.maximum(level, begun)
        self.in_line = self.in_claim & (line_at > claim_at)
        # A second SBR within a claim opens the loop of another payer, whose provider and
        # reference segments are not this claim's.
        other = segments.latest("SBR") > np.maximum(claim_at, line_at)
        self.own = ~(self.in_claim & other)
        self.claim = segments.count("CLM")
        self.line = segments.count("LX")
        self.line_claim = self.claim[segments.at("LX")]
        self._levels(begun)
        self._check()

    def refuse(self, places: np.ndarray, where: str, what: str, accepted: str) -> None:
        """Note a problem at each of *places*."""
        for number in self.segments.numbers[places]:
            found = misplaced(self.segments.file, int(number), where, what, accepted)
            self.problems.append(found)

    def _levels(self, begun: np.ndarray) -> None:
        """Find the billing provider (HL 20), subscriber (22) and patient of every segment."""
        segments = self.segments
        at, count = segments.at("HL"), segments.count("HL")
        (levels,) = segments.elements("HL", 3)
        self.refuse(at[~same(levels, "20", "22", "23")], "HL03", "unknown level", "20, 22 or 23")
        # An HL before the last ST belongs to another transaction set.
        earlier = np.where(begun >= 0, count[np.maximum(begun, 0)], -1)
        opened = {level: self._last(at, levels, level) for level in ("20", "22", "23")}
        self.provider = np.where(opened["20"] > earlier, opened["20"], -1)
        behind = (self.provider >= 0) & (opened["22"] > self.provider)
        self.subscriber = np.where(behind, opened["22"], -1)
        dependent = (self.subscriber >= 0) & (opened["23"] > self.subscriber)
        self.patient = np.where(dependent, opened["23"], self.subscriber)

    def _last(self, at: np.ndarray, levels: pa.Array, level: str) -> np.ndarray:
        """Return for each place which HL is the last of *level*, counted over all HL."""
        which = np.flatnonzero(same(levels, level))
        last = np.full(len(self.segments), -1)
        last[at[which]] = which
        return np.maximum.accumulate(last)

    def _check(self) -> None:
        """Check that claims have a patient and lines, and lines a claim and one service."""
        segments = self.segments
        claims, lines, services = segments.at("CLM"), segments.at("LX"), segments.at("SV1")
        for name in ("SV2", "SV3"):
            what = "a line of another kind of claim"
            self.refuse(segments.at(name), name, what, "SV1, a professional service")
        self.refuse(
            claims[self.patient[claims] < 0],
            "CLM",
            "a claim without a patient",
            "HL*…*20, then HL*…*22, before the claim",
        )
        self.refuse(lines[~self.in_claim[lines]], "LX", "a line outside a claim", "CLM first")
        diagnoses = segments.at("HI")
        outside = diagnoses[~self.in_claim[diagnoses]]
        self.refuse(outside, "HI", "diagnoses outside a claim", "CLM first")
        within = self.in_line[services]
        self.refuse(services[~within], "SV1", "a service without a line", "LX first")
        count = np.bincount(self.line[services[within]], minlength=len(lines))
        self.refuse(lines[count == 0], "LX", "a line without a service", "SV1*HC:… after LX")
        self.refuse(lines[count > 1], "LX", "several services in one line", "one SV1 after LX")
        count = np.bincount(self.line_claim[self.in_claim[lines]], minlength=len(claims))
        self.refuse(claims[count == 0], "CLM", "a claim without lines", "LX and SV1 in each claim")
