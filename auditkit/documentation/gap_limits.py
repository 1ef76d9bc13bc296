"""The rate of gaps in a part of a sample, with limits that keep to the few notes asked."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from auditkit.errors import FrameError
from auditkit.stats import clopper_pearson, korn_graubard

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GapRate:
    """A rate with its two-sided limits and the words for how they were found."""

    rate: float
    lower: float
    upper: float
    level: float
    method: str


class DrawnUnits:
    """The drawn units of a scope, with their weights."""

    def __init__(self, drawn: pd.DataFrame, sizes: pd.Series | None) -> None:
        self.units = pd.Index(drawn["unit_id"])
        self._stratum, names = pd.factorize(drawn["stratum"])
        self._n = np.bincount(self._stratum, minlength=len(names)).astype(float)
        self._weighted = sizes is not None and len(names) > 1
        if sizes is None:
            self._left_out = np.ones(len(names))
            self._weight = np.ones(len(drawn))
            return
        absent = [name for name in names if sizes.get(name, 0) < 1]
        if absent:
            raise FrameError(
                f"The frame's sizes name no units for {len(absent)} strata of the sample. Give the "
                "sizes of the frame that the sample was drawn from."
            )
        size = sizes.reindex(names).to_numpy(float)
        self._left_out = np.clip(1 - self._n / size, 0, 1)
        self._weight = (size / self._n)[self._stratum]

    def rate(self, found: pd.DataFrame, level: float) -> "GapRate":
        """Return the rate of gaps among the units of *found*, a domain of the sample."""
        y, x = np.zeros(len(self.units)), np.zeros(len(self.units))
        place = self.units.get_indexer(pd.Index(found["unit_id"]))
        y[place], x[place] = found["y"] * found["x"], found["x"]
        total = float(self._weight @ x)
        share = min(float(self._weight @ y) / total, 1.0)
        if not self._left_out.any():
            return GapRate(share, share, share, level, "every unit of the frame was read")
        n, touched = int(x.sum()), len(np.unique(self._stratum[x > 0]))
        if not self._weighted or touched == 1:
            lower, upper = clopper_pearson(float(y.sum()), n, level)
            return GapRate(share, lower, upper, level, "Clopper-Pearson")
        # A domain of few units may vary less than chance allows; its limits are never narrower
        # than those of as many units drawn simply.
        se = max(self._se(y, x, share, total), math.sqrt(share * (1 - share) / n))
        lower, upper = korn_graubard(share, se, n, level, df=max(1, n - touched))
        return GapRate(share, lower, upper, level, "Korn-Graubard, strata weighted by the frame")

    def _se(self, y: Numbers, x: Numbers, share: float, total: float) -> float:
        """Return the linearised standard error of a domain's ratio (Cochran 1977, 6.11)."""
        residual = self._weight * (y - share * x) / total
        sums = np.bincount(self._stratum, residual, minlength=len(self._n))
        squares = np.bincount(self._stratum, residual**2, minlength=len(self._n))
        spread = np.maximum(squares - sums**2 / self._n, 0) * self._n / np.maximum(self._n - 1, 1)
        return math.sqrt(float(self._left_out @ spread))
