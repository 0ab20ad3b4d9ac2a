"""Expected loss and retained value by hand, and values that count churn twice."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.indicators import expected_loss, retained_value

CUSTOMERS = pd.DataFrame(
    {
        "churn_probability": [0.9, 0.1, 0.5],
        "value_if_retained": [100.0, 400.0, 0.0],
        "clv": [10.0, 300.0, 0.0],
        "alive_probability": [0.2, 0.9, 1.0],
        "spent": [50.0, 20.0, 5.0],
    },
    index=pd.Index(["王", "bob", "cat"], name="customer_id"),
)


def test_loss_and_value_by_hand() -> None:
    assert expected_loss(CUSTOMERS)["expected_loss"].tolist() == pytest.approx([90, 40, 0])
    kept = retained_value(CUSTOMERS, unrecovered_cost="spent")
    assert kept["retained_value"].tolist() == pytest.approx([10 - 50, 360 - 20, -5])
    assert kept.index.equals(CUSTOMERS.index)
    assert list(kept.columns[: len(CUSTOMERS.columns)]) == list(CUSTOMERS.columns)


def test_what_is_not_lost_is_kept() -> None:
    both = expected_loss(retained_value(CUSTOMERS))
    total = both["expected_loss"] + both["retained_value"]
    np.testing.assert_allclose(total, both["value_if_retained"])


def test_values_from_a_series_match_by_id_and_numbers_are_for_all() -> None:
    value = pd.Series([1.0, 2.0, 3.0], pd.Index(["cat", "王", "bob"], name="customer_id"))
    assert expected_loss(CUSTOMERS, value)["expected_loss"].tolist() == pytest.approx(
        [1.8, 0.3, 0.5]
    )
    assert expected_loss(CUSTOMERS, 10)["expected_loss"].tolist() == pytest.approx([9, 1, 5])
    column = CUSTOMERS.reset_index()
    assert expected_loss(column)["expected_loss"].tolist() == pytest.approx([90, 40, 0])


@pytest.mark.parametrize("value", ["clv", CUSTOMERS["clv"]], ids=["name", "series"])
def test_a_lifetime_value_counts_churn_twice(value: str | pd.Series) -> None:
    with pytest.raises(DataError, match=r"already contains dropout.*clv.*alive_probability"):
        expected_loss(CUSTOMERS, value)
    with pytest.raises(DataError, match="counted twice"):
        retained_value(CUSTOMERS.drop(columns="value_if_retained"))


def test_the_remedy_of_that_message_works() -> None:
    value = CUSTOMERS["clv"] / CUSTOMERS["alive_probability"]
    assert expected_loss(CUSTOMERS, value)["expected_loss"].tolist() == pytest.approx(
        [45, 100 / 3, 0]
    )


def test_those_who_never_ordered_have_no_value() -> None:
    table = CUSTOMERS.assign(order_count=[2, 1, 0], recency_days=[5.0, 9.0, np.nan])
    table.loc["cat", ["churn_probability", "value_if_retained"]] = np.nan
    lost = expected_loss(table)["expected_loss"]
    assert lost.iloc[:2].tolist() == pytest.approx([90, 40])
    assert lost.isna().tolist() == [False, False, True]


def test_bad_input_is_refused() -> None:
    with pytest.raises(DataError, match="predicted for 90 days and the value covers 365"):
        expected_loss(CUSTOMERS, window_days=90, horizon_days=365)
    with pytest.raises(DataError, match=r"churn_probability must lie in \[0, 1\], not 90"):
        expected_loss(CUSTOMERS.assign(churn_probability=90.0))
    with pytest.raises(DataError, match="unrecovered_cost must be 0 or more, not -1"):
        retained_value(CUSTOMERS, unrecovered_cost=-1.0)
    with pytest.raises(DataError, match="value_if_retained has 1 missing"):
        expected_loss(CUSTOMERS.assign(value_if_retained=[1.0, None, 2.0]))
    with pytest.raises(MissingColumnsError, match="ChurnModel.add_to"):
        expected_loss(CUSTOMERS.drop(columns="churn_probability"))
    with pytest.raises(MissingColumnsError, match="worth"):
        expected_loss(CUSTOMERS, "worth")
