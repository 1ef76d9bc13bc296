"""Frames, plans, draws, and what a plan can tell before it is drawn.

Every function for people is a public name here and loads when first used; the draw itself is
:func:`auditkit.draw`. RAT-STATS' random numbers are here too, and in :mod:`.ratstats`.
"""

from importlib import import_module
from typing import Any

_PUBLIC = {
    "Design": "designs",
    "DiscoveryRule": "rounds",
    "ErrorPattern": "patterns",
    "Frame": "frame",
    "FrameRules": "frame",
    "Listing": "ratstats",
    "Outcome": "simulation",
    "PassChance": "simulation",
    "Plan": "plan",
    "Replication": "ratstats",
    "RhcGroup": "ratstats",
    "RoundDecision": "rounds",
    "Sample": "draw",
    "Simulation": "simulation",
    "all_or_nothing": "patterns",
    "assign_strata": "draw",
    "build_frame": "frame",
    "clustered": "patterns",
    "design_of": "designs",
    "frame_hash": "frame",
    "frames_single_stage": "ratstats",
    "frames_two_stage": "ratstats",
    "full_sample": "rounds",
    "mixed": "patterns",
    "partial": "patterns",
    "plan_of": "plan",
    "read_plan": "plan",
    "replicate": "ratstats",
    "rhc_partition": "ratstats",
    "rhc_pick": "ratstats",
    "sets": "ratstats",
    "simulate": "planner",
    "single_stage": "ratstats",
    "stream_number": "ratstats",
    "ticket": "draw",
}

__all__ = sorted(_PUBLIC)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'auditkit.sampling' has no attribute {name!r}")
    return getattr(import_module(f"auditkit.sampling.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
