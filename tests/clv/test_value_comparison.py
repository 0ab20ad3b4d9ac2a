"""Money hold-outs on CDNOW, where one model is clearly best, and where nothing is decided."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, CustomerLifetimeValue, GammaGammaModel, ParetoNBDModel, load_cdnow
from cemkit.clv import (
    FrequencyGammaGammaModel,
    SpendRegression,
    ValueModelComparison,
    compare_value_models,
)
from cemkit.data import customer_table
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.segmentation import future_amount

AS_OF, HORIZON = "1997-12-31", 120


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


@pytest.fixture(scope="module")
def found(orders: pd.DataFrame) -> ValueModelComparison:
    return compare_value_models(orders, AS_OF, HORIZON)


def test_rows_are_scored_against_what_was_spent(
    orders: pd.DataFrame, found: ValueModelComparison
) -> None:
    assert list(found.table.index) == [
        "BG/NBD",
        "Pareto/NBD",
        "gradient boosting",
        "gradient boosting, 50% quantile",
        "spent as before",
    ]
    actual = future_amount(orders, AS_OF, HORIZON)
    customers = customer_table(orders, AS_OF)
    assert found.actual_amount == pytest.approx(actual.sum())
    expected = BetaGeoModel().fit(customers).expected_purchases(customers, HORIZON)
    expected *= GammaGammaModel().fit(customers).expected_mean_amount(customers)
    row = found.table.loc["BG/NBD"]
    assert row["mae"] == pytest.approx((expected - actual).abs().mean(), rel=1e-6)
    assert row["total"] == pytest.approx(expected.sum(), rel=1e-6)
    days = orders["order_date"]
    window = days.between("1997-09-03", AS_OF)  # the 120 days before
    before = orders[window].groupby("customer_id")["amount"].sum().reindex(actual.index).fillna(0)
    naive = found.table.loc["spent as before"]
    assert naive["mae"] == pytest.approx((before - actual).abs().mean())
    assert naive["total"] == pytest.approx(before.sum())


def test_the_verdict_is_that_of_the_intervals(found: ValueModelComparison) -> None:
    assert found.best == "Pareto/NBD"
    quantile = "gradient boosting, 50% quantile"
    assert found.table["mae"].idxmin() == quantile  # it predicts 0 for everyone
    assert found.table.loc[quantile, "total_error"] == -1
    assert found.rivals == ("spent as before",)
    assert not found.decided
    assert ', but "spent as before" may be as good. ' in found.sentence()
    assert "但“与以前相同”也可能同样好" in found.sentence("zh")
    rows = found.table.drop(index=[quantile, found.best])
    assert set(rows.index[rows["mae_difference_lower"] <= 0]) == set(found.rivals)
    assert (found.table["total_error_lower"] <= found.table["total_error"]).all()


def test_a_clear_winner_is_named(orders: pd.DataFrame) -> None:
    found = compare_value_models(orders, "1997-09-30", 273)
    assert found.without_regression == "short past"  # nobody had bought 273 days before
    assert found.decided
    assert found.sentence().startswith("Use Pareto/NBD for this shop")
    assert "No regression was compared" in found.sentence()
    assert found.table.loc["spent as before", "total_error"] > 1


def test_a_model_against_itself_is_undecided(orders: pd.DataFrame) -> None:
    models = [BetaGeoModel(), CustomerLifetimeValue(margin=0.3, horizon_days=None)]
    found = compare_value_models(orders, "1997-09-30", 273, models)
    assert list(found.table.index) == ["BG/NBD", "BG/NBD #2", "spent as before"]
    assert found.table["mae"].iloc[0] == pytest.approx(found.table["mae"].iloc[1])
    assert found.rivals == ("BG/NBD #2",)


def test_deciles_hold_all_customers(found: ValueModelComparison) -> None:
    table = found.deciles.loc["Pareto/NBD"]
    assert table["n_customers"].sum() == found.n_customers
    total = (table["n_customers"] * table["actual"]).sum()
    assert total == pytest.approx(found.actual_amount)
    assert table["predicted"].is_monotonic_decreasing


def test_row_order_and_engine_change_nothing(
    orders: pd.DataFrame, found: ValueModelComparison
) -> None:
    import duckdb

    shuffled = orders.sample(frac=1, random_state=3)
    with duckdb.connect() as connection:
        connection.register("shuffled", shuffled)
        relation = connection.sql("select * from shuffled")
        other = compare_value_models(relation, AS_OF, HORIZON)
    pd.testing.assert_frame_equal(other.table, found.table, rtol=1e-6)


def test_regressions_see_no_more_than_the_past(orders: pd.DataFrame) -> None:
    past = orders[orders["order_date"] <= AS_OF]
    changed = pd.concat([past, orders[orders["order_date"] > AS_OF].assign(amount=1e4)])
    one, other = (
        compare_value_models(table, AS_OF, HORIZON, [SpendRegression()])
        for table in (orders, changed)
    )
    name = "gradient boosting"
    assert one.table.loc[name, "total"] == other.table.loc[name, "total"]


def test_what_cannot_be_compared_is_refused(orders: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="0 customers had bought by 1996-12-31.*takes 50; shorten"):
        compare_value_models(orders, "1997-09-30", 273, [SpendRegression()])
    with pytest.raises(DataError, match="the window ends on"):
        compare_value_models(orders, "1998-06-01", 90)
    past = orders[orders["order_date"] <= AS_OF]
    with pytest.raises(
        NotEnoughDataError,
        match="need at least 1 customer who spent in the 30 days after as_of=1997-12-31,",
    ):
        compare_value_models(past, AS_OF, 30, data_until="1998-01-30")
    few = past.head(9).assign(order_date=pd.Timestamp(AS_OF) + pd.Timedelta(days=1))
    with pytest.raises(NotEnoughDataError, match="need at least 10 customers who spent in the 30"):
        compare_value_models(pd.concat([past, few]), AS_OF, 30, data_until="1998-01-30")
    with pytest.raises(ValueError, match="models is empty"):
        compare_value_models(orders, AS_OF, 30, [])
    with pytest.raises(TypeError, match="each of models must be"):
        compare_value_models(orders, AS_OF, 30, ["BG/NBD"])
    assert np.isfinite(
        compare_value_models(orders, AS_OF, 30, [ParetoNBDModel()]).mae_difference_upper
    )


def test_models_that_differ_in_their_spend_are_named_by_it(orders: pd.DataFrame) -> None:
    models = [
        CustomerLifetimeValue(spend=spend, margin=0.3, horizon_days=None)
        for spend in (GammaGammaModel(), FrequencyGammaGammaModel())
    ]
    found = compare_value_models(orders, "1997-09-30", 273, models)
    names = ["BG/NBD, Gamma-Gamma", "BG/NBD, Gamma-Gamma by frequency", "spent as before"]
    assert list(found.table.index) == names
