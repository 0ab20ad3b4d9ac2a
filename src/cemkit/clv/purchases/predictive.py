"""PurchaseChances: how likely each number of purchases to come is, for each purchase history."""

import dataclasses
import functools
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Histories, Rows, distinct_rows
from cemkit.clv.purchases.history_model import HistoryModel
from cemkit.errors import DataError

Counts = npt.NDArray[np.int64]

FIRST_BLOCK = 8  # counts whose chances are computed at once; each further block is twice as long
NUMBERS_AT_ONCE = 4_000_000  # of a matrix of kinds and counts
NUMBERS_HELD = 8_000_000  # of kinds and counts, in tables of two numbers each
FAR = 10.0  # standard deviations of purchases, if nobody left: about where a table ends
MOST_COUNTS = 100_000  # purchases of one customer within a horizon
ROUNDING = 1e-12
NOT_LEFT = 1e-9  # of a distribution: what the whole of it leaves out


@dataclasses.dataclass(frozen=True, slots=True)
class PurchaseChances:
    """The distribution of the purchases to come of each distinct history.

    Customers who are alive differ only by repeat count and tenure (and covariates), so there are
    far fewer kinds of them than histories. `chance` and `beyond` hold, kind after kind, P(N = n)
    and P(N > n) of one who is alive, for n = 0, 1, ...; `start` is where each kind begins.
    """

    alive: Floats
    kind: Rows
    start: Rows
    chance: Floats
    beyond: Floats

    def quantiles(self, levels: Floats) -> Floats:
        """The smallest n with P(N <= n) of at least each level: shape (histories, levels)."""
        each = [self._smallest(self.kind, self.alive, 1 - level) for level in levels]
        return np.stack(each, axis=1)

    def at_least(self, n: int) -> Floats:
        """P(N >= n) of each history."""
        if n == 0:
            return np.ones(len(self.alive))
        at = self.start[self.kind] + n - 1
        inside = at < self.start[self.kind + 1]
        chance: Floats = self.alive * np.where(inside, self.beyond[np.where(inside, at, 0)], 0.0)
        return chance

    def mean(self) -> Floats:
        """Expected purchases of each history."""
        return self.alive * self._moment(1)[self.kind]

    def variance(self) -> Floats:
        """Variance of the purchases of each history, at these parameters."""
        variance: Floats = self.alive * self._moment(2)[self.kind] - self.mean() ** 2
        return variance

    def draw(self, row: Rows, random: np.random.Generator) -> Floats:
        """One number of purchases for each customer, whose history is given."""
        return self._smallest(self.kind[row], self.alive[row], random.random(len(row)))

    def _smallest(self, kind: Rows, alive: Floats, beyond: Floats | float) -> Floats:
        """The smallest n with P(N > n) of at most `beyond`."""
        with np.errstate(divide="ignore"):
            level = np.minimum(np.divide(beyond, alive), 1.0)
        # P(N > n) falls within each kind, so one sorted array holds all kinds, 2 apart.
        keys = 2.0 * self._kind_of_each() - self.beyond
        found = np.searchsorted(keys, 2.0 * kind - level) - self.start[kind]
        return found.astype(np.float64)

    def _moment(self, power: int) -> Floats:
        count = np.arange(len(self.chance)) - self.start[self._kind_of_each()]
        parts = self.chance * count.astype(np.float64) ** power
        sums = np.bincount(self._kind_of_each(), parts, minlength=len(self.start) - 1)
        return sums.astype(np.float64)

    def _kind_of_each(self) -> Rows:
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def purchase_chances(
    model: HistoryModel, histories: Histories, horizon: float, least: float = NOT_LEFT
) -> PurchaseChances:
    """The distribution within a horizon in days, up to where at most `least` of it is left."""
    kinds, kind = _kinds(histories)
    return _chances_of_kinds(model, histories, kinds, kind, horizon=horizon, least=least)


def chances_in_pieces(
    model: HistoryModel, histories: Histories, horizon: float, least: float
) -> Iterator[tuple[Rows | slice, Histories, PurchaseChances]]:
    """Customers, their histories and chances, in pieces that memory holds at once."""
    chances_of = functools.partial(_chances_of_kinds, model, horizon=horizon, least=least)
    kinds, kind = _kinds(histories)
    r, alpha = model._theta(kinds)[:2]
    shape = r + kinds.x
    mean = shape * histories.time.until(horizon) / (alpha + kinds.T)
    numbers = mean + FAR * np.sqrt(mean + mean**2 / shape) + FIRST_BLOCK
    piece_of_kind = (np.cumsum(numbers) // NUMBERS_HELD).astype(np.intp)
    pieces = np.unique(piece_of_kind)
    if len(pieces) == 1:
        yield slice(None), histories, chances_of(histories, kinds, kind)
        return
    piece = piece_of_kind[kind]
    of_customer = piece[histories.row]
    for each in pieces:
        rows, here = np.flatnonzero(piece == each), np.flatnonzero(of_customer == each)
        some = np.flatnonzero(piece_of_kind == each)
        part = histories.take(rows)
        part = dataclasses.replace(part, row=np.searchsorted(rows, histories.row[here]))
        yield here, part, chances_of(part, kinds.take(some), kind[rows] - some[0])


def _chances_of_kinds(
    model: HistoryModel,
    histories: Histories,
    kinds: Histories,
    kind: Rows,
    *,
    horizon: float,
    least: float,
) -> PurchaseChances:
    """`purchase_chances` where the kind of each history is known."""
    histories.time.check_plan(horizon)
    ahead = histories.time.until(horizon)

    def chances(rows: Rows, counts: Counts) -> Floats:
        some = kinds.take(rows)
        return model._chances_if_alive(model._theta(some), some, counts, ahead)

    def may_be_more(rows: Rows, last: int) -> npt.NDArray[np.bool_]:
        # If nobody left: beyond that only rounding is left.
        some = kinds.take(rows)
        r, alpha = model._theta(some)[:2]
        possible = betainc(last + 1.0, r + some.x, ahead / (alpha + some.T + ahead))
        return np.asarray(possible > ROUNDING)

    return tabulated(model._alive(histories), kind, chances, may_be_more, least)


def _kinds(histories: Histories) -> tuple[Histories, Rows]:
    """The histories whose chances differ if alive, and which of them each history is."""
    first, _, kind = distinct_rows([histories.x, histories.T, *histories.covariates.T])
    return histories.take(first), kind


def tabulated(
    alive: Floats,
    kind: Rows,
    chances: Callable[[Rows, Counts], Floats],
    may_be_more: Callable[[Rows, int], npt.NDArray[np.bool_]],
    least: float,
) -> PurchaseChances:
    """The table of the chances of some counts of some kinds, kind after kind."""
    n_kinds = int(kind.max()) + 1
    blocks = list(_blocks(n_kinds, chances, may_be_more, least))
    of_kind = np.concatenate([np.repeat(rows, chance.shape[1]) for rows, chance, _ in blocks])
    order = np.argsort(of_kind, kind="stable")
    start = np.append(0, np.cumsum(np.bincount(of_kind, minlength=n_kinds)))
    chance, beyond = (np.concatenate([block[i].ravel() for block in blocks])[order] for i in (1, 2))
    return PurchaseChances(alive, kind, start, chance, beyond)


def _blocks(
    n_kinds: int,
    chances: Callable[[Rows, Counts], Floats],
    may_be_more: Callable[[Rows, int], npt.NDArray[np.bool_]],
    least: float,
) -> Iterator[tuple[Rows, Floats, Floats]]:
    """Kinds, and P(N = n) and P(N > n) of them, for one run of n after the other."""
    rows, left, counts = np.arange(n_kinds), np.ones(n_kinds), np.arange(FIRST_BLOCK)
    while len(rows):
        size = max(1, NUMBERS_AT_ONCE // len(counts))
        parts = [rows[at : at + size] for at in range(0, len(rows), size)]
        chance = np.concatenate([chances(part, counts) for part in parts])
        beyond = np.maximum(left[:, None] - np.cumsum(chance, axis=1), 0.0)
        yield rows, chance, beyond
        more = (beyond[:, -1] > least) & may_be_more(rows, int(counts[-1]))
        rows, left = rows[more], beyond[more, -1]
        counts = np.arange(counts[-1] + 1, counts[-1] + 1 + 2 * len(counts))
        if len(rows) and counts[0] > MOST_COUNTS:
            raise DataError(
                f"{len(rows):,} kinds of customers may buy more than {counts[0]:,} times within "
                "the horizon; take a shorter horizon_days"
            )
