"""The scorecard against what a person writes by hand: group-bys of pandas, and SQL of DuckDB.

    python benchmarks/indicators.py [--orders 5000000] [--runs 3]

Data: a seeded uniform simulator, ten orders a customer over 24 months, three segments. Ours gives
15 indicators for each month and segment with intervals and paired changes. The pandas peer makes
the four sums they begin with, once in four group-bys and once in one; the SQL peer gives the same
numerators and denominators without intervals. Both are compared with ours before anything is
reported. Times are CPU seconds, the medians of the runs, taken in turns, on one thread; memory is
the peak of the whole process.
"""

import argparse
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized

from cemkit.indicators import scorecard

AS_OF, WINDOW, SOON = "2023-12-31", 90, 90

SQL = f"""
WITH cells AS (
    SELECT segment, customer_id, CAST(date_trunc('month', order_date) AS DATE) AS m,
           count(DISTINCT CAST(order_date AS DATE)) FILTER (amount >= 0) AS orders,
           sum(amount) AS amount,
           coalesce(sum(amount) FILTER (amount >= 0), 0) AS bought,
           coalesce(sum(-amount) FILTER (amount < 0), 0) AS returned,
           min(CAST(order_date AS DATE)) FILTER (amount >= 0) AS f,
           max(CAST(order_date AS DATE)) FILTER (amount >= 0) AS l
    FROM orders GROUP BY ALL
), months AS (
    SELECT DISTINCT m, CAST(m + INTERVAL 1 MONTH AS DATE) - 1 AS e FROM cells
), w AS (
    SELECT *, lag(l) OVER p AS prev, lead(f) OVER p AS nxt, row_number() OVER p AS k,
           sum(orders) OVER p AS to_date
    FROM cells WHERE orders > 0 WINDOW p AS (PARTITION BY segment, customer_id ORDER BY m)
), flows AS (
    SELECT segment, m, count(*) AS buying, sum(orders) AS orders,
           count(*) FILTER (k = 1) AS new,
           count(*) FILTER (prev >= m - {WINDOW}) AS retained,
           count(*) FILTER (prev < m - {WINDOW}) AS reactivated,
           count(*) FILTER (to_date >= 2 AND to_date - orders < 2) AS crossed,
           count(*) FILTER (k = 1 AND (orders > 1 OR nxt - f <= {SOON})) AS early
    FROM w GROUP BY ALL
), money AS (
    SELECT segment, m, sum(amount) AS amount, sum(bought) AS bought, sum(returned) AS returned
    FROM cells GROUP BY ALL
), at_start AS (
    SELECT segment, months.m, count(*) AS active
    FROM w JOIN months ON months.m > w.m AND months.m <= l + {WINDOW}
        AND (nxt IS NULL OR months.m <= nxt)
    GROUP BY ALL
), at_end AS (
    SELECT segment, months.m, count(*) AS active_end,
           count(*) FILTER (nxt IS NULL OR nxt > e + {WINDOW}) AS gone
    FROM w JOIN months ON months.m >= w.m AND e < l + {WINDOW} AND (nxt IS NULL OR nxt > e)
    GROUP BY ALL
)
SELECT *, sum(new) OVER (PARTITION BY segment ORDER BY m) AS customers,
       sum(crossed) OVER (PARTITION BY segment ORDER BY m) AS twice
FROM flows JOIN money USING (segment, m)
    LEFT JOIN at_start USING (segment, m) LEFT JOIN at_end USING (segment, m)
ORDER BY segment, m
"""
SAME = {  # columns of the SQL, and what they are in the scorecard
    "buying": ("buying_customers", "numerator"),
    "new": ("new_customers", "numerator"),
    "active": ("retention_rate", "denominator"),
    "retained": ("retention_rate", "numerator"),
    "reactivated": ("reactivation_rate", "numerator"),
    "active_end": ("active_customers", "numerator"),
    "orders": ("average_order_value", "denominator"),
    "amount": ("average_order_value", "numerator"),
    "returned": ("return_rate", "numerator"),
    "bought": ("return_rate", "denominator"),
    "customers": ("repurchase_rate", "denominator"),
    "twice": ("repurchase_rate", "numerator"),
}


def simulated(n: int) -> pd.DataFrame:
    """Return n orders of n / 10 customers over 24 months, one in fifty a return."""
    rng = np.random.default_rng(0)
    customers = rng.integers(0, n // 10, n)
    amounts = rng.integers(1, 20_000, n) / 100
    return pd.DataFrame(
        {
            "customer_id": customers,
            "order_date": np.datetime64("2022-01-01")
            + rng.integers(0, 730, n).astype("timedelta64[D]").astype("timedelta64[us]"),
            "amount": np.where(rng.random(n) < 0.02, -amounts, amounts),
            "segment": np.array(["a", "b", "c"])[customers % 3],
        }
    )


def ours(orders: Any) -> Any:
    """Return the scorecard."""
    return scorecard(orders, AS_OF, by="segment", window_days=WINDOW, repurchase_days=SOON)


def four_group_bys(orders: pd.DataFrame) -> Any:
    """Return four sums per customer, segment and month, by a plain group-by each."""
    date = orders["order_date"].dt
    columns = {
        "month": date.year * 12 + date.month,
        "bought": orders["amount"].clip(lower=0),
        "returned": -orders["amount"].clip(upper=0),
        "orders": 1,
    }
    rows, keys = orders.assign(**columns), ["segment", "month", "customer_id"]
    return [rows.groupby(keys)[name].sum() for name in ("amount", "bought", "returned", "orders")]


def one_group_by(orders: pd.DataFrame) -> Any:
    """Return four sums per customer, segment and month, by one group-by."""
    date = orders["order_date"].dt
    columns = {
        "month": date.year * 12 + date.month,
        "bought": orders["amount"].clip(lower=0),
        "returned": -orders["amount"].clip(upper=0),
        "orders": 1,
    }
    cells = orders.assign(**columns).groupby(["segment", "month", "customer_id"])
    return cells[["amount", "bought", "returned", "orders"]].sum()


def check_same(orders: pd.DataFrame, connection: Any) -> None:
    """Raise unless the SQL gives the numerators and denominators of the scorecard."""
    by_hand = connection.execute(SQL).df().fillna(0)
    card = ours(orders)
    for column, (indicator, part) in SAME.items():
        wide = card.wide(indicator, part)
        own = np.concatenate([wide[segment] for segment in "abc"])
        np.testing.assert_allclose(own, by_hand[column].astype(float), rtol=1e-9, err_msg=column)
    sums = one_group_by(orders).groupby(level=[0, 1])["amount"].sum()
    np.testing.assert_allclose(by_hand["amount"], sums, rtol=1e-9)


def main() -> None:
    """Print the times of both sides."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=sized(5_000_000, 50_000))
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    orders = simulated(asked.orders)
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    connection.register("frame", orders)
    connection.execute("CREATE TABLE orders AS SELECT * FROM frame")
    check_same(orders, connection)
    relation = connection.table("orders")
    n = asked.orders
    data = f"{n:,} orders, {n // 10:,} customers, 24 months, 3 segments"
    pandas, four, one, duck, sql = in_turns(
        lambda: ours(orders),
        lambda: four_group_bys(orders),
        lambda: one_group_by(orders),
        lambda: ours(relation),
        lambda: connection.execute(SQL).df(),
        rounds=asked.runs,
    )
    by_hand = "SQL by hand, numerators and denominators without intervals"
    for seconds, peer, theirs, form in (
        (pandas, "four plain pandas group-bys", four, "pandas"),
        (pandas, "one pandas group-by of four sums", one, "pandas"),
        (duck, by_hand, sql, "DuckDB"),
    ):
        report(
            "scorecard, 15 indicators by month and segment with intervals and paired changes",
            data,
            seconds,
            form=form,
            rows=n,
            megabytes=peak_megabytes(),
            peer=peer,
            peer_seconds=theirs,
            agreed=True,
            note="Memory of all of these.",
        )


if __name__ == "__main__":
    main()
