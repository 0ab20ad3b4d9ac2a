"""Customers fitted and scored where they live: in DuckDB and on Dask (Spark: orders_pyspark.py).

Run it with `python examples/engines.py`; engines that are not installed are left out
(`python -m pip install "cemkit[engines]"`).
"""

import importlib.util
import os
import warnings
from typing import Any

import pandas as pd

from cemkit import BetaGeoModel, RFMSegmenter, customer_table, load_cdnow
from cemkit.data import score

AS_OF = "1997-09-30"


def fit_and_score(engine: str, orders: Any, read: Any) -> None:
    """Fit on the engine's counts, score on the engine, and bring a summary here."""
    customers = customer_table(orders, AS_OF, collect=False)
    model = BetaGeoModel().fit(customers)
    scored = score(RFMSegmenter().fit(customers), score(model, customers))
    table: pd.DataFrame = read(scored)
    by_segment = table.groupby("segment")["expected_purchases"].sum().round()
    print(f"{engine}: {len(table):,} customers; expected purchases of a year")
    print(by_segment.nlargest(3).to_string(), end="\n\n")


def on_duckdb(orders: pd.DataFrame) -> None:
    """Score a relation within its query."""
    import duckdb  # noqa: PLC0415 - an optional engine

    fit_and_score("DuckDB", duckdb.connect().from_df(orders), lambda scored: scored.df())


def on_dask(orders: pd.DataFrame) -> None:
    """Score partitions; with a `distributed.Client` they are scored on its workers."""
    import dask.dataframe as dd  # noqa: PLC0415 - an optional engine

    there = dd.from_pandas(orders, npartitions=4, sort=False)
    fit_and_score("Dask", there, lambda scored: scored.compute())


def main() -> None:
    """Fit and score on each engine that is there."""
    warnings.filterwarnings("ignore", message="Dask support is moving", category=FutureWarning)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    orders = load_cdnow("sample")
    for package, run in {"duckdb": on_duckdb, "dask": on_dask}.items():
        if importlib.util.find_spec(package):
            run(orders)
        else:
            print(f"{package} is not installed.")


if __name__ == "__main__":
    main()
