"""Orders to customers, on every engine, against each engine's best hand-written code; the audit.

    python benchmarks/data.py [--orders 5000000] [--only pandas,polars,duckdb] [--runs 5]

Each run is a process of its own, ours and the peer's in turns, and reports its best of `runs`
calls after one warm-up, in CPU seconds of the process and its threads (Spark's, whose work is in
another process, by the clock); memory is the peak of the process (for PySpark, of its tree). The
sums of both sides are compared before anything is reported. Data: a seeded uniform simulator, ten
orders a customer.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rows import report, sized

AS_OF = "2021-12-31"
KEYS = ["customer_id", "order_date", "amount"]


def write_orders(path: Path, n: int) -> None:
    """Write n orders of n / 10 customers over two years, a million rows at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, writer = np.random.default_rng(0), None
    for start in range(0, n, 1_000_000):
        size = min(1_000_000, n - start)
        days = rng.integers(0, 731, size).astype("timedelta64[D]")
        table = pa.table(
            {
                "customer_id": rng.integers(0, n // 10, size),
                "order_date": (np.datetime64("2020-01-01") + days).astype("datetime64[us]"),
                "amount": rng.integers(1, 20_000, size) / 100,
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


def checked(customers: pd.DataFrame, days: str, first_amount: str | None = None) -> list[float]:
    """Return the sums that both sides share: customers, purchase days, later amounts."""
    repeat = (
        customers["repeat"] if first_amount is None else customers["total"] - customers["first"]
    )
    return [len(customers), float(customers[days].sum()), round(float(repeat.sum()), 2)]


def ours(customers: pd.DataFrame) -> list[float]:
    repeat = customers["repeat_count"] * customers["repeat_mean_amount"]
    days = (customers["repeat_count"] + 1).sum()
    return [len(customers), float(days), round(float(repeat.sum()), 2)]


def cemkit_on(table: Callable[[], Any]) -> Callable[[], list[float]]:
    from cemkit import customer_table

    return lambda: ours(customer_table(table(), AS_OF))


def pandas_table(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path)


def sort_reduce(orders: pd.DataFrame) -> list[float]:
    """Sort by customer and day with numpy, packed in one integer, and sum between the bounds."""
    end = np.datetime64(AS_OF, "D").astype(np.int64)
    day = orders["order_date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    keep = day <= end
    packed = orders["customer_id"].to_numpy()[keep] * (end + 1) + day[keep]
    order = np.argsort(packed)
    packed, amount = packed[order], orders["amount"].to_numpy()[keep][order]
    starts = np.flatnonzero(np.diff(packed, prepend=-1))
    daily = np.add.reduceat(amount, starts)
    customer, day = np.divmod(packed[starts], end + 1)
    first = np.flatnonzero(np.r_[True, np.diff(customer) != 0])
    days = np.diff(first, append=len(customer))
    table = pd.DataFrame(
        {
            "first": daily[first],
            "total": np.add.reduceat(daily, first),
            "days": days,
            "first_day": day[first],
            "last_day": day[first + days - 1],
        },
        index=customer[first],
    )
    return checked(table, "days", "first")


def lifetimes_summary(orders: pd.DataFrame) -> list[float]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data

        table = summary_data_from_transaction_data(
            orders, *KEYS[:2], monetary_value_col="amount", observation_period_end=AS_OF
        )
    table["repeat"] = table["frequency"] * table["monetary_value"]
    table["days"] = table["frequency"] + 1
    return checked(table, "days")


def polars_query(path: Path) -> list[float]:
    import polars as pl

    end = pl.lit(AS_OF).str.to_datetime() + pl.duration(days=1)
    past = pl.scan_parquet(path).filter(pl.col("order_date") < end)
    daily = past.group_by("customer_id", pl.col("order_date").cast(pl.Date).alias("day")).agg(
        pl.col("amount").sum()
    )
    sums = daily.group_by("customer_id").agg(
        pl.col("day").min().alias("first_day"),
        pl.col("day").max().alias("last_day"),
        pl.len().alias("days"),
        pl.col("amount").sum().alias("total"),
    )
    firsts = daily.select("customer_id", first_day="day", first="amount")
    table = sums.join(firsts, on=["customer_id", "first_day"]).collect().to_pandas()
    return checked(table.set_index("customer_id").sort_index(), "days", "first")


DUCKDB_QUERY = """
WITH daily AS (
    SELECT customer_id, CAST(order_date AS DATE) AS day, sum(amount) AS amount
    FROM '{path}' WHERE order_date < DATE '{end}' + 1 GROUP BY ALL
)
SELECT customer_id, min(day) AS first_day, max(day) AS last_day, count(*) AS days,
       sum(amount) AS total, arg_min(amount, day) AS first
FROM daily GROUP BY ALL
"""


def duckdb_query(path: Path) -> list[float]:
    import duckdb

    table = duckdb.connect().sql(DUCKDB_QUERY.format(path=path, end=AS_OF)).df()
    return checked(table.set_index("customer_id").sort_index(), "days", "first")


def duckdb_to_parquet(path: Path, *, by_hand: bool) -> Callable[[], list[float]]:
    """Return a run under DuckDB's memory limit of 1 GB whose customers go to Parquet."""
    import duckdb

    from cemkit import customer_table

    def run() -> list[float]:
        con = duckdb.connect(config={"memory_limit": "1GB", "preserve_insertion_order": False})
        out = path.with_name("customers.parquet")
        if by_hand:
            con.sql(DUCKDB_QUERY.format(path=path, end=AS_OF)).write_parquet(str(out))
            sums = "count(*), sum(days), round(sum(total - first), 2)"
        else:
            customers = customer_table(con.read_parquet(str(path)), AS_OF, collect=False)
            customers.write_parquet(str(out))
            sums = (
                "count(*), sum(repeat_count + 1), round(sum(repeat_count * repeat_mean_amount), 2)"
            )
        return [float(value) for value in con.sql(f"SELECT {sums} FROM '{out}'").fetchall()[0]]

    return run


def dask_query(path: Path) -> list[float]:
    import dask.dataframe as dd

    orders = dd.read_parquet(path, split_row_groups=True)
    past = orders[orders["order_date"] < pd.Timestamp(AS_OF) + pd.Timedelta(days=1)]
    daily = past.assign(day=past["order_date"].dt.floor("D"))
    daily = daily.groupby(["customer_id", "day"])["amount"].sum().reset_index().compute()
    daily = daily.sort_values(["customer_id", "day"])
    groups = daily.groupby("customer_id")
    table = groups.agg(
        first_day=("day", "first"),
        last_day=("day", "last"),
        days=("day", "size"),
        total=("amount", "sum"),
        first=("amount", "first"),
    )
    return checked(table, "days", "first")


def dask_table(path: Path) -> Any:
    import dask.dataframe as dd

    return dd.read_parquet(path, split_row_groups=True)


def spark_session() -> Any:
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "4g")
    for name in ("spark.driver.host", "spark.driver.bindAddress"):
        builder = builder.config(name, "127.0.0.1")
    session = builder.config("spark.ui.enabled", "false").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    session.conf.set("spark.sql.shuffle.partitions", "8")
    return session


def spark_query(path: Path) -> list[float]:
    session = spark_session()
    session.read.parquet(str(path)).createOrReplaceTempView("orders")
    table = session.sql(
        f"""
        WITH daily AS (
            SELECT customer_id, CAST(order_date AS DATE) AS day, sum(amount) AS amount
            FROM orders WHERE order_date < DATE '{AS_OF}' + INTERVAL 1 DAY GROUP BY 1, 2
        )
        SELECT customer_id, min(day) AS first_day, max(day) AS last_day, count(*) AS days,
               sum(amount) AS total, min_by(amount, day) AS first
        FROM daily GROUP BY 1
        """
    ).toPandas()
    return checked(table.set_index("customer_id").sort_index(), "days", "first")


def audit(path: Path, *, by_hand: bool) -> Callable[[], list[float]]:
    """Return the audit of a pandas table, or the plain group-by that it is measured in."""
    from cemkit import audit_orders

    orders = pandas_table(path)
    if by_hand:
        aggregates = {"order_date": ["min", "max"], "amount": ["sum", "size"]}
        return lambda: [len(orders)] if len(orders.groupby("customer_id").agg(aggregates)) else []
    return lambda: [audit_orders(orders, as_of=AS_OF, n_examples=0).rows]


def cases(path: Path) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Return what each case makes ready: ours, and the peer's."""

    def of_pandas(run: Callable[[pd.DataFrame], list[float]]) -> Callable[[], Any]:
        def ready() -> Callable[[], list[float]]:
            orders = pandas_table(path)
            return lambda: run(orders)

        return ready

    def ours_in_pandas() -> Callable[[], list[float]]:
        orders = pandas_table(path)
        return cemkit_on(lambda: orders)

    def ours_in_polars() -> Callable[[], list[float]]:
        import polars as pl

        return cemkit_on(lambda: pl.scan_parquet(path))

    def ours_in_duckdb() -> Callable[[], list[float]]:
        import duckdb

        return cemkit_on(lambda: duckdb.connect().read_parquet(str(path)))

    return {
        "pandas / sort-reduce": (ours_in_pandas, of_pandas(sort_reduce)),
        "pandas / lifetimes": (ours_in_pandas, of_pandas(lifetimes_summary)),
        "polars": (ours_in_polars, lambda: lambda: polars_query(path)),
        "duckdb": (ours_in_duckdb, lambda: lambda: duckdb_query(path)),
        "limited duckdb": (
            lambda: duckdb_to_parquet(path, by_hand=False),
            lambda: duckdb_to_parquet(path, by_hand=True),
        ),
        "dask": (lambda: cemkit_on(lambda: dask_table(path)), lambda: lambda: dask_query(path)),
        "pyspark": (
            lambda: cemkit_on(lambda: spark_session().read.parquet(str(path))),
            lambda: lambda: spark_query(path),
        ),
        "audit / group-by": (
            lambda: audit(path, by_hand=False),
            lambda: audit(path, by_hand=True),
        ),
    }


# What a case is called: the job, the form of the table, and the peer.
NAMES = {
    "pandas / sort-reduce": ("orders to customers", "pandas", "numpy sort and reduceat"),
    "pandas / lifetimes": ("orders to customers", "pandas", "lifetimes 0.11.3"),
    "polars": ("orders to customers", "Parquet through Polars", "query by hand"),
    "duckdb": ("orders to customers", "Parquet through DuckDB", "query by hand"),
    "limited duckdb": (
        "orders to customers, into Parquet",
        "DuckDB under `memory_limit='1GB'`",
        "query by hand",
    ),
    "dask": ("orders to customers", "Dask", "group-bys by hand"),
    "pyspark": ("orders to customers", "PySpark `local[2]`", "Spark SQL by hand"),
    "audit / group-by": ("`audit_orders`", "pandas", "pandas group-by alone"),
}


def tree_memory(pid: int) -> int:
    """Return the resident bytes of a process and all it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return resident + sum(tree_memory(int(child)) for child in children)


def measure_peak(peak: list[int], stop: threading.Event) -> None:
    while not stop.wait(0.02):
        try:
            peak[0] = max(peak[0], tree_memory(os.getpid()))
        except (FileNotFoundError, ProcessLookupError):
            continue


def run_side(path: Path, case: str, side: int, runs: int) -> dict[str, Any]:
    """Return the best seconds, the peak memory and the sums of one side, in this process."""
    import warnings

    warnings.simplefilter("ignore")
    peak, stop = [0], threading.Event()
    watch = threading.Thread(target=measure_peak, args=(peak, stop), daemon=True)
    watch.start()
    run = cases(path)[case][side]()
    clock = time.perf_counter if case == "pyspark" else time.process_time
    seconds = []
    for _ in range(runs + (1 if runs > 1 else 0)):
        begin = clock()
        sums = run()
        seconds.append(clock() - begin)
    stop.set()
    watch.join()
    return {"seconds": min(seconds), "gb": peak[0] / 1e9, "sums": sums}


def in_its_own_process(path: Path, case: str, side: int, runs: int) -> dict[str, Any]:
    arguments = ["--path", str(path), "--case", case, "--side", str(side), "--runs", str(runs)]
    done = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def compare(path: Path, case: str, orders: int, runs: int, turns: int) -> None:
    """Report one row: ours and the peer's, each the best of its turns."""
    sides: tuple[list[dict[str, Any]], ...] = ([], [])
    for _ in range(turns):
        for side in (0, 1):
            sides[side].append(in_its_own_process(path, case, side, runs))
    first, second = (min(side, key=lambda result: result["seconds"]) for side in sides)
    np.testing.assert_allclose(first["sums"], second["sums"], rtol=1e-9)
    job, form, peer = NAMES[case]
    report(
        job,
        f"{orders:,} orders, {orders // 10:,} customers",
        first["seconds"],
        form=form,
        rows=orders,
        megabytes=1000 * first["gb"],
        peer=peer,
        peer_seconds=second["seconds"],
        peer_megabytes=1000 * second["gb"],
        agreed=True,
        note="By the clock." if case == "pyspark" else "",
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=sized(5_000_000, 50_000))
    parser.add_argument("--only", default="")
    parser.add_argument("--runs", type=int, default=sized(3, 1))
    parser.add_argument("--turns", type=int, default=sized(2, 1))
    parser.add_argument("--path", type=Path)
    parser.add_argument("--case")
    parser.add_argument("--side", type=int)
    arguments = parser.parse_args()
    if arguments.case:
        result = run_side(arguments.path, arguments.case, arguments.side, arguments.runs)
        print(json.dumps(result))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.path or Path(folder) / "orders.parquet"
        if not path.exists():
            write_orders(path, arguments.orders)
        chosen = [name.strip() for name in arguments.only.split(",") if name.strip()]
        for case in cases(path):
            if not chosen or any(case.startswith(name) for name in chosen):
                compare(path, case, arguments.orders, arguments.runs, arguments.turns)


if __name__ == "__main__":
    main()
