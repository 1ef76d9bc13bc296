"""Cloned notes found per second, beside comparing every note with every other.

Run: uv run python benchmarks/clones.py [number of notes, 100,000 unless told]

Target: 100,000 notes within 60 seconds on two cores.

The notes are made up: each has 200 words on average, the sentences of a template that all notes of
its provider share, and sentences of its own; one in fifty is a copy of another with a tenth of its
sentences changed. The comparison of every pair takes sets of runs of words and runs on the first
1,000 notes; its time for all of them is scaled by the number of pairs.
"""

import random
import re
import sys
import time
from itertools import combinations

import pandas as pd

from auditkit.documentation.clones import clone_rules, find_clones

PROVIDERS, SUBSET, TARGET = 40, 500, 60.0


def made_up(count: int) -> pd.DataFrame:
    """Return *count* notes, one in fifty copied from an earlier one of the same provider."""
    dice = random.Random(7)
    words = ["".join(dice.choices("abcdefghijklmnoprstuvy", k=dice.randint(3, 9)))
             for _ in range(4000)]  # fmt: skip

    def sentence() -> str:
        return " ".join(dice.choices(words, k=dice.randint(8, 16))) + "."

    templates = [[sentence() for _ in range(5)] for _ in range(PROVIDERS)]
    bodies: list[list[str]] = []
    for number in range(count):
        if number % 50 == 49:
            body = list(bodies[number - PROVIDERS])
            body[dice.randrange(len(body))] = sentence()
        else:
            body = [sentence() for _ in range(dice.randint(8, 16))]
        bodies.append(body)
    return pd.DataFrame(
        {
            "encounter_id": [f"{n:016x}" for n in range(count)],
            "patient_key": [f"K{n // 3}" for n in range(count)],
            "rendering_npi": [str(n % PROVIDERS) for n in range(count)],
            "dos": pd.Timestamp("2024-01-01") + pd.to_timedelta(pd.Series(range(count)) % 365, "D"),
            "text": [" ".join([*templates[n % PROVIDERS], *body]) for n, body in enumerate(bodies)],
        }
    )  # fmt: skip


def every_pair(notes: pd.DataFrame, length: int, alike: float) -> set[frozenset[str]]:
    """Return the pairs of notes alike, each note compared with each other."""
    sets = {}
    for encounter, text in zip(notes["encounter_id"], notes["text"], strict=True):
        words = re.findall(r"\w+", text.lower())
        sets[encounter] = {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}
    return {
        frozenset((a, b))
        for a, b in combinations(sets, 2)
        if len(sets[a] & sets[b]) >= alike * len(sets[a] | sets[b])
    }


def main() -> None:
    """Print notes per second, the ratio to comparing every pair, and whether both agree."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rules = clone_rules()
    notes = made_up(count)
    start, worked = time.perf_counter(), time.process_time()
    found = find_clones(notes)
    ours, worked = time.perf_counter() - start, time.process_time() - worked
    print(f"{count:,} notes, {notes['text'].str.len().mean():,.0f} characters on average")
    print(
        f"auditkit           {ours:8.1f} s  {count / ours:10,.0f} notes/s  (target {TARGET:.0f} s)"
    )
    print(f"  of processor time {worked:8.1f} s")
    part = notes.head(SUBSET)
    start = time.perf_counter()
    slow = every_pair(part, rules.words_in_a_run, rules.alike_from)
    taken = time.perf_counter() - start
    whole = taken * (count / SUBSET) ** 2
    print(f"every pair, {SUBSET:,} {taken:8.1f} s; {count:,} would take {whole / 3600:,.1f} hours")
    print(f"ratio {whole / ours:,.0f}")
    ids = set(part["encounter_id"])
    named = found.pairs[["encounter_id", "other_encounter_id"]]
    inside = named[named.isin(ids).all(axis=1)]
    missed = len(slow - {frozenset(pair) for pair in inside.itertuples(index=False)})
    print(f"copies planted {count // 50:,}, pairs found {len(found.pairs):,}")
    print(f"of {len(slow)} pairs alike among the first {SUBSET:,}, missed {missed}")


if __name__ == "__main__":
    main()
