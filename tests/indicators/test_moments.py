"""Variances and covariances are those of scores written out customer by customer."""

import numpy as np
import pytest

from cemkit.indicators.moments import Buyers, Rates, Ratios, counts_of

N, GROUPS = 30, 2
RNG = np.random.default_rng(1)
GROUP = np.repeat([0, 1], N // 2)
SLICES = [slice(0, N // 2), slice(N // 2, N)]


def scores(numerator: np.ndarray, denominator: np.ndarray, group: int) -> np.ndarray:
    """Return the linearised score of every customer, 0 for those who are not there."""
    of = group == GROUP
    total = denominator[of].sum()
    ratio = numerator[of].sum() / total
    return np.where(of, (numerator - ratio * denominator) / total, 0.0)


def test_ratios_are_sums_over_customers() -> None:
    numerator = RNG.gamma(2, 10, (2, N)) * (RNG.random((2, N)) < 0.7)
    denominator = RNG.integers(1, 4, (2, N)) * (numerator > 0)
    ratios = Ratios(2, GROUPS, 1)
    cells = [np.flatnonzero(denominator[t] > 0) for t in range(2)]
    _, here, there = np.intersect1d(cells[1], cells[0], return_indices=True)
    none = np.empty(0, dtype=np.int64)
    for t, pair in enumerate([(none, none), (here, there)]):
        unit = cells[t]
        buyers = Buyers(unit, GROUP[unit], *pair)
        ratios.add(t, buyers, numerator[t][unit], denominator[t][unit])
    for g in range(GROUPS):
        z = [scores(numerator[t], denominator[t], g) for t in range(2)]
        assert ratios.moments.squares[1, g] == pytest.approx((z[1] ** 2).sum())
        assert ratios.moments.products[1, g] == pytest.approx((z[0] * z[1]).sum())
        both = (denominator[0] > 0) & (denominator[1] > 0) & (g == GROUP)
        assert ratios.moments.common[1, g] == both.sum()


def test_rates_are_ratios_of_flags() -> None:
    base = RNG.random((3, N)) < 0.8
    did = base & (RNG.random((3, N)) < 0.4)
    rates = Rates(3, SLICES, 2)
    for t in range(3):
        rates.add(t, base[t], did[t])
    for g in range(GROUPS):
        z = [scores(did[t].astype(float), base[t].astype(float), g) for t in range(3)]
        assert rates.moments.squares[2, g] == pytest.approx((z[2] ** 2).sum())
        assert rates.moments.products[2, g] == pytest.approx((z[0] * z[2]).sum())
        assert rates.moments.common[2, g] == (base[0] & base[2] & (g == GROUP)).sum()
    assert (rates.moments.common[:2] == 0).all()


def test_counts_are_per_day_where_asked() -> None:
    m = counts_of(np.array([[6.0], [8.0]]), np.array([[3.0], [4.0]]), np.array([2.0, 4.0]))
    assert (m.numerator / m.denominator).ravel().tolist() == [3.0, 2.0]
    assert m.known.all()
