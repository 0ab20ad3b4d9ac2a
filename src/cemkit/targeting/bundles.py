"""Offers that go together: what a customer can get is one offer, or several stackable ones."""

import dataclasses
import itertools
import math
from typing import Self

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.formats import count_text
from cemkit.targeting.solver import Problem

Mask = npt.NDArray[np.bool_]
MOST = 500  # sets of offers that a customer may choose among


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Bundles:
    """The sets of offers that a customer may get, and the problem of choosing one for each."""

    sets: Mask
    problem: Problem

    @classmethod
    def of(
        cls, pairs: Problem, stackable: Mask, shares: Floats, max_share: float, at_most: int
    ) -> Self:
        """Return each single offer, and each set of stackable ones that costs at most max_share.

        `stackable` and `shares` say of each pair of customer and offer whether it goes with others
        and what it costs of a purchase.
        """
        sets = _sets(np.asarray(stackable.any(axis=0)), at_most)
        profit = np.full((len(stackable), len(sets)), -math.inf)
        cost = np.zeros(profit.shape)
        for column, chosen in enumerate(sets):
            offers = np.flatnonzero(chosen)
            total = pairs.profit[:, offers].sum(axis=1)  # minus infinity where one is not eligible
            if len(offers) > 1:
                together = stackable[:, offers].all(axis=1)
                together &= shares[:, offers].sum(axis=1) <= max_share * (1 + 1e-12)
                # An offer that loses money is never chosen, whatever it goes with.
                together &= (pairs.profit[:, offers] > 0).all(axis=1)
                total = np.where(together, total, -math.inf)
            profit[:, column] = total
            cost[:, column] = pairs.cost[:, offers].sum(axis=1)
        problem = Problem(
            profit=profit,
            cost=cost,
            limits=pairs.limits,
            max_per_customer=1,
            uses=sets.astype(np.float64),
        )
        return cls(sets=sets, problem=problem)

    def pairs(self, taken: Mask) -> Mask:
        """Return who gets which offer, of who gets which set."""
        got: Mask = (taken.astype(np.float64) @ self.sets) > 0
        return got


def _sets(stackable: Mask, at_most: int) -> Mask:
    """Single offers in their order, then each set of stackable ones."""
    offers = len(stackable)
    able = np.flatnonzero(stackable).tolist()
    sizes = range(2, min(at_most, len(able)) + 1)
    count = offers + sum(math.comb(len(able), size) for size in sizes)
    if count > MOST:
        raise ValueError(
            f"max_per_customer={at_most} of {count_text(len(able), 'stackable offers')} makes "
            f"{count:,} sets, more than {MOST}; allow fewer per customer, or make fewer of them "
            "stackable"
        )
    single = [(offer,) for offer in range(offers)]
    chosen = [*single, *(c for size in sizes for c in itertools.combinations(able, size))]
    sets = np.zeros((count, offers), dtype=np.bool_)
    for row, members in enumerate(chosen):
        sets[row, list(members)] = True
    return sets
