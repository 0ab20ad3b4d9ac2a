"""The alive history of one customer: the model asked on each day, and bad input."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError

AS_OF = "1997-09-30"
MODEL = ParetoNBDModel.from_parameters(r=0.55, alpha=74, s=0.61, beta=82)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


def test_each_day_is_that_of_the_customer_table_of_that_day(orders: pd.DataFrame) -> None:
    history = MODEL.alive_history(111, orders, AS_OF)
    mine = orders[orders["customer_id"] == 111]
    for day in history.table.index[[0, 1, 30, 31, 72, 73, 120, -1]]:
        table = customer_table(mine, as_of=day)
        exact = MODEL.alive_probability(table).item()
        row = history.table.loc[day]
        assert row["alive_probability"] == pytest.approx(exact, abs=1e-12)
        assert row["repeat_count"] == table["repeat_count"].item()
        assert row["recency_days"] == table["recency_days"].item()
        assert row["purchased"] == (mine["order_date"] == day).any()
    assert history.alive_probability == history.table["alive_probability"].iloc[-1]
    assert history.table.index[-1] == pd.Timestamp(AS_OF)


def test_it_falls_between_purchases_and_jumps_at_them(orders: pd.DataFrame) -> None:
    table = MODEL.alive_history(111, orders, AS_OF).table
    change = table["alive_probability"].diff().iloc[1:]
    bought = table["purchased"].iloc[1:]
    assert (change[~bought] < 0).all()
    assert (change[bought] > 0).all()


def test_later_orders_returns_and_row_order_do_not_matter(orders: pd.DataFrame) -> None:
    plain = MODEL.alive_history(111, orders, AS_OF).table
    refund = (
        orders[orders["customer_id"] == 111]
        .tail(1)
        .assign(amount=-5.0, order_date=pd.Timestamp("1997-08-20"))
    )
    more = pd.concat([orders, refund]).sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(MODEL.alive_history(111, more, AS_OF).table, plain)
    until = orders[orders["order_date"] <= AS_OF]
    pd.testing.assert_frame_equal(MODEL.alive_history(111, until, AS_OF).table, plain)


def test_covariates_of_the_customer_are_asked_for(orders: pd.DataFrame) -> None:
    customers = customer_table(orders, AS_OF)
    random = np.random.default_rng(0)
    customers["size"] = random.choice(["large", "small"], len(customers))
    model = BetaGeoModel(covariates=["size"]).fit(customers)
    with pytest.raises(DataError, match="covariate 'size' of customer 111"):
        model.alive_history(111, orders, AS_OF)
    with pytest.raises(DataError, match="level 'huge', which was not in the fit"):
        model.alive_history(111, orders, AS_OF, covariates={"size": "huge"})
    history = model.alive_history(111, orders, AS_OF, covariates={"size": "large"})
    exact = model.alive_probability(customers.loc[[111]].assign(size="large")).item()
    assert history.alive_probability == pytest.approx(exact, abs=1e-12)


@pytest.mark.parametrize(
    ("customer", "as_of", "error", "said"),
    [
        (999_999, AS_OF, DataError, "none of the 1 id in customer is in orders"),
        ("111", AS_OF, DataError, "customer_id holds text in customer and numbers in orders"),
        ([111], AS_OF, TypeError, "customer must be one customer_id"),
        (
            111,
            "1996-12-31",
            NotEnoughDataError,
            "need at least 1 purchase of customer 111 up to as_of=1996-12-31, got 0",
        ),
    ],
)
def test_bad_input_is_named(
    orders: pd.DataFrame, customer: Any, as_of: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        MODEL.alive_history(customer, orders, as_of)


def test_the_sentence_says_what_is_not_identified(orders: pd.DataFrame) -> None:
    repeaters = customer_table(orders, AS_OF).query("repeat_count > 0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CemkitWarning)
        model = ParetoNBDModel().fit(repeaters)
    history = model.alive_history(111, orders, AS_OF)
    names = model.standard_errors_.index[model.standard_errors_.isna()]
    assert list(history.not_identified) == list(names)
    assert len(names) > 0
    assert f"The data did not identify {', '.join(names)}" in history.sentence()
    assert f"数据无法识别参数 {'、'.join(names)}" in history.sentence("zh")
    with pytest.warns(CemkitWarning, match="quantiles depend on parameters"):
        model.purchase_quantiles(repeaters, 90)
