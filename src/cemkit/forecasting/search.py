"""The search for the orders of least AICc."""

import itertools
import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cemkit.arrays import Floats
from cemkit.forecasting.differencing import difference, is_identified
from cemkit.forecasting.estimation import extended, maximize, start_values
from cemkit.forecasting.likelihood import ArmaOrder, ExactLikelihood
from cemkit.forecasting.model import (
    ArimaModel,
    ArimaOrder,
    Observations,
    corrected_aic,
)
from cemkit.forecasting.polynomials import smallest_root
from cemkit.forecasting.series import Order

Search = Literal["stepwise", "exhaustive", "average"]

LARGEST_ORDER, LARGEST_SEASONAL_ORDER, LARGEST_SUM = 5, 2, 5
LONG_SEASON = 24  # beyond it, one seasonal coefficient of a kind is all a few years can carry,
LARGEST_BESIDE_LONG = 2  # and two ordinary ones
MOST_MODELS = 94
BREADTH = 1
SMALLEST_ROOT = 1.01
EVIDENCE = 4.0  # models within this AICc of the best are averaged
SEARCH_TOLERANCE, FINAL_TOLERANCE = 1e-4, 1e-9
FINAL_STARTS = (0.0, 0.3, -0.3)

_SEASONAL_MOVES = [
    (0, 0, i, j) for i, j in itertools.product((-1, 0, 1), repeat=2) if (i, j) != (0, 0)
]
_ORDINARY_MOVES = [
    (i, j, 0, 0) for i, j in itertools.product((-1, 0, 1), repeat=2) if (i, j) != (0, 0)
]
_FIRST = [(2, 2, 1, 1), (0, 0, 0, 0), (1, 0, 1, 0), (0, 1, 0, 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a search is asked for: orders, "auto" where they are searched, and how."""

    order: Literal["auto"] | Order = "auto"
    seasonal_order: Literal["auto"] | Order = "auto"
    search: Literal["auto"] | Search = "stepwise"

    @property
    def named_order(self) -> Order | None:
        """The order where it is named."""
        return _named(self.order)

    @property
    def named_seasonal_order(self) -> Order | None:
        """The seasonal order where it is named."""
        return _named(self.seasonal_order)


def _named(order: Literal["auto"] | Order) -> Order | None:
    return None if isinstance(order, str) else (int(order[0]), int(order[1]), int(order[2]))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fitted order in the search."""

    order: ArimaOrder
    free: Floats
    log_likelihood: float
    aicc: float


class OrderSearch:
    """Fit orders to one series, and remember them."""

    def __init__(
        self,
        observations: Observations,
        d: int,
        seasonal_d: int,
        period: int,
        wanted: Wanted,
    ) -> None:
        self.wanted = wanted
        self.observations = observations
        self.base = ArimaOrder(ArmaOrder(0, 0, 0, 0, period), d, seasonal_d, constant=False)
        self.tried: dict[ArimaOrder, Candidate] = {}
        self._data = observations.differenced(self.base)
        levels = replace(self.base, constant=True).constant_column(0, len(observations.values))
        self._constant = difference(levels, d, seasonal_d, period)
        # Not where regressors, such as a trend, already say what a drift would.
        columns = np.column_stack([observations.missing, observations.regressors, levels])
        self.may_have_constant = d + seasonal_d == 0 or (
            d + seasonal_d == 1 and is_identified(columns, d, seasonal_d, period)
        )
        self._spans = self._allowed(wanted.named_order, wanted.named_seasonal_order)
        self._margin = 0.0

    def best(self) -> list[tuple[float, ArimaModel]]:
        """The chosen models with their weights, which sum to 1; the best comes first."""
        search = self.wanted.search
        self._margin = EVIDENCE if search == "average" else 0.0
        if search == "exhaustive":
            self._exhaustive()
        else:
            self._stepwise()
        first, *others = self._ranked()
        if search != "average" or not math.isfinite(first.aicc):
            return [(1.0, self._model(self.polished(first)))]
        near = [first, *(other for other in others if other.aicc - first.aicc < EVIDENCE)]
        weights = np.exp([(first.aicc - candidate.aicc) / 2 for candidate in near])
        return [
            (float(weight), self._model(candidate))
            for weight, candidate in zip(weights / weights.sum(), near, strict=True)
        ]

    def polished(self, candidate: Candidate) -> Candidate:
        """The same order, climbed to the end from several starts."""
        likelihood = self._likelihood(candidate.order)
        k = candidate.order.arma.size
        starts = [candidate.free, *(np.full(k, value) for value in FINAL_STARTS if k)]
        highest, _ = maximize(likelihood, starts, tolerance=SEARCH_TOLERANCE)
        free, log_likelihood = maximize(likelihood, [highest], tolerance=FINAL_TOLERANCE)
        polished = self._judged(candidate.order, free, log_likelihood)
        # A climb that ends next to the unit circle is not taken, unless it began there.
        is_better = polished.aicc < candidate.aicc or math.isinf(candidate.aicc)
        return polished if is_better else candidate

    def fitted(self, order: ArimaOrder, parent: Candidate | None = None) -> Candidate:
        """Fit an order, from its parent's coefficients and from Hannan and Rissanen's."""
        likelihood = self._likelihood(order)
        starts = [np.zeros(order.arma.size)]
        if parent is not None:
            starts.append(extended(parent.free, parent.order.arma, order.arma))
        estimate = start_values(likelihood) if order.arma.size else None
        if estimate is not None:
            starts.append(estimate)
        start = max(starts, key=likelihood.log_likelihood) if len(starts) > 1 else starts[0]
        free, log_likelihood = maximize(
            likelihood, [start], tolerance=SEARCH_TOLERANCE, target=self._needed(order)
        )
        candidate = self._judged(order, free, log_likelihood)
        self.tried[order] = candidate
        return candidate

    def _likelihood(self, order: ArimaOrder) -> ExactLikelihood:
        n_missing = self.observations.missing.shape[1]
        data = self._data
        if order.constant:
            data = np.insert(data, 1 + n_missing, self._constant, axis=1)
        return ExactLikelihood(data, order.arma, n_missing)

    def _needed(self, order: ArimaOrder) -> float:
        """The log-likelihood below which an order plays no part."""
        best = min((candidate.aicc for candidate in self.tried.values()), default=math.inf)
        return (self._aicc(order, 0.0) - best - self._margin) / 2

    def _aicc(self, order: ArimaOrder, log_likelihood: float) -> float:
        n_effects = order.constant + self.observations.regressors.shape[1]
        n = len(self._data) - self.observations.missing.shape[1]
        return corrected_aic(log_likelihood, order.arma.size + n_effects + 1, n)

    def _judged(self, order: ArimaOrder, free: Floats, log_likelihood: float) -> Candidate:
        nearest = min(map(smallest_root, order.arma.coefficients(free)))
        # A seasonal factor's roots in B are nearer to the circle than those in B^m.
        if nearest < SMALLEST_ROOT or len(self._data) <= order.arma.ar_span:
            return Candidate(order, free, log_likelihood, math.inf)
        return Candidate(order, free, log_likelihood, self._aicc(order, log_likelihood))

    def _model(self, candidate: Candidate) -> ArimaModel:
        return ArimaModel(candidate.order, candidate.free, self.observations)

    def _ranked(self) -> list[Candidate]:
        return sorted(self.tried.values(), key=lambda candidate: candidate.aicc)

    def _allowed(self, order: Order | None, seasonal: Order | None) -> list[range]:
        """The values that p, q, P and Q may take."""
        n, period = len(self.observations.values), self.base.arma.period
        most = min(LARGEST_ORDER, n // 3)
        most_seasonal = 0
        if period > 1:
            is_long = period > LONG_SEASON
            most = min(most, LARGEST_BESIDE_LONG if is_long else period - 1)
            largest = 1 if is_long else LARGEST_SEASONAL_ORDER
            most_seasonal = min(largest, n // 3 // period)
        p, q, seasonal_p, seasonal_q = (
            range(m + 1) for m in (most, most, most_seasonal, most_seasonal)
        )
        if order is not None:
            p, q = range(order[0], order[0] + 1), range(order[2], order[2] + 1)
        if seasonal is not None:
            seasonal_p = range(seasonal[0], seasonal[0] + 1)
            seasonal_q = range(seasonal[2], seasonal[2] + 1)
        return [p, q, seasonal_p, seasonal_q]

    def _order(self, counts: tuple[int, ...], constant: bool) -> ArimaOrder | None:
        if any(count not in span for count, span in zip(counts, self._spans, strict=True)):
            return None
        return replace(self.base, arma=self._arma(counts), constant=constant)

    def _nearest(self, counts: tuple[int, ...], constant: bool) -> ArimaOrder:
        pairs = zip(counts, self._spans, strict=True)
        near = tuple(min(max(count, span[0]), span[-1]) for count, span in pairs)
        return replace(self.base, arma=self._arma(near), constant=constant)

    def _arma(self, counts: tuple[int, ...]) -> ArmaOrder:
        p, q, seasonal_p, seasonal_q = counts
        return ArmaOrder(p, q, seasonal_p, seasonal_q, self.base.arma.period)

    def _stepwise(self) -> None:
        constant = self.may_have_constant
        starts = [self._nearest(counts, constant) for counts in _FIRST]
        if constant:
            starts.append(self._nearest((0, 0, 0, 0), False))
        for order in dict.fromkeys(starts):
            self.fitted(order)
        expanded: set[ArimaOrder] = set()
        while len(self.tried) < MOST_MODELS:
            front = [c for c in self._ranked()[:BREADTH] if c.order not in expanded]
            if not front or not math.isfinite(front[0].aicc):
                break
            if not self._improved(front[0]):
                expanded.add(front[0].order)

    def _improved(self, parent: Candidate) -> bool:
        """Fit the parent's neighbours until one is the best so far."""
        best = self._ranked()[0].aicc
        for order in self._neighbours(parent.order):
            if order not in self.tried and self.fitted(order, parent).aicc < best:
                return True
        return False

    def _neighbours(self, order: ArimaOrder) -> list[ArimaOrder]:
        moves = (_SEASONAL_MOVES if self.base.arma.period > 1 else []) + _ORDINARY_MOVES
        steps = [
            self._order(tuple(map(sum, zip(order.arma.counts, move, strict=True))), order.constant)
            for move in moves
        ]
        if self.may_have_constant:
            steps.append(replace(order, constant=not order.constant))
        return [step for step in steps if step is not None]

    def _exhaustive(self) -> None:
        constants = (False, True) if self.may_have_constant else (False,)
        least = sum(span[0] for span in self._spans)
        for counts in itertools.product(*self._spans):
            for constant in constants if sum(counts) <= max(LARGEST_SUM, least) else ():
                order = self._order(counts, constant)
                if order is not None:
                    self.fitted(order)
