"""The histories against the plain pandas group-by, on every engine."""

from typing import Any

import pandas as pd
import pytest

from cemkit import BetaGeoModel, load_cdnow, purchase_histories, spend_histories
from cemkit.errors import DataError, MissingColumnsError


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return load_cdnow("sample", form="customers").reset_index()


def test_purchase_histories_hold_every_customer_once(
    quick_engine: Any, customers: pd.DataFrame
) -> None:
    histories = purchase_histories(quick_engine(customers.drop(columns="first_order_date")))
    keys = ["repeat_count", "recency_days", "tenure_days"]
    expected = customers.groupby(keys).size().rename("customers").reset_index()
    pd.testing.assert_frame_equal(histories, expected, check_dtype=False)
    assert histories["customers"].sum() == 2_357
    assert len(histories) < 1_600


def test_spend_histories_hold_every_repeat_customer_once(
    quick_engine: Any, customers: pd.DataFrame
) -> None:
    """946 of the 2,357 customers bought again (Fader and Hardie)."""
    table = quick_engine(customers[["repeat_count", "repeat_mean_amount"]])
    histories = spend_histories(table)
    assert histories["customers"].sum() == 946
    repeat = customers[customers["repeat_count"] > 0]
    weighted = histories["repeat_mean_amount"] * histories["customers"]
    assert weighted.sum() == pytest.approx(repeat["repeat_mean_amount"].sum(), rel=1e-12)


def test_a_model_fits_the_histories_as_it_fits_the_customers(customers: pd.DataFrame) -> None:
    histories = purchase_histories(customers)
    reduced = BetaGeoModel().fit(histories, sample_weight=histories["customers"])
    pd.testing.assert_series_equal(reduced.params_, BetaGeoModel().fit(customers).params_)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnsError, match=r"tenure_days.* summarize_customers"):
        purchase_histories(pd.DataFrame({"repeat_count": [1], "recency_days": [1]}))


def test_customers_with_gaps_are_refused_not_counted(quick_engine: Any) -> None:
    table = pd.DataFrame(
        {
            "repeat_count": [0.0, 2.0, None],
            "recency_days": [9.0, 1.0, 1.0],
            "tenure_days": [9.0, 9.0, 9.0],
            "repeat_mean_amount": [None, None, 5.0],
        }
    )
    message = r"repeat_count of customers is missing or infinite in 1 rows"
    for reduction in (purchase_histories, spend_histories):
        with pytest.raises(DataError, match=message):
            reduction(quick_engine(table))
    with pytest.raises(DataError, match="repeat_mean_amount of customers with a repeat purchase"):
        spend_histories(quick_engine(table.iloc[:2]))
    assert spend_histories(quick_engine(table.iloc[:1])).empty
