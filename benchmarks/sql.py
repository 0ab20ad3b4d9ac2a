"""RFM and churn in DuckDB: the SQL of to_sql against fetching the table and scoring in Python.

The answers of both ways are checked against each other.
"""

import time

import duckdb
import numpy as np
import pandas as pd
from rows import peak_megabytes, report, sized

import cemkit as ck

CUSTOMERS = """
CREATE TABLE customers AS SELECT
  range AS customer_id,
  CAST(floor(random() * 700) AS INTEGER) AS recency_days,
  CAST(1 + floor(-ln(1 - random()) * 3) AS INTEGER) AS order_count,
  round(-ln(1 - random()) * 250, 2) AS total_amount,
  CASE WHEN random() < 0.1 THEN NULL ELSE random() * 9 END AS rating,
  ['web', 'shop', 'phone', '电话'][1 + CAST(floor(random() * 4) AS INTEGER)] AS channel
FROM range({rows})
"""
FEATURES = ["recency_days", "order_count", "total_amount", "rating", "channel"]


def models(sample: pd.DataFrame) -> dict[str, object]:
    rng = np.random.default_rng(0)
    outcome = rng.random(len(sample)) < sample["recency_days"] / 700
    return {
        "RFM": ck.RFMSegmenter().fit(sample),
        "stages": ck.LifecycleStages().fit(),
        "churn": ck.ChurnModel().fit(sample[FEATURES], outcome.astype(int)),
    }


def scored_in_duckdb(connection: duckdb.DuckDBPyConnection, name: str, model: object) -> float:
    """Seconds of `CREATE TABLE AS` the query of a model."""
    query = model.to_sql()
    start = time.perf_counter()
    connection.execute(f"CREATE TABLE {name}_scored AS {query}")
    return time.perf_counter() - start


def fetched_and_back(connection: duckdb.DuckDBPyConnection, name: str, model: object) -> float:
    """Seconds of fetching the table, scoring it in Python and storing the scores."""
    start = time.perf_counter()
    scored = model.add_to(connection.execute("SELECT * FROM customers").df())
    new = [column for column in scored if column not in [*FEATURES, "customer_id"]]
    connection.register("scored", scored[["customer_id", *new]])
    connection.execute(f"CREATE TABLE {name}_fetched AS SELECT * FROM scored")
    return time.perf_counter() - start


def check_agreement(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    columns = connection.execute(f"SELECT * FROM {name}_scored LIMIT 0").df().columns[1:]
    unequal = " OR ".join(
        f"abs(a.{column} - b.{column}) > 1e-9"
        if column.endswith(("score", "probability"))
        else f"a.{column} IS DISTINCT FROM b.{column}"
        for column in columns
    )
    wrong = connection.execute(
        f"SELECT count(*) FROM {name}_scored a JOIN {name}_fetched b USING (customer_id) "
        f"WHERE {unequal}"
    ).fetchone()[0]
    assert wrong == 0, f"{wrong} rows of {name} differ"


def main() -> None:
    rows = sized(5_000_000, 200_000)
    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.5)")
    connection.execute(CUSTOMERS.format(rows=rows))
    sample = connection.execute("SELECT * FROM customers LIMIT 100000").df()
    fitted = models(sample)
    # All queries run first, so that their memory is not that of what Python fetched.
    inside = {name: scored_in_duckdb(connection, name, model) for name, model in fitted.items()}
    own = peak_megabytes()
    for name, model in fitted.items():
        outside = fetched_and_back(connection, name, model)
        check_agreement(connection, name)
        report(
            f"{name} by to_sql",
            "simulated customers in DuckDB",
            inside[name],
            rows=rows,
            megabytes=own,
            peer="fetched, scored in Python and stored",
            peer_seconds=outside,
            peer_megabytes=peak_megabytes(),
            agreed=True,
            note="wall clock, once",
        )


if __name__ == "__main__":
    main()
