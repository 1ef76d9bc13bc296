"""Time of reading 5,000 professional claims (15,000 lines), beside pyx12's plain reader.

Run: uv run python benchmarks/x12.py [claims]. pyx12 is optional: `uv run --with pyx12 …`.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from auditkit.claims import read_claims

SERVICES = (
    (("99213:25", 150, 1, "1"), ("17000", 110, 1, "2"), ("17003", 80, 4, "2")),
    (("11102", 160, 1, "3"), ("11103", 180, 2, "3"), ("17110:59", 140, 1, "4")),
    (("17311", 900, 1, "1"), ("17312", 1000, 2, "1"), ("13132", 800, 1, "1:2")),
    (("11602", 350, 1, "1"), ("12032:51", 400, 1, "1"), ("J3301:JZ", 40, 4, "2")),
)


def segments(claims: int) -> Iterator[str]:
    """Yield the segments of one interchange of *claims* fictional claims of three lines."""
    parties = "*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    yield f"ISA{parties}*260301*1200*^*00501"
    yield "GS*HC*SENDER*RECEIVER*20260301*1200*1*X*005010X222A1"
    yield "ST*837*0001*005010X222A1"
    yield "BHT*0019*00*B1*20260301*1200*CH"
    yield "HL*1**20*1"
    yield "PRV*BI*PXC*207N00000X"
    yield "NM1*85*2*EXAMPLE DERMATOLOGY*****XX*1558444216"
    for claim in range(claims):
        yield f"HL*{claim + 2}*1*22*0"
        yield "SBR*P*18*******MB"
        yield f"NM1*IL*1*DOE{claim}*JANE****MI*M{claim:09d}"
        yield "N3*2 ELM"
        yield "N4*PHOENIX*AZ*85004"
        yield "DMG*D8*19500101*F"
        yield "NM1*PR*2*MEDICARE*****PI*03102"
        services = SERVICES[claim % len(SERVICES)]
        yield f"CLM*PCN{claim:06d}*{sum(service[1] for service in services)}***11:B:1*Y*A*Y*Y"
        yield f"REF*D9*{claim:09d}"
        yield "HI*ABK:C44311*ABF:L570*ABF:D485*ABF:L820"
        yield "NM1*82*1*SMITH*ANN****XX*1234567893"
        yield "PRV*PE*PXC*207N00000X"
        for line, (code, charge, units, pointers) in enumerate(services, 1):
            yield f"LX*{line}"
            yield f"SV1*HC:{code}*{charge}*UN*{units}***{pointers}"
            yield "DTP*472*D8*20260215"
            yield f"REF*6R*L{claim}-{line}"


def interchange(claims: int) -> str:
    """Return a whole interchange as text."""
    isa, *rest = segments(claims)
    isa += "*000000001*0*P*:"
    trailer = [f"SE*{len(rest)}*0001", "GE*1*1", "IEA*1*000000001"]
    return "~\n".join([isa, *rest, *trailer]) + "~\n"


def seconds(action: Callable[[], object], repeats: int = 5) -> list[float]:
    """Return the wall-clock seconds of each of *repeats* runs."""
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        action()
        times.append(time.perf_counter() - begun)
    return times


def main() -> None:
    """Write the file, time the readers, print the times and their ratio."""
    claims = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "claims.837"
        path.write_text(interchange(claims))
        lines = read_claims(path)
        assert len(lines) == 3 * claims
        ours = seconds(lambda: read_claims(path))
        print(f"{claims:,} claims, {len(lines):,} lines, {path.stat().st_size / 1e6:.1f} MB")
        print(
            f"auditkit, checked DataFrame: {statistics.median(ours):.3f} s (best {min(ours):.3f})"
        )
        try:
            from pyx12.x12file import X12Reader
        except ImportError:
            print("pyx12 is not installed: no comparison. Run with `uv run --with pyx12`.")
            return
        theirs = seconds(lambda: sum(1 for _ in X12Reader(str(path))), 3)
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(f"pyx12, segments only:        {statistics.median(theirs):.3f} s ({ratio:.1f} times)")


if __name__ == "__main__":
    main()
