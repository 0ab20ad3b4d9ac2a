"""People beside orders: counted by hand, on every engine, and nobody lost."""

from typing import Any

import pandas as pd
import pytest

from cemkit import RFMSegmenter, customer_table, load_cdnow
from cemkit.data import match_people
from cemkit.data.people import check_matching, for_everyone
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

AS_OF = pd.Timestamp("2024-03-31")


@pytest.fixture
def orders() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [1, 2, 2, 5],
            "order_date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-03-31"]),
            "amount": [10.0, 20.0, -5.0, 0.0],
        }
    ).astype({"order_date": "datetime64[us]"})


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [2, 3, 5],
            "preferred_channel": ["sms", "email", None],
            "contract_end": pd.to_datetime(["2024-04-30", "2024-05-31", None]),
        }
    )


def test_everyone_has_a_row_by_hand(orders: pd.DataFrame, people: pd.DataFrame) -> None:
    include = ["activity", "returns", "habits"]
    table = customer_table(orders, AS_OF, people=people, include=include)
    assert table.index.tolist() == [1, 2, 3, 5]
    assert table["order_count"].tolist() == [1, 1, 0, 1]
    assert table["order_count"].dtype == table["repeat_count"].dtype == "int64"
    assert table["total_amount"].tolist() == [10, 15, 0, 0]
    never = table.loc[3]
    dates = [
        "first_order_date",
        "last_order_date",
        "recency_days",
        "tenure_days",
        "habitual_weekday",
    ]
    assert never[[*dates, "last_return_date", "silent_share", "returned_share"]].isna().all()
    zeros = ["mean_amount", "repeat_mean_amount", "amount_90", "order_days_90", "return_count"]
    assert (never[zeros] == 0).all()
    assert table["preferred_channel"].fillna("").tolist() == ["", "sms", "email", ""]
    assert table["contract_days_left"].fillna(-1).tolist() == [-1, 30, 61, -1]


def test_people_change_no_row_of_a_customer() -> None:
    orders = load_cdnow("sample")
    people = pd.DataFrame({"customer_id": [-1, 4, 18, 10**6], "language": ["en", "zh", "en", "zh"]})
    alone = customer_table(orders, "1997-09-30", include="activity")
    table = customer_table(orders, "1997-09-30", include="activity", people=people)
    same = table.loc[alone.index, list(alone)]
    pd.testing.assert_frame_equal(same, alone, check_dtype=False)
    assert set(table.index.difference(alone.index)) == {-1, 10**6}
    assert table["language"].notna().sum() == 4


@pytest.mark.parametrize("name", ["polars-lazy", "duckdb", "pyarrow"])
def test_every_engine_gives_the_same(
    given_on: Any, name: str, orders: pd.DataFrame, people: pd.DataFrame
) -> None:
    expected = customer_table(orders, AS_OF, people=people)
    found = customer_table(given_on(name)(orders), AS_OF, people=people)
    pd.testing.assert_frame_equal(found, expected, check_index_type=False)


def test_the_ledger_counts_every_outcome(quick_engine: Any, orders: pd.DataFrame) -> None:
    people = pd.DataFrame({"customer_id": ["2", "3", "5.0", "5", None, "7", "3"]})
    orders = orders.assign(customer_id=orders["customer_id"].astype(str))
    match = match_people(quick_engine(orders), people)
    assert match.match_rate == pytest.approx(2 / 3)
    assert match.table["count"].to_dict() == {
        "matched": 2, "not_in_people": 1, "never_ordered": 2, "repeated_id": 2, "missing_id": 1,
    }  # fmt: skip
    assert match.table["examples"].tolist() == ["2, 5", "1", "3, 7", "5, 3", ""]
    assert (match.customers, match.people) == (3, 4)
    assert match.sentence().startswith("2 of 3 customers (66.7%) are in people; 2 people never")
    assert "3 位客户中有 2 位（66.7%）" in match.sentence("zh")


def test_the_match_of_a_customer_table_is_that_of_its_orders(people: pd.DataFrame) -> None:
    orders = load_cdnow("sample")
    people = pd.DataFrame({"name": ["a", "b"]}, index=pd.Index([4, -1], name="customer_id"))
    of_orders = match_people(orders, people)
    of_table = match_people(customer_table(orders, "1998-06-30"), people)
    assert str(of_orders) == str(of_table)
    assert of_orders.table.loc["matched", "count"] == 1


def test_people_whom_no_order_matches_are_refused(
    orders: pd.DataFrame, people: pd.DataFrame
) -> None:
    other = people.assign(customer_id=people["customer_id"] + 100)
    with pytest.raises(DataError, match="none of the 3 ids .* people has 102, orders has 1;"):
        customer_table(orders, AS_OF, people=other)
    assert match_people(orders, other).match_rate == 0
    text = people.astype({"customer_id": str})
    for reader in (
        lambda: customer_table(orders, AS_OF, people=text),
        lambda: match_people(orders, text),
    ):
        with pytest.raises(
            DataError, match="customer_id holds text in people and numbers in orders"
        ):
            reader()
    with pytest.raises(DataError, match="repeated customer_id, such as 2"):
        customer_table(orders, AS_OF, people=people.assign(customer_id=[2, 2, 5]))
    with pytest.raises(
        DataError, match="people has a column 'total_amount', which is also a column"
    ):
        customer_table(orders, AS_OF, people=people.assign(total_amount=1))
    with pytest.raises(MissingColumnsError):
        match_people(orders, people.drop(columns="customer_id"))
    with pytest.raises(NotEnoughDataError, match="1 row in people, got 0"):
        match_people(orders, people.head(0))
    with pytest.raises(NotEnoughDataError, match="1 customer in orders, got 0"):
        match_people(orders.head(0), people)


def test_ends_of_contracts_that_are_no_dates_are_refused(
    orders: pd.DataFrame, people: pd.DataFrame
) -> None:
    for end in ("01/02/2024", 20240430, pd.Timestamp("2024-04-30", tz="UTC")):
        with pytest.raises(
            DataError, match="contract_end (must hold local dates, not|holds .* not an ISO date)"
        ):
            customer_table(orders, AS_OF, people=people.assign(contract_end=end))
    for unit in ("s", "ns"):
        dated = people.astype({"contract_end": f"datetime64[{unit}]"})
        left = customer_table(orders, AS_OF, people=dated)["contract_days_left"]
        assert left.fillna(-1).tolist() == [-1, 30, 61, -1]


def test_parts_are_filled_by_what_they_hold() -> None:
    part = pd.DataFrame(
        {"visit_count": [3], "amount_30": [1.5], "share": [0.5], "recency_days": [4]}, index=["a"]
    )
    filled = for_everyone(part, pd.Index(["a", "b"]))
    assert filled.loc["b", ["visit_count", "amount_30"]].tolist() == [0, 0]
    assert filled.loc["b", ["share", "recency_days"]].isna().all()
    assert for_everyone(part, part.index) is part
    check_matching(pd.Index(["a", "z"]), part.index, "people")


def test_models_still_read_the_customers(orders: pd.DataFrame) -> None:
    table = customer_table(load_cdnow("sample"), "1998-06-30")
    assert len(RFMSegmenter().fit(table).add_to(table)) == len(table)


@pytest.mark.parametrize("name", ["margin", "amount_30", "contract_days_left", "visit_event_count"])
def test_people_never_replace_a_column_that_a_block_makes(name: str) -> None:
    day = pd.Timestamp("2024-01-01")
    orders = pd.DataFrame(
        {"customer_id": [1, 2], "order_date": day, "amount": [10.0, 20.0], "cost": [4.0, 5.0]}
    )
    events = pd.DataFrame({"customer_id": [1], "event": ["visit"], "event_time": [day]})
    people = pd.DataFrame({"customer_id": [1], "contract_end": [day], name: [99.0]})
    with pytest.raises(DataError, match=f"people has a column '{name}', which is also a column"):
        customer_table(orders, "2024-02-01", people=people, include="all", events=events)
    alone = people.drop(columns="contract_end")
    kept = customer_table(orders, "2024-02-01", people=alone, include="trend")
    assert kept.loc[1, name] == 99.0
