"""prepare_orders: names, types, and what it refuses."""

import re

import numpy as np
import pandas as pd
import pytest

from cemkit import DataError, MissingColumnsError, NotEnoughDataError, prepare_orders


def raw(**changes: object) -> pd.DataFrame:
    columns = {
        "who": [7, 8],
        "day": ["1997-01-01", "1997-01-12 13:00"],
        "paid": [11.77, -2.0],
        "city": ["x", "y"],
    }
    return pd.DataFrame(columns | changes)


def prepared(table: pd.DataFrame, **options: object) -> pd.DataFrame:
    return prepare_orders(table, customer_id="who", order_date="day", amount="paid", **options)


def test_names_and_types_are_fixed_and_further_columns_stay() -> None:
    orders = prepared(raw())
    assert orders.columns.tolist() == ["customer_id", "order_date", "amount", "city"]
    assert orders["order_date"].tolist() == [
        pd.Timestamp("1997-01-01"),
        pd.Timestamp("1997-01-12 13:00"),
    ]
    assert orders["amount"].tolist() == [11.77, -2.0]


def test_the_input_is_not_changed() -> None:
    table = raw()
    before = table.copy(deep=True)
    prepared(table)
    pd.testing.assert_frame_equal(table, before)


def test_whole_number_float_ids_become_integers() -> None:
    assert prepared(raw(who=[17850.0, 13047.0]))["customer_id"].tolist() == [17850, 13047]


def test_days_are_local_where_dates_carry_a_time_zone() -> None:
    table = raw(day=pd.to_datetime(["2024-01-01T23:30Z", "2024-06-30T23:30Z"]))
    local = prepared(table, time_zone="Europe/Paris")["order_date"]
    assert local.dt.strftime("%Y-%m-%d %H:%M").tolist() == ["2024-01-02 00:30", "2024-07-01 01:30"]


def test_text_in_a_named_format() -> None:
    orders = prepared(raw(day=["31/01/2024", "01/02/2024"]), date_format="%d/%m/%Y")
    assert orders["order_date"].tolist() == [pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-01")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"who": [None, 8.0]}, "who is missing in 1 of 2 rows; leave them out or find"),
        ({"who": [7.5, 8.0]}, "who has fractional ids; read the column as text or integers"),
        ({"who": [2.0**53 + 2, 8.0]}, "who has float ids above 2^53, where different customers"),
        ({"day": ["1997-01-01", None]}, "day is missing in 1 of 2 rows; correct them"),
        (
            {"day": ["1997-01-01", "31/12/1997"]},
            "day has 1 values that are not dates in ISO 8601, such as '31/12/1997'; correct them",
        ),
        (
            {"day": ["2024-01-01T00:00+01:00", "2024-01-01T00:00+02:00"]},
            "day mixes time zones; convert the column to one of them first",
        ),
        (
            {"day": pd.to_datetime(["2024-01-01", "2024-01-02"]).tz_localize("UTC")},
            "day carries the time zone UTC; say where days are counted, as in time_zone=",
        ),
        ({"day": [19970101, 19970112]}, "day holds numbers (first "),
        ({"paid": ["11.77", "x"]}, "paid must be numeric, not "),
        ({"paid": [np.inf, 1.0]}, "paid has 0 missing and 1 infinite values (the first at 0)"),
        ({"paid": [np.nan, 1.0]}, "paid has 1 missing and 0 infinite values (the first at 0)"),
        ({"amount": [1.0, 2.0]}, "column 'amount' would stand twice in the result"),
    ],
)
def test_bad_values_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=re.escape(message)):
        prepared(raw(**changes))


def test_a_missing_column_comes_with_the_nearest() -> None:
    with pytest.raises(
        MissingColumnsError, match=r"missing column 'pai' \(did you mean 'paid'\?\)"
    ):
        prepare_orders(raw(), customer_id="who", order_date="day", amount="pai")


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="0 rows in orders, but it takes at least 1"):
        prepared(raw().iloc[:0])
