"""What a segmentation reads of customers: their ids as given, and their measures."""

from collections.abc import Collection

import pandas as pd

from cemkit.checks import check_customers, check_frame
from cemkit.data.rounding import widened
from cemkit.errors import DataError


def measures_of(customers: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """Return the named columns as finite floats, whichever type of number holds them.

    Args:
        customers: One row per customer.
        columns: The measures.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A value is missing, infinite or no number, or a customer occurs twice.

    Examples:
        >>> table = pd.DataFrame({"total_amount": [12.34]}).astype("float32")
        >>> measures_of(table, ["total_amount"])["total_amount"].tolist()
        [12.34]
    """
    check_frame(customers, "customers")
    given_ids(customers)
    present = [name for name in columns if name in customers.columns]
    customers = customers.copy()
    for name in present:
        customers[name] = widened(customers[name])
    return check_customers(customers, columns)


def given_ids(customers: pd.DataFrame) -> pd.Index:
    """Return the customers' ids as they were given: the column `customer_id`, else the index.

    Args:
        customers: One row per customer.

    Raises:
        DataError: The column holds numbers too short for ids.

    Examples:
        >>> given_ids(pd.DataFrame({"customer_id": ["b", "a"], "order_count": [1, 2]})).tolist()
        ['b', 'a']
    """
    if "customer_id" in customers.columns:
        if str(customers["customer_id"].dtype) == "float16":
            raise DataError("customer_id holds float16, which counts to 2,048; read it as text")
        column: pd.Index = pd.Index(customers["customer_id"], name="customer_id")
        return column
    return customers.index
