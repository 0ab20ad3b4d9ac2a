"""Intervals against published values, other packages, and simulated shops."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint

from cemkit.indicators import scorecard
from cemkit.indicators.definitions import COUNT, MEAN, NET, RATE, SHARE, SPEND
from cemkit.indicators.inference import changes_of, levels_of
from cemkit.indicators.moments import Moments, Rates

PROOF = Path(__file__).parents[2] / "benchmarks/proofs/indicators.py"


def moments(**sums: float) -> Moments:
    """Return the sums of one period and group."""
    names = ("numerator", "denominator", "customers", "squares", "products", "common")
    arrays = {name: np.array([[sums.get(name, 0.0)]]) for name in names}
    return Moments(**arrays, known=np.array([True]))


def test_the_reference_values_of_cdnow(cdnow: pd.DataFrame) -> None:
    card = scorecard(cdnow, "1998-06-30", window_days=30)
    rows = card.table.set_index(["indicator", "period"])
    month = {n: pd.Period(n, freq="M") for n in ("1997-11", "1997-12", "1998-06")}
    retained = rows.loc[("retention_rate", month["1997-12"])]
    assert retained[["numerator", "denominator"]].tolist() == [632, 2028]
    assert retained[["lower", "upper"]].tolist() == pytest.approx([0.291851, 0.332135], abs=1e-6)
    assert rows.loc[("buying_customers", month["1997-12"]), "value"] == 1864
    assert rows.loc[("reactivation_rate", month["1997-12"]), "numerator"] == 1232
    december = rows.loc[("average_order_value", month["1997-12"])]
    assert december["value"] == pytest.approx(39.90703549, abs=1e-8)
    november = rows.loc[("average_order_value", month["1997-11"])]
    assert november["value"] == pytest.approx(44.06436641, abs=1e-8)
    assert december["change"] == pytest.approx(-4.15733092, abs=1e-8)
    customers = december["customers"] + november["customers"] - 632
    error = 1.10969094 * np.sqrt(customers / (customers - 1))
    half = stats.t.ppf(0.975, customers - 1) * error
    assert december["change_upper"] - december["change"] == pytest.approx(half, rel=1e-6)
    spread = np.log(december["upper"] / december["value"]) * december["value"]
    own = 0.8032703 * np.sqrt(1864 / 1863) * stats.t.ppf(0.975, 1863)
    assert spread == pytest.approx(own, rel=1e-6)
    bought = rows.loc[("repurchase_rate", month["1998-06"])]
    assert bought[["numerator", "denominator"]].tolist() == [11516, 23570]
    may = scorecard(cdnow, "1998-06-30", window_days=31, indicators=["retention_rate"])
    last = may.table.iloc[-1]
    assert last[["numerator", "denominator"]].tolist() == [446, 1488]
    assert last[["lower", "upper"]].tolist() == pytest.approx([0.276993, 0.323501], abs=1e-6)


def test_rates_are_wilson_s() -> None:
    found = levels_of(RATE, moments(numerator=17, denominator=60, customers=60), 0.9)
    expected = proportion_confint(17, 60, 0.1, method="wilson")
    assert [found.lower[0, 0], found.upper[0, 0]] == pytest.approx(expected)


def score_of_difference(difference: float) -> float:
    """Return Miettinen and Nurminen's z of 50 of 110 against 20 of 90, by a search."""

    def unlikely(p: float) -> float:
        return -float(stats.binom.logpmf(20, 90, p) + stats.binom.logpmf(50, 110, p + difference))

    range_ = (max(0.0, -difference) + 1e-12, min(1.0, 1 - difference) - 1e-12)
    options = {"xatol": 1e-12}
    p = optimize.minimize_scalar(unlikely, bounds=range_, method="bounded", options=options).x
    q = p + difference
    variance = (p * (1 - p) / 90 + q * (1 - q) / 110) * 200 / 199
    return float((50 / 110 - 20 / 90 - difference) / np.sqrt(variance))


def test_rates_without_common_customers_are_miettinen_nurminen_s() -> None:
    rates = Rates(2, [slice(0, 200)], 1)
    ids = np.arange(200)
    rates.add(0, ids < 90, ids < 20)
    rates.add(1, ids >= 90, (ids >= 90) & (ids < 140))
    levels = levels_of(RATE, rates.moments, 0.95)
    _, lower, upper = changes_of(RATE, rates.moments, levels, 1, 0.95)
    for bound in (lower[1, 0], upper[1, 0]):
        assert abs(score_of_difference(bound)) == pytest.approx(stats.norm.ppf(0.975), abs=1e-5)


def test_a_rate_that_is_the_same_for_the_same_customers_has_no_error_of_its_own() -> None:
    rates = Rates(2, [slice(0, 100)], 1)
    ids = np.arange(100)
    for t in range(2):
        rates.add(t, ids < 80, ids < 20)
    levels = levels_of(RATE, rates.moments, 0.95)
    _, lower, upper = changes_of(RATE, rates.moments, levels, 1, 0.95)
    assert [lower[1, 0], upper[1, 0]] == pytest.approx([0, 0], abs=0.04)
    assert lower[1, 0] <= 0 <= upper[1, 0]


def test_no_returns_at_all_are_not_known_for_certain() -> None:
    found = levels_of(SHARE, moments(numerator=0, denominator=900.0, customers=30), 0.95)
    t = stats.t.ppf(0.975, 29)
    assert found.lower[0, 0] == 0
    assert found.upper[0, 0] == pytest.approx(t**2 / (30 + t**2))


def test_more_returned_than_bought_is_shown_as_it_is() -> None:
    sums = moments(numerator=120.0, denominator=100.0, customers=9, squares=0.01)
    found = levels_of(SHARE, sums, 0.95)
    half = stats.t.ppf(0.975, 8) * np.sqrt(0.01 * 9 / 8)
    assert [found.lower[0, 0], found.upper[0, 0]] == pytest.approx([1.2 - half, 1.2 + half])


def test_means_are_student_s_on_the_log_scale_and_below_zero_as_they_are() -> None:
    values = np.array([3.0, 9.0, 4.0, 12.0, 7.0])
    z = (values - values.mean()) / 5
    for kind, sign in ((MEAN, 1), (MEAN, -1), (NET, 1)):
        sums = moments(numerator=sign * 35, denominator=5, customers=5, squares=(z**2).sum())
        found = levels_of(kind, sums, 0.95)
        half = stats.t.ppf(0.975, 4) * stats.sem(values)
        expected = [sign * 7 - half, sign * 7 + half]
        if kind == MEAN and sign > 0:
            expected = [7 / np.exp(half / 7), 7 * np.exp(half / 7)]
        assert [found.lower[0, 0], found.upper[0, 0]] == pytest.approx(expected)


def test_spend_per_customer_is_poisson_s() -> None:
    found = levels_of(SPEND, moments(numerator=500.0, denominator=8, customers=8), 0.95)
    low, high = stats.chi2.ppf(0.025, 16) / 2, stats.chi2.ppf(0.975, 18) / 2
    assert [found.lower[0, 0], found.upper[0, 0]] == pytest.approx([500 / high, 500 / low])
    none = levels_of(SPEND, moments(numerator=500.0), 0.95)
    assert none.upper[0, 0] == np.inf
    assert none.lower[0, 0] == pytest.approx(500 / (stats.chi2.ppf(0.975, 2) / 2))


def test_counts_have_no_interval_and_no_change_before_the_first_period() -> None:
    sums = moments(numerator=5.0, denominator=1.0)
    levels = levels_of(COUNT, sums, 0.95)
    assert np.isnan([levels.lower, levels.upper]).all()
    assert np.isnan(changes_of(COUNT, sums, levels, 1, 0.95)).all()


@pytest.fixture(scope="module")
def proof() -> Any:
    """Return the script that simulates shops."""
    spec = importlib.util.spec_from_file_location("proof_of_indicators", PROOF)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.exhaustive
@pytest.mark.parametrize("shared", [True, False])
def test_intervals_cover_in_shops_with_and_without_shared_customers(
    proof: Any, shared: bool
) -> None:
    found = proof.coverage(proof.measured(600, 1000, shared=shared))
    error = 3.5 * np.sqrt(0.95 * 0.05 / 600)
    assert len(found) >= 10
    for column, (low, high) in {"level": (0.92, 0.97), "change": (0.93, 0.97)}.items():
        assert found[column].min() > low - error
        assert found[column].max() < high + error


def test_what_has_no_end_has_no_change() -> None:
    m = Moments.empty(3, 1)
    m.numerator[:, 0], m.denominator[:, 0] = [60.0, 60.0, 60.0], [0.0, 0.0, 3.0]
    found = levels_of("spend", m, 0.95)
    assert found.value[:, 0].tolist() == [np.inf, np.inf, 20.0]
    for column in changes_of("spend", m, found, 1, 0.95):
        assert np.isnan(column).all()
