"""Who reads which chart: dealt out by the audit's seed, so that nobody chose."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence

from auditkit.errors import StageError
from auditkit.review import events as e
from auditkit.review.stages import Work
from auditkit.review.state import State


def assign_charts(work: Work, state: State, readers: Sequence[str]) -> tuple[e.Assigned, ...]:
    """Return an assignment for every chart that has no reader yet, and for every second read.

    Charts are dealt in turn in the order of the SHA-256 of `seed|assignment|encounter`; a second
    read goes to the reader with the fewest of them who does not read the chart already. With one
    reader there is nobody for the second reads, which then stay open.

    Args:
        work: The sampled encounters and the double-read share.
        state: The review.
        readers: The readers' accounts.

    Raises:
        StageError: No reader is named.
    """
    if not readers:
        raise StageError("Nobody is appointed reader yet. Appoint one, then assign the charts.")
    waiting = [x for x in _in_order(work.slots, state.seed) if (x, 1) not in state.readers]
    order = sorted(readers)
    first = {x: order[i % len(order)] for i, x in enumerate(waiting)}
    firsts = {x: who for (x, read), who in state.readers.items() if read == 1} | first
    dealt = Counter(dict.fromkeys(order, 0))
    dealt.update(who for (_, read), who in state.readers.items() if read == 2)
    events = [e.Assigned(encounter_id=x, reader=who) for x, who in first.items()]
    for encounter in _in_order(work.double, state.seed):
        others = [who for who in order if who != firsts.get(encounter)]
        if (encounter, 2) in state.readers or not others:
            continue
        second = min(others, key=lambda who: (dealt[who], who))
        dealt[second] += 1
        events.append(e.Assigned(encounter_id=encounter, reader=second, read=2))
    return tuple(events)


def _in_order(encounters: Iterable[str], seed: str) -> list[str]:
    return sorted(
        encounters, key=lambda x: hashlib.sha256(f"{seed}|assignment|{x}".encode()).digest()
    )
