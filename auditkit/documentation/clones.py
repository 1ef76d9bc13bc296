"""Cloned notes: near-duplicate text within and across patients, always advisory.

Candidates come from MinHash signatures (Broder 1997) in bands (Leskovec, Rajaraman and Ullman,
"Mining of Massive Datasets", ch. 3); what is reported rests on the exact likeness of each pair.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
import numpy.typing as npt
import pandas as pd
from datasketch import MinHash
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from auditkit.documentation.shingles import Hashes, Shingles, shingles

Numbers = npt.NDArray[np.int64]

#: Signatures of this many hashes, cut into bands of four: a pair alike by 0.7 shares a band with
#: probability 1 - (1 - 0.7 ** 4) ** 32 = 0.9998, one alike by 0.3 with probability 0.23.
PERMUTATIONS, BANDS = 128, 32
#: A pair is compared exactly when its estimated likeness is at most this far below the limit:
#: four standard errors of the estimate, sqrt(0.7 * 0.3 / 128).
SLACK = 0.16

PAIR_COLUMNS = [
    "encounter_id",
    "other_encounter_id",
    "kind",
    "rendering_npi",
    "other_rendering_npi",
    "days_apart",
    "likeness",
    "contained",
    "cluster",
]


@dataclass(frozen=True, slots=True)
class CloneRules:
    """How cloned notes are looked for; see `clones.toml` for each."""

    words_in_a_run: int
    alike_from: float
    template_share: float
    template_patients: int
    least_own_runs: int
    bucket: int


@dataclass(frozen=True, slots=True)
class Clones:
    """What was found, by encounter id; no text of any note.

    `pairs` has a row for each two notes alike: `kind` is `same_patient` (copied forward) or
    `across_patients`; `likeness` is the exact Jaccard likeness of the notes' own runs of words,
    `contained` the share of the shorter note's own runs that stand in the other, `days_apart` is
    from the first to the other, `cluster` the first encounter id of all notes linked to them.

    `providers` has a row for each rendering provider: notes, compared, too_short (too little text
    of their own), copied_forward and like_another_patients (notes in such a pair), and
    template_share (the median share of a note's text that is template).

    `template` holds the hashes of the runs of words set apart as template.
    """

    pairs: pd.DataFrame
    providers: pd.DataFrame
    template: Hashes
    rules: CloneRules


def clone_rules() -> CloneRules:
    """Return the rules as they ship."""
    text = resources.files("auditkit.documentation").joinpath("clones.toml").read_text("utf-8")
    return CloneRules(**tomllib.loads(text))


def find_clones(notes: pd.DataFrame, rules: CloneRules | None = None) -> Clones:
    """Return the near-duplicate notes among *notes*; advisory, never a finding.

    Text common to many notes of a provider, or of all, is template: it is set apart before notes
    are compared. Of a large set of notes alike not every pair is listed, but all are in one
    cluster.

    Args:
        notes: encounter_id, patient_key, rendering_npi, dos and text, one row per encounter, as
            `auditkit.documentation.notes.read_notes` returns.
        rules: Other limits than the ones that ship.

    Raises:
        KeyError: *notes* lacks a column.
    """
    rules = rules or clone_rules()
    notes = notes.sort_values(["dos", "encounter_id"], ignore_index=True)
    everything = shingles(notes["text"].fillna(""), rules.words_in_a_run)
    patients, _ = pd.factorize(notes["patient_key"])
    providers, npis = pd.factorize(notes["rendering_npi"])
    is_template = _template(everything, patients, providers, rules)
    own = everything.where(~is_template)
    compared = own.sizes >= rules.least_own_runs
    found = _alike(own, np.flatnonzero(compared), rules)
    pairs = _pair_table(notes, found)
    told = _by_provider(notes, pairs, everything, own, compared)
    return Clones(
        pairs=pairs,
        providers=told.set_index("rendering_npi").loc[sorted(npis)].reset_index(),
        template=np.unique(everything.values[is_template]),
        rules=rules,
    )


def _template(
    all_runs: Shingles, patients: Numbers, providers: Numbers, rules: CloneRules
) -> npt.NDArray[np.bool_]:
    """Return which entries of *all_runs* are template, of their provider or of the practice."""
    owners = all_runs.owners
    marked = _common(all_runs.values, patients[owners], len(all_runs), rules)
    by_provider = providers[owners]
    for provider in np.unique(providers):
        mine = np.flatnonzero(by_provider == provider)
        count = int((providers == provider).sum())
        marked[mine] |= _common(all_runs.values[mine], patients[owners[mine]], count, rules)
    return marked


def _common(
    values: Hashes, patients: Numbers, notes: int, rules: CloneRules
) -> npt.NDArray[np.bool_]:
    """Return which *values* stand in too many of so many *notes*, and of enough patients."""
    distinct, counts = np.unique(values, return_counts=True)
    often = distinct[(counts > rules.template_share * notes) & (counts >= rules.template_patients)]
    if not len(often):
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(np.searchsorted(often, values), len(often) - 1)
    hit = often[place] == values
    whose = np.unique(np.stack([place[hit], patients[hit]]), axis=1)[0]
    enough = np.bincount(whose, minlength=len(often)) >= rules.template_patients
    marked: npt.NDArray[np.bool_] = hit & enough[place]
    return marked


def _alike(own: Shingles, chosen: Numbers, rules: CloneRules) -> pd.DataFrame:
    """Return first, other, likeness and contained for each pair of *chosen* notes alike."""
    signatures = _signatures(own, chosen)
    one, two = _candidates(signatures, rules.bucket)
    near = np.zeros(len(one), dtype=bool)
    for start in range(0, len(one), 1 << 16):
        part = slice(start, start + (1 << 16))
        same = (signatures[one[part]] == signatures[two[part]]).mean(axis=1)
        near[part] = same >= rules.alike_from - SLACK
    rows = []
    for i, j in zip(chosen[one[near]], chosen[two[near]], strict=True):
        a, b = own.of(i), own.of(j)
        shared = len(np.intersect1d(a, b, assume_unique=True))
        likeness = shared / (len(a) + len(b) - shared)
        if likeness >= rules.alike_from:
            rows.append((i, j, likeness, shared / min(len(a), len(b))))
    return pd.DataFrame(rows, columns=["first", "other", "likeness", "contained"])


def _signatures(own: Shingles, chosen: Numbers) -> npt.NDArray[np.uint64]:
    """Return the MinHash signature of each chosen note, one row each."""
    first = MinHash(PERMUTATIONS, scheme="affine32")
    rows = np.empty((len(chosen), PERMUTATIONS), dtype=np.uint64)
    for row, note in enumerate(chosen):
        sketch = MinHash(
            PERMUTATIONS, hashfunc=int, permutations=first.permutations, scheme="affine32"
        )
        sketch.update_batch((own.of(note) >> np.uint64(32)).tolist())
        rows[row] = sketch.hashvalues
    return rows


def _candidates(signatures: npt.NDArray[np.uint64], bucket: int) -> tuple[Numbers, Numbers]:
    """Return the rows of *signatures* that share a band, as pairs (smaller, larger), once each."""
    count = len(signatures)
    found = [np.empty(0, dtype=np.int64)]
    for band in np.split(signatures, BANDS, axis=1):
        mixed = np.zeros(count, dtype=np.uint64)
        for column in band.T:
            mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        order = np.argsort(mixed, kind="stable")
        edges = np.flatnonzero(np.diff(mixed[order], prepend=~mixed[order[:1]]))
        sizes = np.diff(edges, append=count)
        for start, size in zip(edges[sizes > 1], sizes[sizes > 1], strict=True):
            found.append(_within(order[start : start + size], count, bucket))
    keys = np.unique(np.concatenate(found))
    return keys // max(count, 1), keys % max(count, 1)


def _within(group: Numbers, count: int, bucket: int) -> Numbers:
    """Return the pairs of one bucket as numbers first * count + other.

    *group* is in ascending order. In a large bucket each note is paired with the first and with
    its neighbour, which links them all without a number of pairs that grows with the square.
    """
    if len(group) <= bucket:
        one, two = np.triu_indices(len(group), 1)
        return group[one] * count + group[two]
    with_first = group[0] * count + group[1:]
    return np.concatenate([with_first, group[:-1] * count + group[1:]])


def _pair_table(notes: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs by encounter id, the most alike first."""
    first, other = found["first"].to_numpy(int), found["other"].to_numpy(int)
    column = {name: notes[name].to_numpy() for name in notes.columns}
    same = column["patient_key"][first] == column["patient_key"][other]
    days = (column["dos"][other] - column["dos"][first]) / np.timedelta64(1, "D")
    table = pd.DataFrame(
        {
            "encounter_id": column["encounter_id"][first],
            "other_encounter_id": column["encounter_id"][other],
            "kind": np.where(same, "same_patient", "across_patients"),
            "rendering_npi": column["rendering_npi"][first],
            "other_rendering_npi": column["rendering_npi"][other],
            "days_apart": days.astype("int64"),
            "likeness": found["likeness"].astype("float64"),
            "contained": found["contained"].astype("float64"),
            "cluster": _clusters(len(notes), first, other, column["encounter_id"]),
        },
        columns=PAIR_COLUMNS,
    )
    return table.sort_values(
        ["likeness", "encounter_id", "other_encounter_id"],
        ascending=[False, True, True],
        ignore_index=True,
    )


def _clusters(
    count: int, first: Numbers, other: Numbers, ids: npt.NDArray[np.object_]
) -> Sequence[str]:
    """Return the earliest encounter id of the cluster of each pair."""
    graph = coo_array((np.ones(len(first)), (first, other)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    earliest = np.full(count, count)
    np.minimum.at(earliest, label, np.arange(count))
    return [str(ids[earliest[label[i]]]) for i in first]


def _by_provider(
    notes: pd.DataFrame,
    pairs: pd.DataFrame,
    everything: Shingles,
    own: Shingles,
    compared: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Return the counts of each provider."""
    in_pair = {
        kind: set(part["encounter_id"]) | set(part["other_encounter_id"])
        for kind, part in pairs.groupby("kind")
    }
    sizes = everything.sizes
    told = pd.DataFrame(
        {
            "rendering_npi": notes["rendering_npi"],
            "compared": compared,
            "too_short": ~compared,
            "copied_forward": notes["encounter_id"].isin(in_pair.get("same_patient", set())),
            "like_another_patients": notes["encounter_id"].isin(
                in_pair.get("across_patients", set())
            ),
            "template_share": np.where(sizes > 0, 1 - own.sizes / np.maximum(sizes, 1), np.nan),
        }
    )
    by = told.groupby("rendering_npi")
    counts = by[["compared", "too_short", "copied_forward", "like_another_patients"]].sum()
    counts.insert(0, "notes", by.size())
    return counts.assign(template_share=by["template_share"].median()).reset_index()
