"""Change one random byte of an evidence pack, 1,000 times: is it noticed, and is the file named?

Each change is made anywhere in the archive: file contents, headers, directory, closing hash.
auditkit's check and the stand-alone verifier both look at the changed archive; a second thousand
changes single bytes of the unpacked files, which the stand-alone verifier looks at in a folder.

    uv run python benchmarks/trust_pack.py [--changes 1000] [--audit reports/demo]
"""

import argparse
import importlib.util
import io
import random
import shutil
import tempfile
import time
import zipfile
from importlib import resources
from pathlib import Path

import auditkit
from auditkit.evidence.archive import INDEX
from auditkit.evidence.opened import OWN, broken_bytes


def stand_alone():
    """Return the stand-alone verifier as a module; it imports nothing but the standard library."""
    place = resources.files("auditkit") / "assets" / "verify_pack.py"
    spec = importlib.util.spec_from_file_location("verify_pack", str(place))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def owner_of(content, position):
    """Return the member whose bytes in the archive hold *position*, or what no member covers."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        starts = sorted((entry.header_offset, entry.filename) for entry in archive.infolist())
        end = archive.start_dir
    inside = [name for begin, name in starts if begin <= position]
    return OWN if position >= end or inside[-1] == INDEX else inside[-1]


def changed(content, position, rng):
    """Return *content* with another value in the byte at *position*."""
    other = bytearray(content)
    other[position] ^= rng.randrange(1, 256)
    return bytes(other)


def in_the_archive(content, changes, rng, alone):
    """Return how many changes each verifier noticed, and how many it named rightly."""
    found = dict.fromkeys(("noticed", "named", "alone_noticed", "alone_named"), 0)
    for _ in range(changes):
        position = rng.randrange(len(content))
        other, owner = changed(content, position, rng), owner_of(content, position)
        ours = [name for name, _ in broken_bytes(other)]
        theirs = [said.split(": ")[0] for said in alone.archive_bytes(other)]
        found["noticed"] += bool(ours)
        found["named"] += ours == [owner]
        found["alone_noticed"] += bool(theirs)
        found["alone_named"] += theirs == [owner]
    return found


def in_the_folder(folder, changes, rng, alone):
    """Return how many changes of an unpacked file the stand-alone verifier noticed and named."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    names = [name for name in names if (folder / name).stat().st_size]
    found = dict.fromkeys(("alone_noticed", "alone_named"), 0)
    for _ in range(changes):
        name = rng.choice(names)
        kept = (folder / name).read_bytes()
        (folder / name).write_bytes(changed(kept, rng.randrange(len(kept)), rng))
        said = [*alone.problems_of(alone.seals, folder), *alone.problems_of(alone.hashes, folder)]
        (folder / name).write_bytes(kept)
        found["alone_noticed"] += bool(said)
        # A list that is no longer JSON cannot be read; the message then names the check.
        found["alone_named"] += any(each.startswith(f"{name}: ") for each in said)
    return found


def main():
    """Print the figures."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--changes", type=int, default=1_000)
    ask.add_argument("--audit", type=Path)
    ask.add_argument("--seed", type=int, default=1_000)
    asked = ask.parse_args()
    rng, alone = random.Random(asked.seed), stand_alone()
    with tempfile.TemporaryDirectory() as place:
        folder = asked.audit or Path(place) / "reports" / "demo"
        if asked.audit is None:
            auditkit.start_demo(folder)
            auditkit.run(folder)
            auditkit.seal(auditkit.Audit(folder))
        content = auditkit.pack(folder, Path(place) / "evidence.zip").read_bytes()
        assert not list(broken_bytes(content)) and not list(alone.archive_bytes(content))
        begin = time.perf_counter()
        archive = in_the_archive(content, asked.changes, rng, alone)
        print(f"pack of {len(content):,} bytes; {asked.changes:,} single-byte changes anywhere")
        print(f"  auditkit verify:      noticed {archive['noticed']:,}, named {archive['named']:,}")
        print(
            f"  stand-alone verifier: noticed {archive['alone_noticed']:,}, "
            f"named {archive['alone_named']:,}   ({time.perf_counter() - begin:.1f} s)"
        )
        opened = Path(place) / "open"
        with zipfile.ZipFile(io.BytesIO(content)) as archive_:
            archive_.extractall(opened)
        assert not alone.check_folder(opened)
        begin = time.perf_counter()
        loose = in_the_folder(opened, asked.changes, rng, alone)
        print(f"unpacked, {asked.changes:,} single-byte changes of files chosen evenly")
        print(
            f"  stand-alone verifier: noticed {loose['alone_noticed']:,}, named "
            f"{loose['alone_named']:,}   ({time.perf_counter() - begin:.1f} s)"
        )
        shutil.rmtree(opened)


if __name__ == "__main__":
    main()
