"""Scoring: named policies applied to the compared lines of an audit."""

from auditkit.scoring.bands import Band, Bands, NextAudit, next_audit, read_bands, standard_bands
from auditkit.scoring.policies import Policy, find_policy, policies, read_policy
from auditkit.scoring.scores import frame_sizes, score, sensitivity, sensitivity_sentence

__all__ = [
    "Band",
    "Bands",
    "NextAudit",
    "Policy",
    "find_policy",
    "frame_sizes",
    "next_audit",
    "policies",
    "read_bands",
    "read_policy",
    "score",
    "sensitivity",
    "sensitivity_sentence",
    "standard_bands",
]
