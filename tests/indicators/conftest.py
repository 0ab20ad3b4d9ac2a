"""Real orders, and every indicator of orders by one hand-written query of DuckDB."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from cemkit import load_cdnow, prepare_orders

ENGINES = Path(__file__).parents[1] / "data/conftest.py"
spec = importlib.util.spec_from_file_location("engines_of_data", ENGINES)
assert spec is not None
assert spec.loader is not None
engines = importlib.util.module_from_spec(spec)
spec.loader.exec_module(engines)
spark, given_on = engines.spark, engines.given_on


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """Return CDNOW's orders, which have neither ids nor returns."""
    return load_cdnow()


@pytest.fixture(scope="session")
def online_retail(reference_data: Path) -> pd.DataFrame:
    """Return UCI's lines with text dates read, ids missing dropped, and derived columns."""
    raw = pd.read_parquet(reference_data / "online_retail.parquet")
    orders = prepare_orders(
        raw,
        customer_id="CustomerID",
        order_date="InvoiceDate",
        quantity="Quantity",
        unit_price="UnitPrice",
        order_id="InvoiceNo",
        product="StockCode",
        drop=("missing_customer",),
    )
    code = orders["product"].astype(str)
    return orders.assign(
        grp=np.where(orders["Country"] == "United Kingdom", "home", "abroad"),
        category=code.str[:2],
        level=(code.str.len() > 5).astype(int),
        promotion=np.where(code.str[-1].isin(["1", "7"]), "yes", "no"),
        cost=orders["amount"] * 0.6,
    )


FACTS = """
WITH rows AS (
    SELECT customer_id, grp, CAST(order_date AS DATE) AS d, amount, cost, order_id, promotion,
           category, level
    FROM orders WHERE order_date < CAST($end AS DATE) + 1
), bought AS (SELECT * FROM rows WHERE amount >= 0),
months AS (
    SELECT CAST(m AS DATE) AS s, CAST(m + INTERVAL 1 MONTH AS DATE) - 1 AS e
    FROM (SELECT unnest(generate_series(
        date_trunc('month', (SELECT min(d) FROM rows)), CAST($end AS TIMESTAMP), INTERVAL 1 MONTH
    )) AS m)
    WHERE CAST(m + INTERVAL 1 MONTH AS DATE) - 1 <= CAST($end AS DATE)
),
seconds AS (
    SELECT grp, customer_id, day AS second_day FROM (
        SELECT grp, customer_id, min(d) AS day,
               row_number() OVER (PARTITION BY grp, customer_id ORDER BY min(d)) AS number
        FROM bought GROUP BY grp, customer_id, order_id
    ) WHERE number = 2
),
history AS (
    SELECT grp, customer_id, s, e,
           min(d) AS first_day,
           max(d) FILTER (d < s) AS last_before,
           max(d) FILTER (d <= e) AS last_by,
           min(d) FILTER (d > e) AS next_day,
           count(DISTINCT order_id) FILTER (d <= e) AS orders_to_date,
           count(DISTINCT category) FILTER (d <= e) AS categories,
           count(DISTINCT order_id) FILTER (d BETWEEN s AND e) AS orders,
           count(DISTINCT order_id) FILTER (d BETWEEN s AND e AND promotion = 'yes') AS promoted,
           min(d) FILTER (level = 0) AS first_base,
           max(d) FILTER (level > 0 AND d <= e) AS last_higher
    FROM bought CROSS JOIN months GROUP BY ALL
),
rates AS (
    SELECT grp, s,
        count(*) FILTER (orders > 0) AS buying_customers,
        count(*) FILTER (last_by > e - $window) AS active_customers,
        count(*) FILTER (last_by <= e - $window) AS lapsed_customers,
        count(*) FILTER (first_day BETWEEN s AND e) AS new_customers,
        count(*) FILTER (last_before >= s - $window) AS retention_rate_base,
        count(*) FILTER (last_before >= s - $window AND orders > 0) AS retention_rate_did,
        count(*) FILTER (last_by > e - $window) AS churn_rate_base,
        count(*) FILTER (last_by > e - $window
            AND (next_day IS NULL OR next_day > e + $window)) AS churn_rate_did,
        count(*) FILTER (last_before < s - $window) AS reactivation_rate_base,
        count(*) FILTER (last_before < s - $window AND orders > 0) AS reactivation_rate_did,
        count(*) FILTER (orders_to_date >= 1) AS repurchase_rate_base,
        count(*) FILTER (orders_to_date >= 2) AS repurchase_rate_did,
        count(*) FILTER (first_day BETWEEN s AND e) AS early_repurchase_rate_base,
        count(*) FILTER (first_day BETWEEN s AND e
            AND second_day - first_day <= $soon) AS early_repurchase_rate_did,
        count(*) FILTER (first_day < s) AS cross_sell_rate_base,
        count(*) FILTER (first_day < s AND categories >= 2) AS cross_sell_rate_did,
        count(*) FILTER (first_base < s) AS upgrade_rate_base,
        count(*) FILTER (first_base < s AND last_higher > first_base) AS upgrade_rate_did,
        sum(orders) AS promotion_dependence_base,
        sum(promoted) AS promotion_dependence_did,
        count(*) FILTER (orders > 0) AS promotion_only_rate_base,
        count(*) FILTER (orders > 0 AND promoted = orders) AS promotion_only_rate_did,
        sum(orders) AS order_count
    FROM history LEFT JOIN seconds USING (grp, customer_id) GROUP BY ALL
),
money AS (
    SELECT grp, s, sum(amount) AS total_amount, sum(cost) AS cost,
           coalesce(sum(amount) FILTER (amount >= 0), 0) AS return_rate_base,
           -coalesce(sum(amount) FILTER (amount < 0), 0) AS return_rate_did
    FROM rows JOIN months ON d BETWEEN s AND e GROUP BY ALL
)
SELECT *, total_amount AS average_order_value_did, order_count AS average_order_value_base,
       order_count AS orders_per_customer_did, buying_customers AS orders_per_customer_base,
       total_amount AS amount_per_customer_did, buying_customers AS amount_per_customer_base,
       total_amount - cost AS contribution_profit_did, buying_customers AS contribution_profit_base
FROM rates LEFT JOIN money USING (grp, s)
"""


def by_sql(orders: pd.DataFrame, end: str, window: int, soon: int) -> pd.DataFrame:
    """Return numerator and denominator of each indicator, by group and month."""
    connection = duckdb.connect()
    connection.register("orders", orders)
    terms: dict[str, Any] = {"end": end, "window": window, "soon": soon}
    wide = connection.execute(FACTS, terms).df().fillna(0)
    parts = []
    for column in wide.columns:
        name = column.removesuffix("_did")
        if column.endswith("_did"):
            numerator, denominator = wide[column], wide[f"{name}_base"]
        elif column in {"grp", "s", "cost"} or column.endswith("_base"):
            continue
        else:
            numerator, denominator = wide[column], 1.0
        part = wide[["grp", "s"]].assign(
            indicator=name, numerator=numerator.astype(float), denominator=denominator
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def sql() -> Callable[[pd.DataFrame, str, int, int], pd.DataFrame]:
    """Return the function that asks DuckDB."""
    return by_sql
