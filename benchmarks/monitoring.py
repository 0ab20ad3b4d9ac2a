"""60 indicators monitored, and a change of revenue split, against hand-written peers.

Reports the time of each and of its peer, and checks that their answers agree. The peer of `monitor`
is statsmodels: one fit of one seasonal order per series, without search and without past errors.
The peer of `revenue_tree` is SQL on DuckDB that sums new, lost and reactivated customers alone.
"""

import time
import warnings
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from rows import peak_megabytes, report, sized
from statsmodels.tsa.statespace.sarimax import SARIMAX

from cemkit.indicators import monitor, revenue_tree

SERIES, MONTHS = sized(60, 3), 96
ROWS = sized(5_000_000, 50_000)
CUSTOMERS = ROWS // 10
SQL = """
WITH lines AS (
    SELECT customer_id, amount, date_trunc('month', order_date) AS month, order_date
    FROM orders WHERE order_date < DATE '2024-12-01' AND amount >= 0
), customers AS (
    SELECT customer_id, min(order_date) AS first_date,
        sum(amount) FILTER (month = DATE '2024-10-01') AS base,
        sum(amount) FILTER (month = DATE '2024-11-01') AS now
    FROM lines GROUP BY customer_id
)
SELECT sum(now) FILTER (base IS NULL AND first_date >= DATE '2024-11-01') AS new,
    sum(now) FILTER (base IS NULL AND first_date < DATE '2024-11-01') AS reactivated,
    -sum(base) FILTER (now IS NULL) AS lost
FROM customers
"""


def indicators() -> pd.DataFrame:
    """Monthly series with a season and first-order errors."""
    rng = np.random.default_rng(0)
    index = pd.period_range("2017-01", periods=MONTHS, freq="M")
    parts = []
    for number in range(SERIES):
        errors = rng.normal(0, 0.03, MONTHS)
        for place in range(1, MONTHS):
            errors[place] += 0.5 * errors[place - 1]
        value = np.exp(5 + 0.2 * np.sin(2 * np.pi * index.month / 12) + errors)
        parts.append(pd.DataFrame({"indicator": f"i{number}", "period": index, "value": value}))
    return pd.concat(parts, ignore_index=True)


def by_statsmodels(table: pd.DataFrame) -> list[float]:
    """One forecast of the last month per series, of one seasonal order."""
    forecasts = []
    for _, rows in table.groupby("indicator", sort=False):
        values = np.log(rows["value"].to_numpy()[:-1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = SARIMAX(values, order=(1, 0, 1), seasonal_order=(0, 1, 1, 12), trend="c")
            forecasts.append(float(np.exp(model.fit(disp=False).forecast(1)[0])))
    return forecasts


def orders() -> pd.DataFrame:
    """Purchases over two years, half a million customers."""
    rng = np.random.default_rng(0)
    days = rng.integers(0, 700, ROWS).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, CUSTOMERS, ROWS),
            "order_date": (np.datetime64("2023-01-01") + days).astype("datetime64[us]"),
            "amount": rng.gamma(2, 20, ROWS).round(2),
        }
    )


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """The answer and the CPU seconds that it took."""
    start = time.process_time()
    return call(), time.process_time() - start


def main() -> None:
    """Print the rows."""
    table = indicators()
    found, ours = timed(lambda: monitor(table))
    forecasts, theirs = timed(lambda: by_statsmodels(table))
    apart = np.abs(np.log(found.table["forecast"].to_numpy() / forecasts))
    report(
        "indicators monitored",
        f"{SERIES} series of {MONTHS} months",
        ours,
        megabytes=peak_megabytes(),
        peer="statsmodels, one seasonal fit each without search or past errors",
        peer_seconds=theirs,
        note=f"Forecasts differ by {100 * np.median(apart):.1f} %; {found.flagged} flagged.",
    )
    short, seconds = timed(lambda: monitor(table[table["period"] > "2022-12"]))
    report(
        "indicators monitored, year over year",
        f"{SERIES} series of {MONTHS - 72} months",
        seconds,
        note=f"{short.flagged} flagged.",
    )
    lines = orders()
    tree, ours = timed(lambda: revenue_tree(lines, "2024-11-30"))
    by_hand, theirs = timed(lambda: duckdb.query_df(lines, "orders", SQL).df())
    amounts = tree.table.set_index("component")["amount"]
    for name in by_hand:
        assert np.isclose(amounts[name], by_hand[name].fillna(0).iloc[0]), name
    report(
        "change of revenue split",
        f"{ROWS:,} orders, {CUSTOMERS:,} customers",
        ours,
        rows=ROWS,
        megabytes=peak_megabytes(),
        peer="DuckDB SQL of three of its components, without orders, intervals or returns",
        peer_seconds=theirs,
        agreed=True,
    )


if __name__ == "__main__":
    main()
