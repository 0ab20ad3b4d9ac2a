"""Spend regressed on the customer table: what goes in, what comes out, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from cemkit import load_cdnow
from cemkit.clv import SpendRegression
from cemkit.data import customer_table
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.segmentation import future_amount


@pytest.fixture(scope="module")
def past() -> tuple[pd.DataFrame, pd.Series]:
    orders = load_cdnow("sample")
    customers = customer_table(orders, "1997-06-30", include="activity")
    return customers, future_amount(orders, "1997-06-30", 92)


def test_mean_and_quantile_are_learned(past: tuple[pd.DataFrame, pd.Series]) -> None:
    customers, spent = past
    model = SpendRegression().fit(customers, spent)
    assert model.predict(customers).mean() == pytest.approx(spent.mean(), rel=1e-3)
    assert np.corrcoef(model.predict(customers), spent)[0, 1] > 0.6
    high = SpendRegression(quantile=0.9).fit(customers, spent)
    below = (spent <= high.predict(customers)).mean()
    assert below == pytest.approx(0.9, abs=0.03)
    assert list(high.add_to(customers).columns[-1:]) == ["spend_p90"]
    assert "expected_spend" in model.add_to(customers)
    assert model.ignored_columns_ == {"first_order_date": "dates", "last_order_date": "dates"}


def test_rows_in_any_order_give_the_same_model(past: tuple[pd.DataFrame, pd.Series]) -> None:
    customers, spent = past
    model = SpendRegression().fit(customers, spent)
    shuffled = customers.sample(frac=1, random_state=0)
    other = SpendRegression().fit(shuffled.reset_index(), spent)
    pd.testing.assert_series_equal(other.predict(customers), model.predict(customers))
    again = model.predict(shuffled[shuffled.columns[::-1]])
    pd.testing.assert_series_equal(again.sort_index(), model.predict(customers))


def test_your_own_regressor_takes_its_place(past: tuple[pd.DataFrame, pd.Series]) -> None:
    customers, spent = past
    named = customers[["order_count", "recency_days"]]
    model = SpendRegression(regressor=LinearRegression()).fit(named, spent)
    design = np.column_stack([np.ones(len(named)), named.to_numpy(dtype=float)])
    exact = design @ np.linalg.lstsq(design, spent.loc[named.index].to_numpy(), rcond=None)[0]
    assert model.predict(named).to_numpy() == pytest.approx(exact, rel=1e-5, abs=1e-4)


def test_missing_values_text_and_people_who_never_ordered(
    past: tuple[pd.DataFrame, pd.Series],
) -> None:
    customers, spent = past
    coded = customers.assign(
        渠道=np.where(np.arange(len(customers)) % 2, "微信", "app"),
        age=pd.Series(40.0, customers.index).where(customers.index % 3 > 0),
    )
    people = pd.DataFrame(index=pd.Index([*customers.index, -1], name="customer_id"))
    roster = people.join(coded)
    roster.loc[-1, "order_count"] = 0
    model = SpendRegression().fit(roster, spent)
    assert model.left_out_["never ordered"] == 1
    predicted = model.predict(roster)
    assert np.isnan(predicted[-1])
    assert predicted.drop(-1).notna().all()


def test_what_cannot_be_fitted_is_refused(past: tuple[pd.DataFrame, pd.Series]) -> None:
    customers, spent = past
    few = customers.head(40)
    with pytest.raises(NotEnoughDataError, match="customers to regress spend on.*got 40"):
        SpendRegression().fit(few, spent.loc[few.index])
    with pytest.raises(DataError, match="y is 0 for every customer"):
        SpendRegression().fit(customers, spent * 0)
    with pytest.raises(DataError, match="y"):
        SpendRegression().fit(customers, spent.where(spent > 0))
    with pytest.raises(DataError, match="'later' of customers equals their spend"):
        SpendRegression().fit(customers.assign(later=spent), spent)
    with pytest.raises(DataError):
        SpendRegression().fit(customers, spent.set_axis(spent.index + 10_000_000))
    with pytest.raises(ValueError, match="quantile"):
        SpendRegression(quantile=50).fit(customers, spent)
    with pytest.raises(ValueError, match="leave quantile out"):
        SpendRegression(quantile=0.5, regressor=LinearRegression()).fit(customers, spent)
    model = SpendRegression().fit(customers, spent)
    with pytest.raises(DataError, match="the columns of the fit are needed"):
        model.predict(customers.drop(columns="recency_days"))
