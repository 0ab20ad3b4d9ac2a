"""RFM and churn in DuckDB: the SQL of to_sql against fetching the table and scoring in Python.

Run: python benchmarks/sql.py [--rows 5_000_000]. It prints the time of each way, its ratio and
memory of the process, and checks that the answers agree.
"""

import argparse
import resource
import time
from collections.abc import Callable

import duckdb
import numpy as np
import pandas as pd

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


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # kB to GB


def timed(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def models(sample: pd.DataFrame) -> dict[str, object]:
    rng = np.random.default_rng(0)
    outcome = rng.random(len(sample)) < sample["recency_days"] / 700
    return {
        "RFM": ck.RFMSegmenter().fit(sample),
        "stages": ck.LifecycleStages().fit(),
        "churn": ck.ChurnModel().fit(sample[FEATURES], outcome.astype(int)),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=5_000_000)
    rows = parser.parse_args().rows
    connection = duckdb.connect()
    connection.execute("SELECT setseed(0.5)")
    connection.execute(CUSTOMERS.format(rows=rows))
    sample = connection.execute("SELECT * FROM customers LIMIT 100000").df()
    fitted = models(sample)
    for name, model in fitted.items():
        query = model.to_sql()
        inside = timed(lambda query=query: connection.execute(f"CREATE TABLE scored AS {query}"))
        peak = memory()
        print(f"{name:8} SQL in DuckDB {inside:6.2f} s, {peak:.2f} GB so far")
        if name == "RFM":
            largest = connection.execute("SELECT segment, count(*) FROM scored GROUP BY 1").df()
            print(largest.sort_values("segment").to_string(index=False, header=False))
        connection.execute(f"ALTER TABLE scored RENAME TO {name}_scored")
    for name, model in fitted.items():

        def fetched(name: str = name, model: object = model) -> None:
            scored = model.add_to(connection.execute("SELECT * FROM customers").df())
            new = [column for column in scored if column not in [*FEATURES, "customer_id"]]
            scored = scored[["customer_id", *new]]
            connection.register("scored", scored)
            connection.execute(f"CREATE TABLE {name}_fetched AS SELECT * FROM scored")

        outside = timed(fetched)
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
        print(f"{name:8} fetched and back {outside:6.2f} s, {memory():.2f} GB so far; all agree")


if __name__ == "__main__":
    main()
