"""audit_orders: a ledger of every problem in a raw table of orders, before anything is dropped."""

import dataclasses
import datetime as dt
from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of, check_columns, check_flag, check_integer
from cemkit.checks.options import shown
from cemkit.data.dates import utc_offset
from cemkit.data.days import after_day
from cemkit.data.engines import as_frame, collect
from cemkit.data.order_rows import check_countable
from cemkit.data.problems import (
    GIVEN_DATE,
    PROBLEMS,
    OrderColumns,
    problems_to_look_for,
    read_orders,
    with_flags,
    with_one_spelling,
)
from cemkit.data.repeated_rows import rows_seen_before
from cemkit.data.returns import purchases_of_returns
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.results import Result

# Problems that the audit tells and `prepare_orders` does not: they need more than the row.
AUDITED = (*PROBLEMS, "after_as_of", "outlier_amount", "other_currency", "other_utc_offset")
# Without one of these a row says nothing of its customer.
WHOLE = ("missing_customer", "missing_date", "unreadable_date", "missing_amount", "infinite_amount")
OFFSET = "utc_offset_as_given"
COPIES, FURTHER_COPIES = "copies_of_this_row", "copies_after_the_first"
CODE = "number_of_this_customer"
OUTLIER_DEVIATIONS = 5.0
NORMAL_MAD = 1.4826


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OrderAudit(Result):
    """The problems of a raw order table, from `audit_orders`.

    Attributes:
        table: One row per problem that occurs, indexed by the name that `prepare_orders(drop=...)`
            takes. Columns: `rows`; `share` of all rows; `amount`, the sum of their amounts;
            `further_rows`, the rows not counted in a line above, so that this column adds up to the
            rows with any problem; and `examples`.
        combinations: Number of rows with each combination of problems.

    Examples:
        >>> raw = pd.DataFrame(
        ...     {"customer_id": ["ann", None], "order_date": ["1997-01-01"] * 2, "amount": [9, 0]}
        ... )
        >>> audit = audit_orders(raw, as_of="1997-12-31")
        >>> audit.rows_with("missing_customer", "zero_amount")
        1
    """

    rows: int
    clean_rows: int
    total_amount: float
    table: pd.DataFrame
    combinations: pd.DataFrame

    def rows_with(self, *problems: str) -> int:
        """Return how many rows have at least one of these problems, and so would be dropped.

        Raises:
            ValueError: The audit did not look for such a problem, or it cannot be counted row by
                row.
        """
        unknown = [name for name in problems if name not in self.combinations.columns]
        if unknown and unknown[0] in self.table.index:
            raise ValueError(
                f"{unknown[0]!r} cannot be counted row by row; read its rows in audit.table"
            )
        if unknown:
            looked_for = [name for name in self.combinations.columns if name in AUDITED]
            raise ValueError(
                f"the audit did not look for {unknown[0]!r}; name problems among {looked_for}"
            )
        chosen = self.combinations[list(problems)].any(axis=1)
        return int(self.combinations.loc[chosen, "rows"].sum())


def audit_orders(
    raw: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    customer_id: str = "customer_id",
    order_date: str = "order_date",
    amount: str | None = None,
    unit_price: str | None = None,
    quantity: str | None = None,
    order_id: str | None = None,
    product: str | None = None,
    category: str | None = None,
    channel: str | None = None,
    promotion: str | None = None,
    cost: str | None = None,
    discount: str | None = None,
    cancelled: str | None = None,
    currency: str | None = None,
    date_format: str | None = None,
    time_zone: str | None = None,
    match_returns: bool = False,
    n_examples: int = 3,
) -> OrderAudit:
    """Report every data problem in a raw order table, without changing the table.

    For each problem the report counts the rows, sums their amounts and names example customers.
    Use it before `prepare_orders`: `prepare_orders(drop=reasons)` drops
    `audit.rows_with(*reasons)` rows.

    Args:
        raw: Order table with one row per order or order line (pandas, Polars, PyArrow, DuckDB, Dask
            or PySpark). Only counts and examples are brought into memory.
        as_of: Last day that the data should contain. Later orders are reported as `after_as_of`.
        customer_id: Column with the customer's id.
        order_date: Column with the date of the order.
        amount: Column with the amount of money of the row; `"amount"` by default.
        unit_price: Column with the price per unit. Give it with `quantity` instead of `amount`.
        quantity: Column with the number of units. The amount is `unit_price` times `quantity`.
        order_id: Column with the id of the order; rows with the same id are one order.
        product: Column with the product.
        category: Column with the category of the product.
        channel: Column with the channel through which the order was placed.
        promotion: Column with the name of the row's promotion, or with True where there was one.
        cost: Column with the shop's cost of the row, in the currency of `amount`.
        discount: Column with the discount as a fraction of the list price; 0.2 is 20 % off.
        cancelled: Column that is True for cancelled rows, or the prefix of their order ids.
        currency: Column with the currency code. Rows not in the most common currency are reported
            as `other_currency`.
        date_format: Format of text dates, as in `strptime`. By default tables in memory are read as
            ISO 8601; lazy engines need a format.
        time_zone: Time zone of the customers' days, such as `"Europe/London"`; needed for dates
            that carry a time zone or UTC offset.
        match_returns: Whether to match returns with the purchases they reverse. Matched purchases
            are reported as `reversed_purchase` (see `net_returns`).
        n_examples: Number of example customers per problem; 0 for none. Each problem costs one
            query.

    Returns:
        An `OrderAudit`. `audit.table` has one row per problem:

        - `rows`, `share`: how many rows have the problem, and their share of all rows.
        - `amount`: the sum of their amounts.
        - `further_rows`: rows not counted in a line above.
        - `examples`: example customers, each named once.

        Besides the reasons that `prepare_orders(drop=...)` takes, the report can contain

        - `after_as_of`: orders after `as_of`.
        - `outlier_amount`: amounts above 0 whose logarithm is more than 5 scaled median absolute
          deviations from the median, to the cent.
        - `other_currency`: rows not in the most common currency.
        - `other_utc_offset`: text dates whose UTC offset differs from the most common one. With
          summer time, one place has two offsets.
        - `only_returns`: rows up to `as_of` of customers without a purchase, whom `customer_table`
          leaves out.
        - `reversed_purchase`: purchases that a return takes back.

    Raises:
        MissingColumnsError: A named column does not exist.
        NotEnoughDataError: The table has no rows.
        DataError: A column has a type that cannot be read.

    Examples:
        >>> raw = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", None, "bob"],
        ...         "order_date": ["1997-01-01", "1997-01-01", "1997-01-02", "soon"],
        ...         "amount": [9.0, 9.0, 4.0, -1.0],
        ...     }
        ... )
        >>> audit_orders(raw, as_of="1997-12-31").table[["rows", "share", "amount"]]
                          rows  share  amount
        problem
        missing_customer     1   0.25     4.0
        unreadable_date      1   0.25    -1.0
        duplicate            1   0.25     9.0
        negative_amount      1   0.25    -1.0
    """
    end = check_as_of(as_of)
    check_flag(match_returns, "match_returns")
    check_integer(n_examples, "n_examples", minimum=0)
    if not isinstance(currency, str | None):
        raise TypeError(f"currency must be the name of a column, not {shown(currency)}")
    columns = OrderColumns(
        customer_id=customer_id,
        order_date=order_date,
        amount=amount,
        unit_price=unit_price,
        quantity=quantity,
        order_id=order_id,
        product=product,
        category=category,
        channel=channel,
        promotion=promotion,
        cost=cost,
        discount=discount,
        cancelled=cancelled,
    )
    raw = with_one_spelling(raw, columns)
    frame, usual = _read(raw, columns, currency, date_format, time_zone)
    flagged, names = _flagged(frame, columns, end, usual)
    combinations = _combinations(flagged, names)
    rows = int(combinations["rows"].sum())
    if not rows:
        raise NotEnoughDataError("rows in orders", have=0, need=1)
    ledger = _with_examples(_ledger(combinations, names), flagged, n_examples)
    if "negative_amount" in ledger.index:
        alone = _returns_alone(flagged)
        ledger = _with_line(ledger, "only_returns", alone, rows, n_examples)
    if match_returns:
        purchases = _reversed_purchases(read_orders(raw, columns, date_format, time_zone), columns)
        ledger = _with_line(ledger, "reversed_purchase", purchases, rows, n_examples)
    return OrderAudit(
        rows=rows,
        clean_rows=int(combinations.loc[~combinations[names].any(axis=1), "rows"].sum()),
        total_amount=float(combinations["amount"].sum()),
        table=ledger,
        combinations=combinations,
    )


def _read(
    raw: Any,
    columns: OrderColumns,
    currency: str | None,
    date_format: str | None,
    time_zone: str | None,
) -> tuple[nw.LazyFrame[Any], dict[str, str]]:
    """The rows, and the columns in which one value is usual, by the problem of any other."""
    if currency is not None:
        check_columns(as_frame(raw, "orders").collect_schema().names(), [currency])
    frame = read_orders(_with_copies(raw, columns.customer_id), columns, date_format, time_zone)
    usual = {} if currency is None else {"other_currency": currency}
    return (frame, usual) if time_zone is None else _with_offsets(frame, usual)


def _with_copies(raw: Any, customer_id: str) -> Any:
    """The rows with how often they occur: one row each; in pandas as they are, customers coded."""
    frame = as_frame(raw, "orders")
    check_countable(raw)
    if isinstance(raw, pd.DataFrame):
        counted = raw.copy(deep=False)
        counted[CODE] = pd.factorize(raw[customer_id])[0]
        coded = counted.drop(columns=CODE).assign(**{customer_id: counted[CODE]})
        counted[COPIES], counted[FURTHER_COPIES] = 1, rows_seen_before(coded).astype("int64")
        return counted
    counted = frame.group_by(*frame.collect_schema().names()).agg(nw.len().alias(COPIES))
    number = nw.col(COPIES).cast(nw.Int64)
    return counted.with_columns(number, (number - 1).alias(FURTHER_COPIES)).to_native()


def _with_offsets(
    frame: nw.LazyFrame[Any], usual: dict[str, str]
) -> tuple[nw.LazyFrame[Any], dict[str, str]]:
    """The frame with the UTC offsets that dates in text carry, which should be the usual one."""
    if frame.collect_schema()[GIVEN_DATE] not in {nw.String, nw.Object}:
        return frame, usual
    frame = frame.with_columns(utc_offset(nw.col(GIVEN_DATE)).alias(OFFSET))
    return frame, {**usual, "other_utc_offset": OFFSET}


def _flagged(
    frame: nw.LazyFrame[Any], columns: OrderColumns, end: pd.Timestamp, usual: dict[str, str]
) -> tuple[nw.LazyFrame[Any], list[str]]:
    names = [name for name in problems_to_look_for(columns) if name != "duplicate"]
    flagged = with_flags(frame, columns, names)
    low, high = _usual_amounts(flagged)
    unusual = (nw.col("amount") > 0) & ((nw.col("amount") < low) | (nw.col("amount") > high))
    finite = (nw.col("missing_amount") == 0) & (nw.col("infinite_amount") == 0)
    later = (nw.col("order_date") >= after_day(end)).fill_null(False)
    further = {"after_as_of": later, "outlier_amount": unusual.fill_null(False) & finite}
    for problem, column in usual.items():
        known = ~nw.col(column).is_null()
        other = (nw.col(column) != _most_frequent(frame, column)).fill_null(True)
        further[problem] = other if problem == "other_currency" else other & known
    flags = {name: flag.cast(nw.Int8) for name, flag in further.items()}
    money = nw.when(finite).then(nw.col("amount")).otherwise(nw.lit(0.0))
    flagged = flagged.with_columns(**flags, finite_amount=money)
    found = {*names, *further, "duplicate"}
    return flagged, [name for name in AUDITED if name in found]


def _usual_amounts(flagged: nw.LazyFrame[Any]) -> tuple[float, float]:
    """The bounds of amounts that are no outliers, from the counts of different amounts."""
    different, weights = _counted_amounts(flagged.select(COPIES, "amount"))
    if not len(different):
        return 0.0, float("inf")
    logs = np.log(different)
    median = _weighted_median(logs, weights)
    spread = NORMAL_MAD * _weighted_median(np.abs(logs - median), weights)
    if spread == 0:
        return 0.0, float("inf")
    bounds = np.exp(median + OUTLIER_DEVIATIONS * spread * np.array([-1, 1])) / 100
    return float(bounds[0]), float(bounds[1])


def _counted_amounts(rows: nw.LazyFrame[Any]) -> tuple[Floats, npt.NDArray[np.int64]]:
    """The different amounts above 0, in cents, and the rows of each; in pandas by a sort."""
    if rows.implementation.is_pandas():
        return _counted_by_sort(collect(rows)["amount"].to_numpy(np.float64, na_value=np.nan))
    sound = rows.filter(nw.col("amount") > 0, nw.col("amount") < float("inf"))
    cents = sound.select(COPIES, cents=(nw.col("amount") * 100).round(0))
    counts = collect(cents.group_by("cents").agg(nw.col(COPIES).sum()))
    counts = counts[counts["cents"] > 0]
    return counts["cents"].to_numpy(), counts[COPIES].to_numpy()


def _counted_by_sort(amounts: Floats) -> tuple[Floats, npt.NDArray[np.int64]]:
    cents = np.sort((amounts[(amounts > 0) & (amounts < np.inf)] * 100).round(0))
    cents = cents[np.searchsorted(cents, 0, "right") :]
    first = np.flatnonzero(np.diff(cents, prepend=0.0))
    return cents[first], np.diff(first, append=len(cents))


def _weighted_median(values: Floats, weights: npt.NDArray[np.int64]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _most_frequent(frame: nw.LazyFrame[Any], column: str) -> Any:
    counts = collect(frame.group_by(column).agg(nw.col(COPIES).sum())).dropna()
    if counts.empty:
        raise DataError(f"{column} is missing in every row; leave out currency={column!r}")
    return counts.sort_values([COPIES, column])[column].iloc[-1]


def _combinations(flagged: nw.LazyFrame[Any], names: list[str]) -> pd.DataFrame:
    """How many rows have which problems together: one row per combination that occurs."""
    told_by_row = _occurring(flagged, [name for name in names if name != "duplicate"])
    flags = [nw.col(name).cast(nw.Int64) for name in told_by_row]
    code = sum((flag * 2**k for k, flag in enumerate(flags)), start=nw.lit(0))
    coded = flagged.select(
        COPIES,
        FURTHER_COPIES,
        code=code,
        amount=nw.col("finite_amount") * nw.col(COPIES),
        further_amount=nw.col("finite_amount") * nw.col(FURTHER_COPIES),
    )
    counts = _sums_by_code(coded).astype({"code": "int64"}).sort_values("code", ignore_index=True)
    found = dict.fromkeys(names, pd.Series(False, index=counts.index))
    found |= {name: counts["code"] // 2**k % 2 == 1 for k, name in enumerate(told_by_row)}
    again = {"rows": counts[FURTHER_COPIES], "amount": counts["further_amount"]}
    once = {
        "rows": counts[COPIES] - counts[FURTHER_COPIES],
        "amount": counts["amount"] - counts["further_amount"],
    }
    table = pd.concat(
        [pd.DataFrame({**found, "duplicate": d, **n}) for d, n in ((False, once), (True, again))]
    )
    table = table[[*names, "rows", "amount"]].astype({"rows": "int64", "amount": "float64"})
    return table[table["rows"] > 0].reset_index(drop=True)


def _sums_by_code(coded: nw.LazyFrame[Any]) -> pd.DataFrame:
    """The sums of each code; in pandas those of rows without a problem need no group-by."""
    summed = [COPIES, FURTHER_COPIES, "amount", "further_amount"]
    if not coded.implementation.is_pandas():
        return collect(coded.group_by("code").agg(nw.col(*summed).sum()))
    rows = collect(coded)
    sound = rows["code"].to_numpy() == 0
    totals = {name: [np.where(sound, rows[name].to_numpy(), 0).sum()] for name in summed}
    parts = [pd.DataFrame({"code": 0, **totals})] if sound.any() else []
    if not parts or not sound.all():
        parts.append(rows[~sound].groupby("code")[summed].sum().reset_index())
    return pd.concat(parts)


def _occurring(flagged: nw.LazyFrame[Any], names: list[str]) -> list[str]:
    """The problems that some row has, where looking costs no query; else all."""
    if not flagged.implementation.is_pandas():
        return names
    table = collect(flagged.select(*names))
    return [name for name in names if table[name].any()]


def _ledger(combinations: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    total, lines, seen = combinations["rows"].sum(), {}, np.zeros(len(combinations), dtype=bool)
    for name in names:
        has = combinations[name].to_numpy(dtype=bool)
        rows = combinations.loc[has, "rows"].sum()
        lines[name] = {
            "rows": rows,
            "share": rows / total,
            "amount": combinations.loc[has, "amount"].sum(),
            "further_rows": combinations.loc[has & ~seen, "rows"].sum(),
        }
        seen |= has
    ledger = pd.DataFrame.from_dict(lines, orient="index").rename_axis("problem")
    ledger = ledger.astype({"rows": "int64", "further_rows": "int64"})
    return ledger[ledger["rows"] > 0]


def _with_examples(
    ledger: pd.DataFrame, flagged: nw.LazyFrame[Any], n_examples: int
) -> pd.DataFrame:
    """The ledger with example customers of each problem, where some are asked for."""
    if not n_examples:
        return ledger
    examples = [_examples(flagged, problem, n_examples) for problem in ledger.index]
    return ledger.assign(examples=pd.Series(examples, index=ledger.index, dtype=object))


def _examples(flagged: nw.LazyFrame[Any], problem: str, n_examples: int) -> str:
    column = FURTHER_COPIES if problem == "duplicate" else problem
    shown = "customer_id"
    if problem == "unreadable_date":
        shown = GIVEN_DATE
    elif problem == "missing_customer":
        shown = "order_date"
    rows = flagged.filter(nw.col(column) > 0, ~nw.col(shown).is_null()).select(shown)
    if rows.implementation.is_pandas():  # whose ids may be of several types
        values = collect(rows)[shown].drop_duplicates()
        by = values if pd.api.types.is_numeric_dtype(values.dtype) else values.astype(str)
        return _listed(values.loc[by.sort_values().index[:n_examples]])
    return _listed(collect(rows.unique().sort(shown).head(n_examples))[shown])


def _listed(values: pd.Series) -> str:
    if pd.api.types.is_float_dtype(values.dtype) and (values == values.round()).all():
        values = values.astype("int64")
    return ", ".join(str(value) for value in values)


def _returns_alone(flagged: nw.LazyFrame[Any]) -> pd.DataFrame:
    """Customers who have bought nothing, with their rows and money."""
    told_by = (*WHOLE, "after_as_of")
    in_pandas = flagged.implementation.is_pandas()
    past = flagged.select("customer_id", COPIES, "amount", *told_by, *([CODE] if in_pandas else []))
    past = past.filter(*(nw.col(name) == 0 for name in told_by))
    if in_pandas:
        past = nw.from_native(_without_buyers(collect(past))).lazy()
    money = nw.col("amount") * nw.col(COPIES)
    customers = (
        past.select("customer_id", COPIES, largest="amount", amount=money)
        .group_by("customer_id")
        .agg(nw.col(COPIES).sum().alias("rows"), nw.col("largest").max(), nw.col("amount").sum())
    )
    return collect(customers.filter(nw.col("largest") < 0)).sort_values("customer_id")


def _without_buyers(past: pd.DataFrame) -> pd.DataFrame:
    """The rows of customers without a purchase, found by their codes."""
    code = past[CODE].to_numpy()
    bought = np.zeros(code.max(initial=0) + 1, dtype=bool)
    bought[code[past["amount"].to_numpy(np.float64) >= 0]] = True
    rows: pd.DataFrame = past[~bought[code]]
    return rows


def _reversed_purchases(frame: nw.LazyFrame[Any], columns: OrderColumns) -> pd.DataFrame:
    names = ["customer_id", "order_date", "amount"]
    schema = frame.collect_schema().names()
    names += [name for name in ("order_id", "product") if name in schema]
    sound = with_flags(frame, columns, WHOLE).filter(*(nw.col(name) == 0 for name in WHOLE))
    rows, purchase = purchases_of_returns(sound.select(*names))
    return rows.iloc[np.unique(purchase[purchase >= 0])].assign(rows=1)


def _with_line(
    ledger: pd.DataFrame, problem: str, found: pd.DataFrame, rows: int, n_examples: int
) -> pd.DataFrame:
    """The ledger with a problem of no row by itself, which counts no further rows."""
    if found.empty:
        return ledger
    line = {
        "rows": int(found["rows"].sum()),
        "share": found["rows"].sum() / rows,
        "amount": found["amount"].sum(),
        "further_rows": 0,
        "examples": _listed(found["customer_id"].head(n_examples)),
    }
    last = pd.DataFrame([line], index=[problem], columns=ledger.columns)
    return pd.concat([ledger, last]).rename_axis("problem")
