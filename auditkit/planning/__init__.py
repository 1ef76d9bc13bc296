"""A sampling plan tried on its frame before any chart is pulled: the trial, pictures and a page."""

from auditkit.planning.trial import PlanTrial, simulate_plan, verdict_chances

__all__ = ["PlanTrial", "simulate_plan", "verdict_chances"]
