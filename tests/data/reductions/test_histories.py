"""The histories against the plain pandas group-by, on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cemkit import BetaGeoModel, load_cdnow
from cemkit.data import purchase_histories, spend_histories
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
    with pytest.raises(MissingColumnsError, match=r"tenure_days.* customer_table"):
        purchase_histories(pd.DataFrame({"repeat_count": [1], "recency_days": [1]}))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_amounts_that_are_not_known_are_refused_not_counted(value: float) -> None:
    table = pd.DataFrame({"repeat_count": [0, 2, 2], "repeat_mean_amount": [value, 5.0, 5.0]})
    assert spend_histories(table)["customers"].tolist() == [2]  # one who never came back has none
    table.loc[1, "repeat_mean_amount"] = value
    for given in (table, pl.from_pandas(table, nan_to_null=False)):
        with pytest.raises(DataError, match="repeat_mean_amount is missing or infinite in 1 of 2"):
            spend_histories(given)
    counts = table.astype({"repeat_count": "float64"})
    counts.loc[0, "repeat_count"] = np.nan
    with pytest.raises(DataError, match="repeat_count is missing or infinite in 1 of 3"):
        spend_histories(counts)
    days = pd.DataFrame({"repeat_count": 0, "recency_days": [9.0, value], "tenure_days": 9.0})
    with pytest.raises(DataError, match="recency_days is missing or infinite in 1 of 2"):
        purchase_histories(days)
    with pytest.raises(DataError, match="recency_days must be numeric, not String"):
        purchase_histories(days.assign(recency_days="9"))
