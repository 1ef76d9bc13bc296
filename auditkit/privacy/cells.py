"""Small cells: counts of few patients are not shown in tables that leave the practice.

The rule is the CMS cell size suppression policy: no cell of 1 to 10, and none that can be worked
out from a total or from the cells beside it. A cell of nobody may be shown.
"""

import pandas as pd

#: The smallest count of patients or encounters that may be shown (CMS cell size policy).
SMALLEST_CELL = 11


def hidden_cells(counts: pd.Series, smallest: int = SMALLEST_CELL) -> pd.Series:
    """Return which *counts* of one table, whose total is known, must not be shown.

    Besides the small ones, the next smallest are hidden until at least two are hidden and they
    add up to *smallest* at least; else the total less the shown cells would tell them. When
    nothing is large enough for that, all that are not zero are hidden.

    Args:
        counts: patients or encounters in each cell.
        smallest: the smallest count that may be shown; 0 or 1 hides nothing.
    """
    some = counts > 0
    hidden = some & (counts < smallest)
    order = counts[some].sort_values(kind="stable").index
    while hidden.any() and (hidden.sum() < 2 or counts[hidden].sum() < smallest):
        more = [place for place in order if not hidden[place]]
        if not more:
            break
        hidden[more[0]] = True
    return hidden


def pooled(
    table: pd.DataFrame, label: str, smallest: int = SMALLEST_CELL, count: str = "count"
) -> pd.DataFrame:
    """Return *table* with its hidden rows added up in one row, or without rows if all are hidden.

    Args:
        table: one row per cell; every column but *label* is a number that may be added.
        label: the column that names the cells; the new row's is "other".
        smallest: the smallest count that may be shown.
        count: the column of counts.
    """
    hidden = hidden_cells(table[count], smallest)
    if not hidden.any():
        return table
    if table.loc[hidden, count].sum() < smallest or hidden.sum() < 2:
        return table.iloc[:0]
    rest = table.loc[hidden].drop(columns=label).sum().to_frame().T
    rest[label] = "other"
    shown = table.loc[~hidden]
    whole = pd.concat([shown, rest[table.columns]], ignore_index=True)
    return whole.astype(table.dtypes.to_dict())
