"""What a segmentation reads of customers: their measures."""

from collections.abc import Collection

import pandas as pd

from cemkit.checks import check_customers, check_frame
from cemkit.data.rounding import is_short, widened


def measures_of(customers: pd.DataFrame, columns: Collection[str]) -> pd.DataFrame:
    """Return the named columns as finite floats, whichever type of number holds them."""
    check_frame(customers, "customers")
    present = [name for name in columns if name in customers.columns]
    short = [name for name in present if is_short(customers[name].dtype)]
    if short:
        customers = customers.assign(**{name: widened(customers[name]) for name in short})
    return check_customers(customers, columns)
