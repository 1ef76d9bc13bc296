"""Evidence: the seal of an audit, the check that all of it still holds, and packs for others."""

from auditkit.evidence.archive import pack
from auditkit.evidence.manifest import MANIFEST, seal, seal_of
from auditkit.evidence.opened import verify_pack
from auditkit.evidence.verification import Check, Verification, verify

__all__ = ["MANIFEST", "Check", "Verification", "pack", "seal", "seal_of", "verify", "verify_pack"]
