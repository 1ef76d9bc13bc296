"""Small cells: counts of few patients are not shown in tables that leave the practice.

The rule is the CMS cell size suppression policy: no cell of 1 to 10 beneficiaries, and none that
can be worked out from a total or from the cells beside it. A cell of nobody may be shown. Cells
count encounters; whether one is small is asked of its patients. Where the audit has no list of
them, no table is made.
"""

import pandas as pd

#: The smallest count of patients or encounters that may be shown (CMS cell size policy).
SMALLEST_CELL = 11


def cell_patients(cells: pd.Series, patients: pd.Series | None) -> pd.Series | None:
    """Return the set of patients in each cell, or None where patients are not known.

    Args:
        cells: the name of the cell that a unit is in, by unit id; a unit may be in several.
        patients: the id of each unit's patient, by unit id.
    """
    if patients is None:
        return None
    return patients.reindex(cells.index).groupby(cells.to_numpy()).agg(frozenset)


def can_be_judged(smallest: int, patients: pd.Series | None) -> bool:
    """Return whether it can be told which cells are small, so that a table of them may be made.

    Args:
        smallest: the smallest number of patients that may be shown; 0 or 1 hides nothing.
        patients: the id of each unit's patient, by unit id; None where they are not listed, as
            in an opened pack and in a twin.
    """
    return smallest <= 1 or patients is not None


def hidden_cells(
    counts: pd.Series, smallest: int = SMALLEST_CELL, patients: pd.Series | None = None
) -> pd.Series:
    """Return which *counts* of one table, whose total is known, must not be shown.

    Besides the small ones, the next smallest are hidden until at least two are hidden and
    *smallest* patients are in them together; else the total less the shown cells would tell
    them. When nothing is large enough for that, all that are not zero are hidden.

    Args:
        counts: encounters in each cell.
        smallest: the smallest number of patients that may be shown; 0 or 1 hides nothing.
        patients: the patients in each cell, by the index of *counts*; None where they are not
            known, each encounter then being taken for a patient of its own.
    """
    people = _people(counts.index, patients)
    sizes = counts if people is None else people.map(len).astype("int64")
    some = counts > 0
    hidden = some & (sizes < smallest)
    order = sizes[some].sort_values(kind="stable").index
    while hidden.any() and (hidden.sum() < 2 or _together(counts, people, hidden) < smallest):
        more = [place for place in order if not hidden[place]]
        if not more:
            break
        hidden[more[0]] = True
    return hidden


def _people(cells: pd.Index, patients: pd.Series | None) -> pd.Series | None:
    """Return the patients of each of *cells*: nobody where none are listed."""
    if patients is None:
        return None
    listed = patients.to_dict()
    return pd.Series([listed.get(cell, frozenset()) for cell in cells], index=cells, dtype=object)


def _together(counts: pd.Series, people: pd.Series | None, hidden: pd.Series) -> int:
    """Return how many patients the hidden cells hold together, each counted once."""
    if people is None:
        return int(counts[hidden].sum())
    return len(frozenset().union(*people[hidden]))


def pooled(
    table: pd.DataFrame,
    label: str,
    smallest: int = SMALLEST_CELL,
    count: str = "count",
    patients: pd.Series | None = None,
) -> pd.DataFrame:
    """Return *table* with its hidden rows added up in one row, or without rows if all are hidden.

    Args:
        table: one row per cell; every column but *label* is a number that may be added.
        label: the column that names the cells; the new row's is "other".
        smallest: the smallest number of patients that may be shown.
        count: the column of counts.
        patients: as for `hidden_cells`, by the names of the cells.
    """
    counts = table.set_index(label)[count]
    hidden = hidden_cells(counts, smallest, patients)
    if not hidden.any():
        return table
    people = _people(counts.index, patients)
    if _together(counts, people, hidden) < smallest or hidden.sum() < 2:
        return table.iloc[:0]
    place = hidden.to_numpy()
    rest = table.loc[place].drop(columns=label).sum().to_frame().T
    rest[label] = "other"
    shown = table.loc[~place]
    whole = pd.concat([shown, rest[table.columns]], ignore_index=True)
    return whole.astype(table.dtypes.to_dict())
