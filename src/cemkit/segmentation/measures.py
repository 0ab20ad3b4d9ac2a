"""What a segmentation reads of customers: their measures."""

from collections.abc import Collection

import pandas as pd

from cemkit.checks import check_customers, check_frame
from cemkit.data.rounding import widened


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
    present = [name for name in columns if name in customers.columns]
    customers = customers.copy()
    for name in present:
        customers[name] = widened(customers[name])
    return check_customers(customers, columns)
