"""Real orders to learn and test with."""

from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import pandas as pd

from cemkit.checks import check_choice
from cemkit.data.customers import customer_table
from cemkit.errors import MissingDependencyError

LAST_DAY_FITTED = "1997-09-30"


def load_cdnow(
    part: Literal["master", "sample"] = "master",
    *,
    form: Literal["orders", "customers"] = "orders",
) -> pd.DataFrame:
    """Load the CDNOW orders of Fader and Hardie: a cohort that first bought in early 1997.

    The orders run from 1997-01-01 to 1998-06-30. The papers fit on the days up to 1997-09-30. The
    data come from the files that lifetimes ships, without importing it. Amounts of 0 are in the
    published data.

    Args:
        part: `"master"` for all 69,659 orders of 23,570 customers, or `"sample"` for the tenth that
            the papers use: 6,919 orders of 2,357 customers, with the ids of the master.
        form: `"orders"`, or `"customers"` for the table that the papers fit on: the output of
            `customer_table` with `as_of="1997-09-30"`, in days (the papers count in weeks).

    Returns:
        One row per order with `customer_id` (int), `order_date`, `amount` (dollars) and `quantity`
        (CDs). With `form="customers"`, one row per customer with the columns of `customer_table`.

    Raises:
        MissingDependencyError: The files of lifetimes are not installed.

    References:
        Fader, Hardie (2001), Forecasting repeat sales at CDNOW, Interfaces 31.

    Examples:
        >>> orders = load_cdnow()
        >>> len(orders), orders["customer_id"].nunique()
        (69659, 23570)
    """
    check_choice(part, "part", ["master", "sample"])
    check_choice(form, "form", ["orders", "customers"])
    columns = ["customer_id", "order_date", "quantity", "amount"]
    if part == "sample":
        columns.insert(1, "sample_id")
    raw = pd.read_csv(
        _lifetimes_file(f"CDNOW_{part}.txt"),
        sep=r"\s+",
        skiprows=1 if part == "master" else 0,
        names=columns,
        dtype={"order_date": str},
    )
    raw["order_date"] = pd.to_datetime(raw["order_date"], format="%Y%m%d")
    orders = raw[["customer_id", "order_date", "amount", "quantity"]]
    if form == "orders":
        return orders
    customers: pd.DataFrame = customer_table(orders, as_of=LAST_DAY_FITTED)
    return customers


def _lifetimes_file(name: str) -> Path:
    # Importing lifetimes mutes warnings for the whole process, so its files are found unimported.
    spec = find_spec("lifetimes")
    if spec is None or spec.origin is None:
        raise MissingDependencyError("lifetimes")
    return Path(spec.origin).with_name("datasets") / name
