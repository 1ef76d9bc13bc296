"""The few distinct values of the claims, from which a screening makes its small tables."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, slots=True)
class Facts:
    """The distinct values of the claims.

    `days` has dos and lines (how many); `providers` has rendering, billing, taxonomy and lines;
    `parties` are those that the providers form; `lists` has dx_list and pointers; `spans` has
    dos_from and dos_to of lines over several days; `replaced` says whether any claim has
    frequency code 7 or 8.
    """

    days: pd.DataFrame
    codes: list[str]
    mods: list[str]
    providers: pd.DataFrame
    parties: pd.DataFrame
    lists: pd.DataFrame
    diagnoses: list[str]
    spans: pd.DataFrame
    replaced: bool

    @property
    def lines(self) -> int:
        """Return how many lines the claims hold."""
        return int(self.days["lines"].sum())
