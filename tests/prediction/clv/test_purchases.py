"""BetaGeoModel on CDNOW against the paper, BTYD, CLVTools and lifetimes."""

import re

import numpy as np
import pandas as pd
import pytest

from cemkit import (
    BetaGeoModel,
    DataError,
    MissingColumnsError,
    NotEnoughDataError,
    load_cdnow,
    summarize_customers,
)

WEEK = 7


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return summarize_customers(load_cdnow("sample"), as_of="1997-09-30")


@pytest.fixture(scope="module")
def model(customers: pd.DataFrame) -> BetaGeoModel:
    return BetaGeoModel().fit(customers)


def test_estimates_of_the_paper(model: BetaGeoModel) -> None:
    r, alpha, a, b = model.params_
    assert [r, alpha / WEEK, a, b] == pytest.approx(
        [0.242595, 4.413602, 0.792922, 2.425907], rel=1e-4
    )
    in_weeks = model.log_likelihood_ + 2457 * np.log(WEEK)
    assert in_weeks == pytest.approx(-9582.429207, abs=1e-3)


def test_standard_errors_of_lifetimes(model: BetaGeoModel) -> None:
    # lifetimes fits the same data rounded to two decimals of a week.
    r, alpha, a, b = model.standard_errors_
    assert [r, alpha / WEEK, a, b] == pytest.approx(
        [0.0125573, 0.3782212, 0.1857192, 0.7053459], rel=1e-3
    )
    assert np.array_equal(model.covariance_, model.covariance_.T)


def test_btyds_heavy_buyer(model: BetaGeoModel) -> None:
    heavy = pd.DataFrame({"repeat_count": [26], "recency_days": [1], "tenure_days": [217]})
    assert model.expected_purchases(heavy, 52 * WEEK)[0] == pytest.approx(25.757337, abs=1e-4)
    assert model.alive_probability(heavy)[0] == pytest.approx(0.968854, abs=1e-5)


def test_purchases_grow_with_the_horizon_and_shrink_with_the_rate(
    model: BetaGeoModel, customers: pd.DataFrame
) -> None:
    some = customers.head(100)
    short, long = (model.expected_purchases(some, days) for days in (90.5, 91))
    assert (short < long).all()
    discounted = model.expected_discounted_purchases(some, 0.1, 91)
    assert (discounted < long).all()
    assert (model.expected_discounted_purchases(some, 0.0, 91) == long).all()


def test_for_ever_is_the_limit_of_long_horizons(
    model: BetaGeoModel, customers: pd.DataFrame
) -> None:
    some = customers.head(20)
    forever = model.expected_discounted_purchases(some, 0.15)
    century = model.expected_discounted_purchases(some, 0.15, 365 * 200)
    np.testing.assert_allclose(century, forever, rtol=1e-8)


def test_for_ever_takes_a_rate(model: BetaGeoModel, customers: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="annual_discount_rate=0 for ever has no finite value"):
        model.expected_discounted_purchases(customers, 0.0)


def test_alive_probability_never_rises_in_silence(model: BetaGeoModel) -> None:
    silent = pd.DataFrame(
        {"repeat_count": 3, "recency_days": range(0, 300, 10), "tenure_days": range(100, 400, 10)}
    )
    assert (model.alive_probability(silent).diff().dropna() < 0).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"repeat_count": -1}, "1 customers have a negative repeat_count (the first is 'ann')"),
        ({"repeat_count": 1.5}, "1 customers have a fractional repeat_count"),
        ({"recency_days": 40}, "recency_days above tenure_days: a last purchase before the first"),
        ({"recency_days": -1}, "a negative recency_days: their last purchase lies after as_of"),
        ({"tenure_days": np.nan}, "tenure_days has 1 missing and 0 infinite values"),
    ],
)
def test_impossible_histories(changes: dict[str, float], message: str) -> None:
    history = {"repeat_count": 2, "recency_days": 5, "tenure_days": 30} | changes
    with pytest.raises(DataError, match=re.escape(message)):
        BetaGeoModel().fit(pd.DataFrame(history, index=["ann"]))


def test_nobody_came_back(customers: pd.DataFrame) -> None:
    once = customers[customers["repeat_count"] == 0]
    with pytest.raises(
        NotEnoughDataError, match="0 customers with a repeat purchase, but it takes"
    ):
        BetaGeoModel().fit(once)


def test_a_table_of_lifetimes() -> None:
    with pytest.raises(MissingColumnsError, match="from_lifetimes"):
        BetaGeoModel().fit(pd.DataFrame({"frequency": [1], "recency": [1], "T": [2]}))
