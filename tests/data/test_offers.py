"""Offers: what is read, and what is refused."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from cemkit.data.offers import (
    COLUMNS,
    KINDS,
    check_discounts,
    offer_rows,
    read_discounts,
    read_offers,
)
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


def test_an_offer_is_a_percentage_unless_it_says_otherwise() -> None:
    table = read_offers(OFFERS, ["contact_cost"])
    assert list(table) == COLUMNS
    assert table["kind"].tolist() == ["percentage", "none"]
    assert table["valid_until"].tolist() == [pd.Timestamp("2024-03-31 12:00"), pd.NaT]
    assert table["extras"].isna().all()
    assert table["stackable"].tolist() == [False, False]
    assert table["eligible"].tolist() == [None, None]
    plain = read_offers(OFFERS[:1].drop(columns="kind"), [])
    assert plain["kind"].tolist() == ["percentage"]
    assert read_offers(OFFERS[1:].drop(columns="discount"), [])["kind"].tolist() == ["none"]


EVERY_KIND = pd.DataFrame(
    [
        {"offer": "20%", "discount": 0.2, "stackable": True},
        {"offer": "50 off 300", "kind": "amount_off", "amount_off": 50, "min_spend": 300},
        {"offer": "bag", "kind": "gift", "unit_cost": 4, "eligible": "segment = At risk"},
        {"offer": "double points", "kind": "points", "points_per_unit": 2, "point_value": 0.01},
        {"offer": "100 points", "kind": "points", "points": 100, "point_value": 0.01},
        {"offer": "free delivery", "kind": "service", "unit_cost": 6, "stackable": True},
        {"offer": "preview", "kind": "early_access"},
        {"offer": "greeting", "kind": "none", "min_spend": 0},
    ]
)


def test_offers_of_every_kind_are_read() -> None:
    table = read_offers(EVERY_KIND, [])
    assert set(table["kind"]) == {*KINDS}
    assert table["stackable"].tolist() == [True, *[False] * 4, True, False, False]
    assert table["eligible"].tolist()[2] == "segment = At risk"
    for row in range(len(EVERY_KIND)):  # each alone, its other columns left out
        one = EVERY_KIND.iloc[[row]].dropna(axis=1)
        assert read_offers(one, [])["kind"].tolist() == [table["kind"].iloc[row]]


@pytest.mark.parametrize(
    ("row", "changes", "message"),
    [
        (1, {"amount_off": None}, "amount_off of offer '50 off 300' is missing; it must be above"),
        (1, {"amount_off": 0}, "amount_off of offer '50 off 300' is 0; it must be above 0"),
        (1, {"amount_off": np.inf}, "amount_off of offer '50 off 300' is inf; it must be above"),
        (1, {"min_spend": -1}, "min_spend of offer '50 off 300' is -1; it must be at least 0"),
        (1, {"discount": 0.1}, "discount of offer '50 off 300' is 0.1, but the kind"),
        (2, {"unit_cost": None}, "unit_cost of offer 'bag' is missing; .*what one costs the shop"),
        (2, {"unit_cost": -4}, "unit_cost of offer 'bag' is -4; it must be at least 0"),
        (2, {"kind": "gifts"}, r"kind of offer 'bag' is 'gifts' \(did you mean 'gift'\?\)"),
        (3, {"points_per_unit": -2}, "points_per_unit of offer 'double points' is -2; it must be"),
        (3, {"points_per_unit": None}, "offer 'double points' gives no points; set 'points'"),
        (3, {"point_value": None}, "point_value of offer 'double points' is missing; .* the shop"),
        (3, {"point_value": 0}, "point_value of offer 'double points' is 0; it must be above 0"),
        (4, {"points": -100}, "points of offer '100 points' is -100; it must be at least 0"),
        (4, {"points": 0}, "offer '100 points' gives no points"),
        (
            6,
            {"unit_cost": 1},
            "unit_cost of offer 'preview' is 1, but the kind 'early_access' takes",
        ),
        (
            7,
            {"min_spend": 9},
            "min_spend of offer 'greeting' is 9, but the kind 'none' takes no min_spend",
        ),
        (0, {"stackable": "yes"}, "stackable must hold True or False, not 'yes'"),
        (0, {"stackable": 1}, "stackable must hold True or False, not 1"),
        (0, {"eligible": 3}, "eligible must hold text, not 3"),
    ],
)
def test_wrong_terms_of_a_kind_are_refused(row: int, changes: dict, message: str) -> None:
    table = EVERY_KIND.astype(object)
    for column, value in changes.items():
        table.loc[row, column] = value
    with pytest.raises(DataError, match=message):
        read_offers(table, [])


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
    message = (
        rf"an unknown column '{column}' \(did you mean '{meant}'\?\); use columns among \['offer', "
    )
    with pytest.raises(DataError, match=message):
        read_offers(OFFERS.assign(**{column: "x"}), [])
    with pytest.raises(DataError, match="an unknown column 'colour'; use columns among"):
        read_offers(OFFERS.assign(colour="x"), [])


@pytest.mark.parametrize("discount", [30, -0.2, 0, 1.01, np.inf, None])
def test_a_discount_outside_0_and_1_is_refused(discount: float | None) -> None:
    with pytest.raises(DataError, match="discount of offer 'spring' is .*; it must lie above 0"):
        read_offers(OFFERS.assign(discount=[discount, None]), [])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"discount": [0.2, 0.1]},
            "discount of offer 'reminder' is 0.1, but the kind 'none' takes",
        ),
        ({"kind": "colour"}, "kind of offer 'spring' is 'colour'; the kinds are 'percentage', "),
        ({"contact_cost": -1}, "contact_cost of offer 'spring' is -1; it must be at least 0"),
        ({"contact_cost": "1"}, "contact_cost must hold numbers"),
        ({"valid_from": "2024-04-01"}, "is 2024-03-31 12:00; it ends before it starts, on 2024-04"),
        ({"valid_from": "2024-03-31 12:00"}, "is 2024-03-31 12:00; it ends when it starts"),
        ({"valid_from": "2024-03-01 12:00+08:00"}, "valid_from has a time zone in 2 of 2 times"),
        ({"valid_until": 20240331}, "valid_until must hold local dates"),
        ({"valid_until": "31.03.2024"}, "valid_until holds '31.03.2024', which is not an ISO"),
        ({"offer": "spring"}, r"offer 'spring' stands in 2 rows \(0, 1\); give each a name"),
        ({"offer": ["spring", None]}, "1 row without a name in 'offer', the first in row 1"),
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
    with pytest.raises(DataError, match="1 action has no offer; give each one"):
        offer_rows(table, pd.Series(["x", "spring", None]))
    with pytest.raises(DataError, match="2 actions have an offer .* not in .* such as 'x'"):
        offer_rows(table, pd.Series(["x", "spring", "y"]))
    with pytest.raises(
        DataError,
        match=r"1 claim has an offer .*, such as 'sprin' \(did you mean 'spring'\?\)",
    ):
        offer_rows(table, pd.Series(["sprin", "spring"]), "claims")


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
    with pytest.raises(DataError, match="discount has 1 missing value"):
        check_discounts(pd.Series([0.2, None]))
    with pytest.raises(DataError, match="must lie above 0 and be at most 1, not 30; 20 % is 0.2"):
        check_discounts(pd.Series([0.2, 30]))
