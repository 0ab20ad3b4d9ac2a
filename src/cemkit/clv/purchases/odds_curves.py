"""OddsCurves: distributions of positive amounts whose log-odds are nearly straight in the log.

So they are for sums of money and for waiting times: both ends of a distribution are powers. The
log-odds are kept on a grid of logarithms, with their slopes, and are cubic in between.
"""

import dataclasses

import numpy as np
from scipy.special import expit

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Rows

NEWTON_STEPS = 16
NO_STEP = 1e-12  # of a cell
LEAST_LOG = -60.0


@dataclasses.dataclass(frozen=True, slots=True)
class OddsCurves:
    """Distributions of an amount W on the line of positive numbers, one per row.

    `odds` is log(P(0 < W <= w) / P(w < W < inf)) at log w = low, low + step, ..., `slope` its
    slope, and `some` is P(0 < W < inf).
    """

    low: float
    step: float
    odds: Floats
    slope: Floats
    some: Floats

    @classmethod
    def of(
        cls, low: float, step: float, below: Floats, above: Floats, density: Floats
    ) -> "OddsCurves":
        """The curves with these probabilities and densities (in the logarithm) on the grid."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            odds = np.clip(np.log(below) - np.log(above), LEAST_LOG, -LEAST_LOG)
            slope = density * (1 / below + 1 / above)
        slope = np.where(np.abs(odds) < -LEAST_LOG, slope, 0.0)
        some = below[:, 0] + above[:, 0]
        return cls(low, step, np.maximum.accumulate(odds, axis=1), slope, some)

    def quantile(self, row: Rows, beyond: Floats) -> Floats:
        """The smallest w with P(W > w) of at most `beyond`."""
        some = self.some[row]
        positive = beyond < some
        row, beyond, some = row[positive], beyond[positive], some[positive]
        wanted = np.log(some - beyond) - np.log(beyond)
        w = np.zeros(len(positive))
        w[positive] = np.exp(self._log_amount(row, wanted))
        return w

    def beyond(self, row: Rows, log_w: Floats) -> Floats:
        """P(W > w)."""
        place = (log_w - self.low) / self.step
        cell = np.clip(np.floor(place), 0, self.odds.shape[1] - 2).astype(np.intp)
        odds = _polynomial(self._cubic(row, cell), np.clip(place - cell, 0.0, 1.0))
        odds += self.step * self.slope[row, 0] * np.minimum(place, 0.0)
        odds += self.step * self.slope[row, -1] * np.maximum(place - self.odds.shape[1] + 1, 0.0)
        chance: Floats = self.some[row] * expit(-odds)
        return chance

    def _log_amount(self, row: Rows, wanted: Floats) -> Floats:
        """Where the log-odds are those wanted."""
        n_steps = self.odds.shape[1]
        apart = 4 * np.abs(self.odds).max() + 4
        keys = (apart * np.arange(len(self.odds))[:, None] + self.odds).ravel()
        bound = np.clip(wanted, self.odds[row, 0], self.odds[row, -1])
        cell = np.searchsorted(keys, apart * row + bound, side="right") - 1 - n_steps * row
        cell = np.clip(cell, 0, n_steps - 2)
        share = _root(self._cubic(row, cell), bound)
        end = np.where(wanted < bound, self.slope[row, 0], self.slope[row, -1])
        with np.errstate(divide="ignore"):  # flat where nothing is left
            straight = np.divide(wanted - bound, end, out=np.zeros(len(row)), where=wanted != bound)
        log_amount: Floats = self.low + self.step * (cell + share) + straight
        return log_amount

    def _cubic(self, row: Rows, cell: Rows) -> Floats:
        """Coefficients of the cubic Hermite interpolation within a cell, the constant first."""
        left, right = self.odds[row, cell], self.odds[row, cell + 1]
        start, end = (self.step * self.slope[row, cell + at] for at in (0, 1))
        rise = right - left
        return np.stack([left, start, 3 * rise - 2 * start - end, start + end - 2 * rise])


def _polynomial(cubic: Floats, share: Floats) -> Floats:
    value: Floats = cubic[0] + share * (cubic[1] + share * (cubic[2] + share * cubic[3]))
    return value


def _root(cubic: Floats, wanted: Floats) -> Floats:
    """Where in [0, 1] each rising cubic has the value wanted: Newton's method within brackets."""
    low, high = np.zeros(len(wanted)), np.ones(len(wanted))
    slope = [cubic[1], 2 * cubic[2], 3 * cubic[3]]
    share = np.full(len(wanted), 0.5)
    for _ in range(NEWTON_STEPS):
        error = _polynomial(cubic, share) - wanted
        low, high = np.where(error < 0, share, low), np.where(error < 0, high, share)
        fall = slope[0] + share * (slope[1] + share * slope[2])
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = share - error / fall
        inside = (newton >= low) & (newton <= high)
        moved = np.where(inside, newton, (low + high) / 2)
        still = np.abs(moved - share) <= NO_STEP
        share = np.where(still, share, moved)  # a quantile does not depend on the others
        if still.all():
            break
    return share
