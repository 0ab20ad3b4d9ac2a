"""Offers: what is read, and what is refused."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cemkit.data.offers import COLUMNS, check_discounts, offer_rows, read_discounts, read_offers
from cemkit.errors import DataError, MissingColumnsError

OFFERS = pd.DataFrame(
    {
        "offer": ["spring", "reminder"],
        "kind": [None, "none"],
        "discount": [0.2, None],
        "scope": ["shoes", None],
        "valid_from": ["2024-03-01", None],
        "valid_until": pd.to_datetime(["2024-03-31 12:00", None]),
        "contact_cost": [0.3, 0.1],
    }
)


def test_an_offer_is_a_percentage_unless_it_says_none() -> None:
    table = read_offers(OFFERS, ["contact_cost"])
    assert list(table) == COLUMNS
    assert table["kind"].tolist() == ["percentage", "none"]
    assert table["valid_until"].tolist() == [pd.Timestamp("2024-03-31"), pd.NaT]
    assert table["extras"].isna().all()
    plain = read_offers(OFFERS[:1].drop(columns="kind"), [])
    assert plain["kind"].tolist() == ["percentage"]
    assert read_offers(OFFERS[1:].drop(columns="discount"), [])["kind"].tolist() == ["none"]


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("product_category", "scope"),
        ("promotion", "offer"),
        ("start_date", "valid_from"),
        ("end_date", "valid_until"),
        ("Discount", "discount"),
        ("contact_costs", "contact_cost"),
    ],
)
def test_an_unknown_column_is_refused_with_what_is_meant(column: str, meant: str) -> None:
    message = rf"an unknown column '{column}' \(did you mean '{meant}'\?\); it takes \['offer', "
    with pytest.raises(DataError, match=message):
        read_offers(OFFERS.assign(**{column: "x"}), [])
    with pytest.raises(DataError, match="an unknown column 'colour'; it takes"):
        read_offers(OFFERS.assign(colour="x"), [])


@pytest.mark.parametrize("discount", [30, -0.2, 0, 1.01, np.inf, None])
def test_a_discount_outside_0_and_1_is_refused(discount: float | None) -> None:
    with pytest.raises(DataError, match="discount of offer 'spring' is .*; it must lie above 0"):
        read_offers(OFFERS.assign(discount=[discount, None]), [])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"discount": [0.2, 0.1]}, "discount of offer 'reminder' is 0.1; of the kind 'none' it"),
        ({"kind": "gift"}, "kind of offer 'spring' is 'gift'; the kinds are 'percentage', 'none'"),
        ({"contact_cost": -1}, "contact_cost of offer 'spring' is -1; it must be at least 0"),
        ({"contact_cost": "1"}, "contact_cost must hold numbers"),
        ({"valid_from": "2024-04-01"}, "of offer 'spring' is 2024-03-31; it lies before valid_fr"),
        ({"valid_until": 20240331}, "valid_until must hold local dates"),
        ({"valid_until": "31.03.2024"}, "valid_until holds '31.03.2024', which is not an ISO"),
        ({"offer": "spring"}, "a missing or repeated offer"),
        ({"offer": ["spring", None]}, "a missing or repeated offer"),
        ({"offer": ["spring", "Spring"]}, "'Spring' and 'spring' differ in case"),
    ],
)
def test_what_is_no_offer_is_refused(changes: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_offers(OFFERS.assign(**changes), [])


def test_columns_that_a_use_needs_are_asked_for() -> None:
    with pytest.raises(MissingColumnsError, match="'valid_until'"):
        read_offers(OFFERS.drop(columns="valid_until"), ["valid_until"])
    with pytest.raises(MissingColumnsError, match="'discount'"):
        read_offers(OFFERS[["offer"]], [])
    with pytest.raises(TypeError, match="offers must be a pandas DataFrame, not dict"):
        read_offers({}, [])


def test_actions_find_their_offer_or_are_refused() -> None:
    table = read_offers(OFFERS, [])
    assert offer_rows(table, pd.Series(["reminder", "spring", "spring"])).tolist() == [1, 0, 0]
    with pytest.raises(DataError, match="2 actions have an offer .* not among .* such as 'x'"):
        offer_rows(table, pd.Series(["x", "spring", None]))


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32", "float64", "object"])
@pytest.mark.parametrize("value", [0.1, 0.15, 0.7])
def test_the_type_of_a_column_does_not_change_its_discount(dtype: str, value: float) -> None:
    assert read_discounts(pd.Series([value, None], dtype=dtype)).tolist()[0] == value
    assert read_discounts(pd.Series([Decimal(str(value))])).tolist() == [value]


@pytest.mark.parametrize("wrong", ["0.2", True, 1j, "20%", pd.Timestamp("2024-03-31")])
def test_what_is_no_number_is_refused(wrong: object) -> None:
    with pytest.raises(DataError, match="discount must hold numbers"):
        check_discounts(pd.Series([wrong], dtype=object))


def test_each_discount_is_there_and_lies_above_0() -> None:
    assert check_discounts(pd.Series([0.2, 1])).tolist() == [0.2, 1]
    with pytest.raises(DataError, match="discount has 1 missing values"):
        check_discounts(pd.Series([0.2, None]))
    with pytest.raises(DataError, match="must lie above 0 and be at most 1, not 30; 20 % is 0.2"):
        check_discounts(pd.Series([0.2, 30]))
