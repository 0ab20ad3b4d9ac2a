"""Sound calls of the public names of `cemkit.data`."""

import pandas as pd

from cemkit import prepare_orders

RAW = pd.DataFrame(
    {
        "customer_id": [1, 1, 2, 3],
        "order_date": ["2024-01-01", "2024-01-09", "2024-01-05", "2024-02-01"],
        "amount": [20.0, 30.0, 5.0, -1.0],
    }
)
CALLS = {"prepare_orders": (prepare_orders, {"raw": RAW, "order_date": "order_date", "drop": []})}
