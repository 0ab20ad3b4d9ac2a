"""Scores as SQL: segments, churn and expected purchases, computed by DuckDB from the queries."""

import duckdb
import numpy as np

import cemkit as ck

orders = ck.load_cdnow()
before = ck.customer_table(orders, as_of="1997-12-31")
now = ck.customer_table(orders, as_of="1998-06-30")

# The models are fitted in Python.
segmenter = ck.RFMSegmenter().fit(now)
churned = (now["recency_days"].reindex(before.index) > 181).astype(int).rename("churned")
features = before[["order_count", "recency_days", "total_amount", "tenure_days"]]
churn = ck.ChurnModel().fit(features, churned)
purchases = ck.BetaGeoModel().fit(now)

# The warehouse holds the customers, and a small table of what has no formula.
warehouse = duckdb.connect()
warehouse.register("customers", now.reset_index())
warehouse.register("histories", purchases.sql_lookup(now, horizon_days=90))

queries = {
    "segments": segmenter.to_sql(),
    "churn": churn.to_sql(),
    "purchases": purchases.to_sql(horizon_days=90, lookup="histories"),
}
for name, query in queries.items():
    warehouse.execute(f"CREATE TABLE {name} AS {query}")  # the query quotes all names in it

report = warehouse.execute(
    "SELECT segment, count(*) AS customers, round(avg(churn_probability), 3) AS churn, "
    "round(sum(expected_purchases)) AS purchases "
    "FROM segments JOIN churn USING (customer_id) JOIN purchases USING (customer_id) "
    "GROUP BY segment ORDER BY purchases DESC"
).df()
print(report.to_string(index=False))

inside = warehouse.execute("SELECT * FROM purchases").df().set_index("customer_id")
here = purchases.add_to(now, horizon_days=90)
gap = np.abs(inside["expected_purchases"].loc[here.index] - here["expected_purchases"]).max()
print(f"Largest difference from Python: {gap:.1e} purchases")
print(f"The same query in PostgreSQL begins: {segmenter.to_sql('postgres').split()[:2]}")
