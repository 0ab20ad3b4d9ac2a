"""Every argument and column check; each returns what it checked, in the form the caller needs."""

import datetime as dt
import math
import warnings
from collections.abc import Collection, Iterable, Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.errors import CemkitWarning, DataError, MissingColumnsError, NotEnoughDataError

LIFETIMES_COLUMNS = frozenset({"frequency", "recency", "T"})


def check_columns(available: Iterable[object], required: Iterable[object], hint: str = "") -> None:
    """Raise `MissingColumnsError` unless every required column is there.

    Args:
        available: Columns of the table.
        required: Columns the caller needs.
        hint: What to do when one is missing.

    Examples:
        >>> check_columns(["customer_id", "amount"], ["amount"])
    """
    there = list(available)
    missing = [name for name in required if name not in there]
    if missing:
        raise MissingColumnsError(missing, there, hint)


def check_as_of(as_of: str | dt.date | pd.Timestamp, name: str = "as_of") -> pd.Timestamp:
    """The day `as_of` names, at midnight and without a time zone.

    Args:
        as_of: A date, datetime, Timestamp or ISO text (`"1997-09-30"`).
        name: The argument's name, for the message.

    Raises:
        TypeError: `as_of` is none of these.
        ValueError: It is text that is no date, a missing date, or carries a time zone.

    Examples:
        >>> check_as_of("1997-09-30")
        Timestamp('1997-09-30 00:00:00')
    """
    if not isinstance(as_of, str | dt.date | np.datetime64):
        raise TypeError(f"{name} must be a date or ISO text such as '1997-09-30', not {as_of!r}")
    try:
        day = pd.Timestamp(as_of)
    except ValueError as error:
        raise ValueError(f"{name}={as_of!r} is not a date; write it as in '1997-09-30'") from error
    if pd.isna(day):
        raise ValueError(f"{name}={as_of!r} is a missing date; name the last day seen")
    if day.tzinfo is not None:
        raise ValueError(f"{name}={as_of!r} has a time zone; name the local day instead")
    return day.normalize()


def check_fraction(value: float, name: str) -> float:
    """`value` as a float strictly between 0 and 1.

    Args:
        value: A fraction, such as a confidence level.
        name: The argument's name, for the message.

    Raises:
        TypeError: It is not a number.
        ValueError: It lies outside (0, 1).

    Examples:
        >>> check_fraction(0.95, "confidence_level")
        0.95
    """
    number = check_number(value, name)
    if not 0 < number < 1:
        raise ValueError(f"{name} must lie strictly between 0 and 1, not {value!r}")
    return number


def check_number(value: float, name: str, *, minimum: float = -math.inf) -> float:
    """`value` as a finite float of at least `minimum`.

    Args:
        value: A real number.
        name: The argument's name, for the message.
        minimum: The smallest value allowed.

    Raises:
        TypeError: It is not a number.
        ValueError: It is not finite, or below `minimum`.

    Examples:
        >>> check_number(0.1, "annual_discount_rate", minimum=0)
        0.1
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not math.isfinite(number) or number < minimum:
        least = f" of at least {minimum:g}" if minimum > -math.inf else ""
        raise ValueError(f"{name} must be a finite number{least}, not {value!r}")
    return number


def check_positive(value: float, name: str) -> float:
    """`value` as a finite float above 0.

    Args:
        value: A real number.
        name: The argument's name, for the message.

    Raises:
        TypeError: It is not a number.
        ValueError: It is not finite, or not above 0.

    Examples:
        >>> check_positive(182, "window_days")
        182.0
    """
    number = check_number(value, name)
    if number <= 0:
        raise ValueError(f"{name} must be above 0, not {value!r}")
    return number


def check_integer(value: int, name: str, *, minimum: int) -> int:
    """`value` as an int of at least `minimum`.

    Args:
        value: A whole number.
        name: The argument's name, for the message.
        minimum: The smallest value allowed.

    Raises:
        TypeError: It is not a whole number.
        ValueError: It is below `minimum`.

    Examples:
        >>> check_integer(5, "n_bins", minimum=2)
        5
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, not {value!r}")
    return int(value)


def check_choice(value: str, name: str, choices: Collection[str]) -> str:
    """`value`, when it is one of `choices`.

    Args:
        value: The word given.
        name: The argument's name, for the message.
        choices: The words that are understood.

    Raises:
        ValueError: It is none of them.

    Examples:
        >>> check_choice("greater", "alternative", ["two-sided", "greater", "less"])
        'greater'
    """
    if value not in choices:
        words = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name} must be one of {words}, not {value!r}")
    return value


def check_frame(table: object, name: str) -> pd.DataFrame:
    """`table`, when it is a pandas DataFrame with at least one row.

    Args:
        table: What the caller was given.
        name: What it should be, for the message.

    Raises:
        TypeError: It is not a DataFrame.
        NotEnoughDataError: It has no rows.

    Examples:
        >>> check_frame(pd.DataFrame({"amount": [1.0]}), "orders").shape
        (1, 1)
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"{name} must be a pandas DataFrame, not {type(table).__name__}")
    if table.empty:
        raise NotEnoughDataError(f"rows in {name}", have=len(table), need=1)
    return table


def by_customer(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """The table with `customer_id` as its index, whichever of column and index it was.

    The rows keep their order; ids are unique and none is missing.

    Args:
        table: One row per customer.
        name: What the table is, for the message.

    Raises:
        MissingColumnsError: `customer_id` is neither a column nor the name of the index.
        DataError: An id is missing or occurs twice.

    Examples:
        >>> by_customer(pd.DataFrame({"customer_id": ["a"], "clv": [1.0]}), "values").index.name
        'customer_id'
    """
    if "customer_id" in table.columns:
        table = table.set_index("customer_id")
    elif table.index.name != "customer_id":
        raise MissingColumnsError(
            ["customer_id"], table.columns, f"name the customers of {name} in a column or the index"
        )
    if table.index.hasnans:
        raise DataError(
            f"{name} has {np.count_nonzero(table.index.isna())} rows without a customer_id"
        )
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()]
        raise DataError(
            f"{name} has {len(twice)} repeated customer_id, such as {twice.tolist()[0]!r}; "
            "it takes one row per customer (see summarize_customers)"
        )
    return table


def check_customers(customers: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """The named columns of a customer table as finite floats, on the table's own index.

    Args:
        customers: One row per customer.
        columns: The numeric columns the caller needs.

    Raises:
        MissingColumnsError: One is missing; a table in the names of lifetimes is recognised.
        DataError: Values are missing, infinite or not numbers; an id occurs twice.

    Examples:
        >>> table = pd.DataFrame({"recency_days": [3], "tenure_days": [9]}, index=["a"])
        >>> check_customers(table, ["recency_days"])
           recency_days
        a           3.0
    """
    check_frame(customers, "customers")
    hint = "make the table with summarize_customers"
    if set(customers.columns) >= LIFETIMES_COLUMNS:
        hint = "this table has the names of lifetimes; convert it with from_lifetimes first"
    check_columns(customers.columns, columns, hint)
    if "customer_id" in customers.columns or customers.index.name == "customer_id":
        by_customer(customers, "customers")
    return pd.DataFrame(
        {column: finite_values(customers[column], column) for column in columns},
        index=customers.index,
    )


def finite_values(values: pd.Series, name: str) -> npt.NDArray[np.float64]:
    """The values as a float array in which every one is finite.

    Args:
        values: A numeric column.
        name: Its name, for the message.

    Raises:
        DataError: A value is not a number, missing or infinite; says how many and which.

    Examples:
        >>> finite_values(pd.Series([1, 2]), "amount")
        array([1., 2.])
    """
    if not pd.api.types.is_numeric_dtype(values.dtype):
        raise DataError(
            f"{name} must be numeric, not {values.dtype} (first value {values.iloc[0]!r}); "
            "convert it first"
        )
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = ~np.isfinite(numbers)
    if bad.any():
        first = values.index[bad].tolist()[0]  # a plain number, not numpy's
        raise DataError(
            f"{name} has {int(np.isnan(numbers).sum())} missing and "
            f"{int(np.isinf(numbers).sum())} infinite values (the first at {first!r}); "
            "correct or leave out those rows first"
        )
    return numbers


def align_outcome(features: pd.DataFrame, outcome: pd.Series) -> pd.Series:
    """The outcome in the order of the features' index.

    Args:
        features: One row per customer.
        outcome: One value per customer, with the same ids in any order.

    Raises:
        DataError: The two do not hold the same ids, or an id occurs twice.

    Examples:
        >>> features = pd.DataFrame({"recency_days": [1, 2]}, index=["a", "b"])
        >>> align_outcome(features, pd.Series([1, 0], index=["b", "a"])).tolist()
        [0, 1]
    """
    if outcome.index.equals(features.index):
        return outcome
    for index, name in ((features.index, "X"), (outcome.index, "y")):
        if not index.is_unique:
            raise DataError(f"{name} has repeated ids, so X and y cannot be matched")
    only_x = features.index.difference(outcome.index)
    only_y = outcome.index.difference(features.index)
    if len(only_x) or len(only_y):
        raise DataError(
            f"X and y must hold the same ids: {len(only_x)} only in X, {len(only_y)} only in y"
            f"; the first is {[*only_x, *only_y][0]!r}"
        )
    return outcome.loc[features.index]


def customer_ids(table: object, name: str) -> pd.Index:
    """The `customer_id` of every row, from the column or the index, where ids may repeat.

    Args:
        table: Any number of rows per customer, none included.
        name: What the table is, for the message.

    Raises:
        TypeError: It is not a DataFrame.
        MissingColumnsError: `customer_id` is neither a column nor the name of the index.
        DataError: A row has no id.

    Examples:
        >>> customer_ids(pd.DataFrame({"customer_id": ["a", "a"]}), "contacts").tolist()
        ['a', 'a']
    """
    if not isinstance(table, pd.DataFrame):
        raise TypeError(f"{name} must be a pandas DataFrame, not {type(table).__name__}")
    ids: pd.Index
    if "customer_id" in table.columns:
        ids = pd.Index(table["customer_id"])
    elif table.index.name == "customer_id":
        ids = table.index
    else:
        raise MissingColumnsError(
            ["customer_id"], table.columns, f"name the customers of {name} in a column or the index"
        )
    if ids.hasnans:
        raise DataError(f"{name} has {np.count_nonzero(ids.isna())} rows without a customer_id")
    return ids


def check_window_end(end: pd.Timestamp, last: pd.Timestamp) -> None:
    """Raise where a window of outcomes ends after the last order, so that some are not seen yet.

    Args:
        end: The window's last day.
        last: The day of the last order.

    Raises:
        DataError: It does.

    Examples:
        >>> check_window_end(pd.Timestamp("2024-03-31"), last=pd.Timestamp("2024-04-02"))
    """
    if end > last:
        raise DataError(
            f"the window ends on {end:%Y-%m-%d}, after the last order on {last:%Y-%m-%d}; what is "
            "bought later would count as not bought; choose an earlier as_of or a shorter window"
        )


def check_same_ids(ids: pd.Index, others: pd.Index, name: str, others_name: str) -> None:
    """Raise where one table's ids are numbers and the other's are text: none would ever match.

    Args:
        ids: The ids of one table.
        others: The ids of the other.
        name: What the one is, for the message.
        others_name: What the other is.

    Raises:
        DataError: Numbers on one side, text on the other.

    Examples:
        >>> check_same_ids(pd.Index([1, 2]), pd.Index([2]), "actions", "people")
    """
    kinds = [
        {"integer": "numbers", "floating": "numbers"}.get(kind, kind)
        for kind in (pd.api.types.infer_dtype(index[:1000], skipna=True) for index in (ids, others))
    ]
    if sorted(kinds) == ["numbers", "string"]:
        raise DataError(
            f"customer_id holds {kinds[0].replace('string', 'text')} in {name} and "
            f"{kinds[1].replace('string', 'text')} in {others_name}, so no customer would be "
            "found; convert one of them"
        )


def local_dates(values: pd.Series, name: str) -> npt.NDArray[np.datetime64]:
    """The dates of a column as numpy microseconds; missing ones stay missing.

    Args:
        values: Dates or datetimes without a time zone, Arrow's too, or nothing but missing values.
        name: The column's name, for the message.

    Raises:
        DataError: It holds something else, or carries a time zone.

    Examples:
        >>> local_dates(pd.Series(pd.to_datetime(["2024-03-01", None])), "since")
        array(['2024-03-01T00:00:00.000000', 'NaT'], dtype='datetime64[us]')
    """
    if values.isna().all():
        return np.full(len(values), np.datetime64("NaT", "us"))
    zone = getattr(getattr(values.dtype, "pyarrow_dtype", values.dtype), "tz", None)
    if not pd.api.types.is_datetime64_any_dtype(values.dtype) or zone is not None:
        raise DataError(
            f"{name} must hold local dates, not {values.dtype}; convert it with pandas.to_datetime"
        )
    return values.astype("datetime64[us]").to_numpy()


def warn_of_constants(columns: Mapping[str, npt.NDArray[Any]]) -> None:
    """Warn of columns with one value throughout, which set nobody apart.

    Args:
        columns: The values of each column by its name.

    Warns:
        CemkitWarning: There is one, among two customers or more.

    Examples:
        >>> warn_of_constants({"recency_days": np.array([3, 90])})
    """
    constant = [
        name
        for name, values in columns.items()
        if len(values) > 1 and values[0] == values[-1] and (values == values[0]).all()
    ]
    if constant:
        warnings.warn(
            f"{', '.join(constant)} is the same for every customer and sets nobody apart; "
            "leave it out, or look at how it was made",
            CemkitWarning,
            stacklevel=3,
        )
