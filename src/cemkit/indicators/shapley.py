"""The change of a product of factors, split among the factors without an order.

References:
    Shapley (1953), A value for n-person games. Shorrocks (2013), Decomposition procedures for
        distributional analysis: a unified framework based on the Shapley value, Journal of Economic
        Inequality 11.
"""

import itertools
import math

import numpy as np

from cemkit.arrays import Floats


def shapley_parts(before: Floats, after: Floats) -> Floats:
    """How much each factor adds to the change of their product.

    Both arrays have a factor per row and a case per column; the parts have the same shape, and sum
    to the change of the product of each case.
    """
    count = len(before)
    parts = np.zeros_like(after)
    for changed in itertools.product((False, True), repeat=count - 1):
        weight = 1 / (count * math.comb(count - 1, sum(changed)))
        for place in range(count):
            others = [*range(place), *range(place + 1, count)]
            product = np.full(before.shape[1:], weight)
            for other, is_changed in zip(others, changed, strict=True):
                product = product * (after if is_changed else before)[other]
            parts[place] += product * (after[place] - before[place])
    return parts


def shapley_slopes(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Derivatives of each part (first axis) by each factor (second), before and after.

    A part is linear in each number that it is made of, so that a difference is the derivative.
    """

    def slopes(of_before: bool) -> Floats:
        columns = []
        for place in range(len(before)):
            ends = []
            for value in (1.0, 0.0):
                sides = before.copy(), after.copy()
                sides[0 if of_before else 1][place] = value
                ends.append(shapley_parts(*sides))
            columns.append(ends[0] - ends[1])
        return np.stack(columns, axis=1)

    return slopes(True), slopes(False)
