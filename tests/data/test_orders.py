"""prepare_orders: the same table, and the same words for what is wrong, on every engine."""

import decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import audit_orders, load_cdnow, prepare_orders
from cemkit.data.engines import collect, scan
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError

NAMES = {
    "customer_id": "who",
    "order_date": "when",
    "unit_price": "price",
    "quantity": "pieces",
    "order_id": "invoice",
    "cancelled": "C",
    "date_format": "%m/%d/%Y %H:%M",
}
REASONS = ("missing_customer", "duplicate", "cancelled", "unreadable_date", "zero_amount")
RETAIL = {
    "customer_id": "CustomerID",
    "order_date": "InvoiceDate",
    "unit_price": "UnitPrice",
    "quantity": "Quantity",
    "order_id": "InvoiceNo",
    "cancelled": "C",
}


@pytest.fixture
def raw() -> pd.DataFrame:
    """One of each: sound, cancelled, without a customer, twice the same, unreadable, free."""
    return pd.DataFrame(
        {
            "invoice": ["1", "2", "C3", "4", "4", "5", "6", "6"],
            "who": [1.0, 2.0, 2.0, np.nan, 3.0, 3.0, 4.0, 4.0],
            "when": ["12/1/2010 8:26", *["2/4/2011 18:05"] * 4, "31/31/2011 1:00"]
            + ["2/5/2011 7:00"] * 2,
            "price": [1.5, 2.0, 2.0, 3.0, 0.0, 1.0, 5.0, 5.0],
            "pieces": [2, 3, -3, 1, 1, 5, 1, 1],
            "country": list("aabbbbcc"),
        }
    )


def rows(table: Any) -> pd.DataFrame:
    return collect(scan(table, "table")).sort_values("order_date", ignore_index=True)


def test_every_engine_prepares_the_same_orders(engine: Any, raw: pd.DataFrame) -> None:
    given = engine(raw)
    prepared = prepare_orders(given, drop=REASONS, **NAMES)
    assert type(prepared) is type(given)
    table = rows(prepared)
    columns = ["customer_id", "order_date", "amount", "unit_price", "quantity", "order_id"]
    assert list(table.columns) == [*columns, "country"]
    assert table["customer_id"].tolist() == [1, 2, 4]
    assert pd.api.types.is_integer_dtype(table["customer_id"].dtype)
    assert table["amount"].tolist() == [3.0, 6.0, 5.0]
    moments = ["2010-12-01 08:26", "2011-02-04 18:05", "2011-02-05 07:00"]
    assert table["order_date"].astype("datetime64[us]").tolist() == [*map(pd.Timestamp, moments)]


LEFT_OVER = {
    (): "column 'who' is missing in 1 of 8 rows; find the customers, or leave them out with "
    "drop=('missing_customer',)",
    ("missing_customer",): "column 'when' has 1 value that is not dates in the format "
    "'%m/%d/%Y %H:%M', such as '31/31/2011 1:00'; correct them, name the format with date_format, "
    "or leave them out with drop=('unreadable_date',)",
    ("missing_customer", "unreadable_date"): "1 of 6 rows is cancelled (by 'C'); leave them out "
    "with drop=('cancelled',)",
}


@pytest.mark.parametrize("drop", LEFT_OVER)
def test_what_is_not_named_raises_in_the_same_words(
    quick_engine: Any, raw: pd.DataFrame, drop: tuple[str, ...]
) -> None:
    with pytest.raises(DataError) as caught:
        prepare_orders(quick_engine(raw), drop=drop, **NAMES)
    assert str(caught.value) == LEFT_OVER[drop]


def orders_of(**columns: Any) -> pd.DataFrame:
    date = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])).astype("datetime64[us]")
    table = pd.DataFrame({"customer_id": ["a", "b"], "order_date": date, "amount": [1.0, 2.0]})
    return table.assign(**columns)


BAD = {
    "missing amount": (
        {"amount": [np.nan, 1.0]},
        "amount is missing in 1 of 2 rows; correct them, or leave them out with "
        "drop=('missing_amount',)",
    ),
    "infinite amount": (
        {"amount": [-np.inf, 1.0]},
        "amount is infinite in 1 of 2 rows; correct them, or leave them out with "
        "drop=('infinite_amount',)",
    ),
    "missing date": (
        {"order_date": pd.Series([pd.NaT, pd.Timestamp("2024-01-01")]).astype("datetime64[us]")},
        "order_date is missing in 1 of 2 rows; correct them, or leave them out with "
        "drop=('missing_date',)",
    ),
    "blank id": (
        {"customer_id": ["", "b"]},
        "customer_id is missing in 1 of 2 rows; find the customers, or leave them out with "
        "drop=('missing_customer',)",
    ),
    "fractional id": (
        {"customer_id": [1.5, 2.0]},
        "customer_id has fractional ids; read the column as text or integers",
    ),
    "huge id": (
        {"customer_id": [2.0**53 + 2, 2.0]},
        "customer_id has float ids above 2^53, where different customers can share a number; "
        "read the column as text or integers",
    ),
}


@pytest.mark.parametrize("problem", BAD)
def test_bad_values_raise_in_the_same_words(quick_engine: Any, problem: str) -> None:
    columns, message = BAD[problem]
    with pytest.raises(DataError) as caught:
        prepare_orders(quick_engine(orders_of(**columns)))
    assert str(caught.value) == message


def test_an_empty_table_raises_on_every_engine(quick_engine: Any) -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in orders, got 0"):
        prepare_orders(quick_engine(orders_of().head(0)))


@pytest.mark.parametrize("change", [{"order_date": 20240101}, {"order_date": True}])
def test_numbers_are_not_read_as_dates(quick_engine: Any, change: Any) -> None:
    with pytest.raises(DataError, match=r"order_date holds numbers .* convert the column to dates"):
        prepare_orders(quick_engine(orders_of(**change)))


def test_text_is_no_amount(quick_engine: Any) -> None:
    with pytest.raises(DataError, match="amount must be numeric, not String; convert it first"):
        prepare_orders(quick_engine(orders_of(amount="1,50")))


def test_rows_and_index_of_pandas_keep_their_order() -> None:
    raw = orders_of(note=["x", "y"]).set_axis([7, 3])
    prepared = prepare_orders(raw)
    assert prepared.index.tolist() == [7, 3]
    pd.testing.assert_frame_equal(prepared, raw)


def test_cdnow_passes_as_it_is() -> None:
    pd.testing.assert_frame_equal(prepare_orders(load_cdnow()), load_cdnow())


def test_returns_and_free_orders_stay() -> None:
    assert prepare_orders(orders_of(amount=[-1, 0]))["amount"].tolist() == [-1.0, 0.0]


def test_python_objects_are_read_as_what_they_hold() -> None:
    money = np.array([decimal.Decimal("1.10"), decimal.Decimal("2.20")], dtype=object)
    days = [pd.Timestamp("2024-01-01").date(), pd.Timestamp("2024-01-02").date()]
    prepared = prepare_orders(orders_of(amount=money, order_date=days))
    assert prepared["amount"].tolist() == [1.1, 2.2]
    assert prepared["order_date"].tolist() == [*map(pd.Timestamp, days)]


@pytest.mark.parametrize("ids", [[7, 8.0], [7.0, 8.0]])
def test_whole_floats_among_python_s_objects_are_integers(ids: list[float]) -> None:
    prepared = prepare_orders(orders_of(customer_id=pd.Series(ids, dtype=object)))
    assert prepared["customer_id"].dtype == "int64"


def test_a_time_zone_that_is_none_is_refused_in_the_same_words(quick_engine: Any) -> None:
    day = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])).dt.tz_localize("UTC")
    with pytest.raises(ValueError, match="time_zone='Nowhere/X' is not known; name it as in"):
        prepare_orders(quick_engine(orders_of(order_date=day)), time_zone="Nowhere/X")


def test_ids_of_mixed_types_become_text() -> None:
    ids = pd.Series([7, "7.0"], dtype=object)
    assert prepare_orders(orders_of(customer_id=ids))["customer_id"].tolist() == ["7", "7"]


@pytest.mark.parametrize("categories", [["a", "b", "c"], [1, 2, 3]])
def test_categories_become_their_values(categories: list[Any]) -> None:
    ids = pd.Categorical(categories[:2], categories=categories)
    assert prepare_orders(orders_of(customer_id=ids))["customer_id"].tolist() == categories[:2]


def test_a_boolean_column_marks_what_is_cancelled(quick_engine: Any) -> None:
    raw = quick_engine(orders_of(void=[True, False]))
    prepared = prepare_orders(raw, cancelled="void", drop=("cancelled",))
    assert rows(prepared)["customer_id"].tolist() == ["b"]


@pytest.mark.parametrize(
    "marks", [pd.array([True, None], dtype="boolean"), [1.0, np.nan], np.array([1, 0])]
)
def test_a_mark_that_is_missing_cancels_nothing(quick_engine: Any, marks: Any) -> None:
    raw = quick_engine(orders_of(void=marks))
    prepared = prepare_orders(raw, cancelled="void", drop=("cancelled",))
    assert rows(prepared)["customer_id"].tolist() == ["b"]


def test_python_s_own_truth_values_are_read() -> None:
    raw = orders_of(void=pd.Series([True, np.nan], dtype=object))
    prepared = prepare_orders(raw, cancelled="void", drop=("cancelled",))
    assert prepared["customer_id"].tolist() == ["b"]


@pytest.mark.parametrize("lazy", [False, True])
def test_an_order_id_that_is_no_number_is_missing(lazy: bool) -> None:
    polars = pytest.importorskip("polars", reason="Polars is not installed")
    raw = polars.from_pandas(orders_of(invoice=[1.0, np.nan]), nan_to_null=False)
    with pytest.raises(DataError, match="column 'invoice' is missing in 1 of 2 rows"):
        prepare_orders(raw.lazy() if lazy else raw, order_id="invoice")


def test_words_do_not_say_what_is_cancelled(quick_engine: Any) -> None:
    raw = quick_engine(orders_of(void=["yes", "no"]))
    with pytest.raises(DataError, match="void must hold True or False to mark cancelled rows, not"):
        prepare_orders(raw, cancelled="void", drop=("cancelled",))


def test_a_column_with_the_name_of_a_problem_stays_as_it_is(quick_engine: Any) -> None:
    raw = quick_engine(orders_of(cancelled=[True, False], zero_amount=["x", "y"]))
    prepared = rows(prepare_orders(raw, cancelled="cancelled", drop=("cancelled", "zero_amount")))
    assert prepared[["cancelled", "zero_amount"]].to_numpy().tolist() == [[False, "y"]]
    assert pd.api.types.is_bool_dtype(prepared["cancelled"].dtype)


def test_further_columns_may_have_any_name() -> None:
    assert prepare_orders(orders_of().assign(x=1).rename(columns={"x": 5}))[5].sum() == 2


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"raw": 3, "drop": ("duplicate",)}, TypeError, "DuckDB, Dask or PySpark table, not int"),
        ({"drop": ("returns",)}, ValueError, "each reason in drop must be one of 'missing_cust"),
        ({"drop": "duplicate"}, TypeError, "drop must be a list, as in drop="),
        ({"drop": ("cancelled",)}, ValueError, "'cancelled', which needs the argument cancelled"),
        ({"drop": ("missing_order",)}, ValueError, "needs the argument order_id"),
        ({"unit_price": "amount"}, ValueError, "either amount, or both unit_price and quantity"),
        ({"cancelled": "C"}, ValueError, "cancelled='C' is not a column; if it is a prefix"),
        ({"amount": "amout"}, MissingColumnsError, "did you mean 'amount'"),
        ({"amount": "price"}, DataError, "column 'amount' would occur twice in the result"),
        ({"order_id": "customer_id"}, ValueError, "'customer_id' is named as both customer_id and"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        prepare_orders(**{"raw": orders_of(price=1.0), **arguments})


def test_online_retail_leaves_the_published_rows(reference_data: Path, given_on: Any) -> None:
    """541,909 lines; 392,732 without the three faults, 392,692 without free lines too."""
    raw = pd.read_parquet(reference_data / "online_retail.parquet")
    faults = ("missing_customer", "duplicate", "cancelled")
    for name in ("pandas", "duckdb"):
        given = given_on(name)(raw)
        form = {"date_format": "%m/%d/%Y %H:%M"} if "/" in raw["InvoiceDate"][0] else {}
        form = form or {"date_format": "%Y-%m-%d %H:%M:%S"}
        kept = prepare_orders(given, drop=faults, **RETAIL, **form)
        paid = prepare_orders(given, drop=(*faults, "zero_amount"), **RETAIL, **form)
        assert (len(rows(kept)), len(rows(paid))) == (392_732, 392_692)


FURTHER = {
    "kind": "category",
    "shop": "channel",
    "offer": "promotion",
    "paid": "cost",
    "off": "discount",
}


def with_further(**columns: Any) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return orders with every further column, under names of their own."""
    sound = {"kind": "k", "shop": "web", "offer": ["618", ""], "paid": [3, 4], "off": [0.2, None]}
    return orders_of(**{**sound, **columns}), {new: old for old, new in FURTHER.items()}


def test_further_columns_get_their_names_on_every_engine(quick_engine: Any) -> None:
    raw, names = with_further(note="n")
    prepared = rows(prepare_orders(quick_engine(raw), **names))
    order = ["customer_id", "order_date", "amount", "category", "channel", "promotion", "cost"]
    assert list(prepared) == [*order, "discount", "note"]
    prepared = prepared.sort_values("customer_id")
    assert prepared["cost"].tolist() == [3.0, 4.0]
    assert str(prepared["cost"].dtype).lower() in {"float64", "double[pyarrow]"}
    assert prepared["discount"].fillna(-1).tolist() == [0.2, -1]
    assert prepared["promotion"].tolist() == ["618", ""]


@pytest.mark.parametrize(
    ("column", "values", "problem", "message"),
    [
        ("paid", [3.0, None], "missing_cost", "'paid' is missing in 1 of 2 rows; find the costs"),
        ("paid", [3.0, np.inf], "infinite_cost", "'paid' is infinite in 1 of 2 rows; correct them"),
        ("off", [0.2, 20.0], "invalid_discount", "'off' must be a fraction of the list price"),
        ("off", [0.2, -0.1], "invalid_discount", "divide percentages by 100, correct them, or"),
        ("off", [0.2, np.inf], "invalid_discount", r"with drop=\('invalid_discount',\)"),
    ],
)
def test_costs_and_discounts_are_checked_and_audited_alike(
    quick_engine: Any, column: str, values: list[float], problem: str, message: str
) -> None:
    raw, names = with_further(**{column: values})
    with pytest.raises(DataError, match=message):
        prepare_orders(quick_engine(raw), **names)
    assert rows(prepare_orders(quick_engine(raw), **names, drop=(problem,))).shape[0] == 1
    audit = audit_orders(quick_engine(raw), as_of="2024-12-31", **names)
    assert audit.table["rows"].to_dict() == {problem: 1}
    assert audit.rows_with(problem) == 1


def test_columns_that_are_not_named_are_not_looked_at() -> None:
    raw = orders_of(cost=[None, 1.0], discount=[20.0, 5.0])
    pd.testing.assert_frame_equal(prepare_orders(raw), raw)
    with pytest.raises(
        ValueError, match="drop names 'missing_cost', which needs the argument cost"
    ):
        prepare_orders(raw, drop=["missing_cost"])
    with pytest.raises(DataError, match="cost must be numeric, not"):
        prepare_orders(raw.assign(cost="3"), cost="cost")
    with pytest.raises(ValueError, match="'cost' is named as both"):
        prepare_orders(raw, cost="cost", discount="cost")


def test_costs_of_python_objects_are_read_as_what_they_hold() -> None:
    money = np.array([decimal.Decimal("1.10"), decimal.Decimal(2)], dtype=object)
    assert prepare_orders(orders_of(cost=money), cost="cost")["cost"].tolist() == [1.1, 2.0]
