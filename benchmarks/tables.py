"""Order tables as their users have them: shuffled or text ids, dates in text, returns, any dtype.

All forms of `orders` hold the same facts, so every job must give the same answer on each.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

FIRST_DAY, DAYS, AS_OF = "2022-01-01", 730, "2023-12-31"
DATE = "%Y-%m-%d"

Table = pd.DataFrame


def orders(n: int, seed: int = 0) -> Table:
    """Return n order lines of a tenth as many customers: shuffled ids, datetimes, 3 % returns."""
    rng = np.random.default_rng(seed)
    customers = rng.permutation(n // 10) + 10_000_000
    cents = rng.integers(100, 20_000, n)
    day = rng.integers(0, DAYS, n).astype("timedelta64[D]")
    return Table(
        {
            "customer_id": customers[rng.integers(0, len(customers), n)],
            "order_date": (np.datetime64(FIRST_DAY) + day).astype("datetime64[us]"),
            "amount": np.where(rng.random(n) < 0.03, -cents, cents) / 100,
        }
    )


def with_text_ids(table: Table) -> Table:
    """Ids as text: C10000042."""
    return table.assign(customer_id=("C" + table["customer_id"].astype(str)).astype("str"))


def with_text_dates(table: Table) -> Table:
    """Text ids, and dates as text: 2022-03-05."""
    day = table["order_date"].dt.strftime(DATE).astype("str")
    return with_text_ids(table).assign(order_date=day)


def with_objects(table: Table) -> Table:
    """Text ids and text dates as Python objects."""
    texts = ["customer_id", "order_date"]
    return with_text_dates(table).astype(dict.fromkeys(texts, object))


def with_arrow(table: Table) -> Table:
    """Text ids and datetimes in columns that Arrow backs."""
    return with_text_ids(table).convert_dtypes(dtype_backend="pyarrow")


def with_returns_column(table: Table) -> Table:
    """Amounts without a sign, and a column that says which lines are returns."""
    return table.assign(amount=table["amount"].abs(), returned=table["amount"] < 0)


FORMS: dict[str, Callable[[Table], Table]] = {
    "ids shuffled whole numbers, datetimes": lambda table: table,
    "ids and dates as text": with_text_dates,
    "ids and dates as Python objects": with_objects,
    "Arrow-backed, ids as text": with_arrow,
    "a column of returns": with_returns_column,
}


def experiment(n: int, ids: str, seed: int = 0) -> Table:
    """Return n customers of 4 arms with a conversion and money; ids sorted, shuffled or text."""
    rng = np.random.default_rng(seed)
    number = pd.Series(np.arange(n) if ids == "sorted" else rng.permutation(n)) + 10_000_000
    arm = rng.integers(0, 4, n)
    return Table(
        {
            "customer_id": ("C" + number.astype(str)).astype("str") if ids == "text" else number,
            "variant": pd.Series(np.array(list("ABCD"))[arm], dtype="str"),
            "converted": rng.random(n) < 0.05 + 0.001 * arm,
            "amount": rng.gamma(2, 10, n).round(2),
        }
    )
