"""RAT-STATS 2010 random numbers, number for number, to replicate samples that others drew.

Use :mod:`auditkit.sampling.draw` for samples of your own: the generator of RAT-STATS has only
65,536 distinct streams, so different seeds often give the same sample.
"""

from auditkit.sampling.ratstats.generator import STREAMS, generator, stream_number
from auditkit.sampling.ratstats.listing import (
    Listing,
    frames_single_stage,
    frames_two_stage,
    sets,
    single_stage,
)
from auditkit.sampling.ratstats.replication import Replication, replicate
from auditkit.sampling.ratstats.rhc import RhcGroup, rhc_partition, rhc_pick

__all__ = [
    "STREAMS",
    "Listing",
    "Replication",
    "RhcGroup",
    "frames_single_stage",
    "frames_two_stage",
    "generator",
    "replicate",
    "rhc_partition",
    "rhc_pick",
    "sets",
    "single_stage",
    "stream_number",
]
