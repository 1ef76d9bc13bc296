"""A block of patients made at once: its claim lines, records, notes, answers and totals."""

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sample_data.practice import tables
from sample_data.practice.encounter import Encounter
from sample_data.practice.journey import DOCUMENTED_FROM, encounters
from sample_data.practice.notes import note_of

Row = tuple[Any, ...]

#: What `totals` counts for each provider: encounters and lines, those with an error, and cents
#: billed, over and under.
TOTALS = 7


@dataclass(slots=True)
class Block:
    """What a range of patients gives to each file."""

    encounters: int = 0
    planted: int = 0
    documented: int = 0
    claims: list[Row] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    key: list[Row] = field(default_factory=list)
    totals: dict[str, list[int]] = field(default_factory=dict)


def block_of(seed: int, patients: range, documentation: bool) -> Block:
    """Return the block of *patients* (numbers); records and answers only if *documentation*."""
    block = Block()
    for enc in encounters(seed, patients):
        block.encounters += 1
        block.planted += any(part.answer.plant for part in enc.billed)
        block.claims += tables.claim_rows(enc)
        if documentation and enc.dos >= DOCUMENTED_FROM:
            document(enc, seed, block)
    return block


def document(enc: Encounter, seed: int, block: Block) -> None:
    """Add record, note, answers and totals of *enc* to *block*."""
    block.documented += 1
    block.key += tables.key_rows(enc)
    block.records.append(json_line(tables.documented(enc)))
    text = note_of(enc, seed)
    if text:
        named = {"patient_key": enc.patient.key, "rendering_npi": enc.provider.npi}
        block.notes.append(json_line(named | {"dos": enc.dos.isoformat(), "text": text}))
    row = block.totals.setdefault(enc.provider.npi, [0] * TOTALS)
    row[0] += 1
    row[2] += any(part.answer.plant for part in enc.billed)
    for part in enc.billed:
        billed, agreed = part.cents(enc.prices)
        row[1] += part.line is not None
        row[3] += bool(part.answer.plant)
        row[4] += billed
        row[5] += max(billed - agreed, 0)
        row[6] += max(agreed - billed, 0)


def json_line(value: dict[str, Any]) -> str:
    """Return *value* as one line of JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False) + "\n"


def ranges(patients: int | None, size: int) -> Iterator[range]:
    """Yield ranges of patients' numbers, without end if *patients* is None."""
    for number in count():
        start = number * size
        if patients is not None and start >= patients:
            return
        yield range(start, start + size if patients is None else min(start + size, patients))


def blocks(
    seed: int, patients: int | None, documentation: bool, size: int, processes: int
) -> Iterator[Block]:
    """Yield the blocks in order, made by so many *processes*; few wait in memory at a time."""
    if processes == 1:
        for part in ranges(patients, size):
            yield block_of(seed, part, documentation)
        return
    with ProcessPoolExecutor(processes) as pool:
        waiting: deque[Future[Block]] = deque()
        try:
            for part in ranges(patients, size):
                waiting.append(pool.submit(block_of, seed, part, documentation))
                if len(waiting) > processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
