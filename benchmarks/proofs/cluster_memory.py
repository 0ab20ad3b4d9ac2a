"""Peak memory of the driver while Dask and Spark workers reduce, fit and score.

Run it as `python benchmarks/proofs/cluster_memory.py 2000000 10000000 >
benchmarks/proofs/cluster_memory.md`. It needs Dask, distributed, PySpark and Java.

The orders are Parquet files in a temporary folder, one customer to ten orders. The workers are two
processes on the same machine: a Dask `LocalCluster`, and PySpark's `local-cluster[2,1,2048]`. The
columns of memory are the peak of the driver's processes during a job, less what they held when the
cluster had started. Java keeps what it once took, up to the 1 GB that it is given here.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import cemkit as ck

AS_OF = "2025-12-31"
FILES = 16
JOBS = ("RFM", "purchase model", "spend model", "cohorts", "scores", "scorecard", "customer table")


def write_orders(folder: Path, n: int) -> None:
    """Orders of two years in files that each hold orders of all customers."""
    random = np.random.default_rng(7)
    rate = random.gamma(0.7, 1.0, size=max(n // 10, 1))
    chance = np.cumsum(rate / rate.sum())
    first = np.datetime64("2024-01-01")
    for part in range(FILES):
        rows = n // FILES
        orders = {
            "customer_id": np.searchsorted(chance, random.random(rows)).astype(np.int64),
            "order_date": (first + random.integers(0, 730, rows)).astype("datetime64[us]"),
            "amount": random.integers(100, 20_000, rows) / 100,
        }
        pd.DataFrame(orders).to_parquet(folder / f"part_{part:02}.parquet", index=False)


def run_job(job: str, orders: Any, out: Path) -> str:
    """Do one job, and say what came back."""
    if job == "customer table":  # for comparison: this one brings the customers here
        return f"{len(ck.customer_table(orders, AS_OF)):,} customers"
    if job == "scorecard":
        return f"{len(ck.scorecard(orders, AS_OF).table):,} values"
    if job == "cohorts":
        return f"{len(ck.segmentation.cohort_table(orders, AS_OF).table):,} cells"
    customers = ck.customer_table(orders, AS_OF, collect=False)
    if job == "purchase model":
        return f"r = {ck.BetaGeoModel().fit(customers).params_['r']:.4f}"
    if job == "spend model":
        return f"p = {ck.GammaGammaModel().fit(customers).params_['p']:.4f}"
    if job == "RFM":
        return f"recency edges {ck.RFMSegmenter().fit(customers).edges_['recency_days'].tolist()}"
    model = ck.BetaGeoModel.from_parameters(r=0.7, alpha=60.0, a=0.8, b=2.5)
    scored = ck.data.score(model, customers)
    if hasattr(scored, "to_parquet"):
        scored.to_parquet(str(out))
    else:
        scored.write.parquet(str(out))
    return "written to Parquet"


@contextlib.contextmanager
def on_dask(files: Path) -> Iterator[tuple[Any, list[int]]]:
    """The orders on a Dask cluster, and the processes of its driver."""
    import dask.dataframe as dd
    from dask.distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    )
    with cluster, Client(cluster):
        yield dd.read_parquet(files), [os.getpid()]


@contextlib.contextmanager
def on_spark(files: Path) -> Iterator[tuple[Any, list[int]]]:
    """The orders on a Spark cluster, and the processes of its driver: Python and Java."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local-cluster[2,1,2048]")
    for key, value in {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.executor.memory": "2g",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "16",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session.read.parquet(str(files)), [os.getpid(), session.sparkContext._gateway.proc.pid]
    session.stop()


ENGINES = {"Dask": on_dask, "PySpark": on_spark}


def memory(pid: int, what: str) -> float:
    """Resident memory of a process in MB: now (VmRSS), or its peak (VmHWM), on Linux."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    line = next(line for line in lines if line.startswith(what))
    return float(line.split()[1]) * 1024 / 1e6


def run_jobs(engine: str, n: int, folder: Path) -> None:
    """Print a row for each job of an engine."""
    with ENGINES[engine](folder / "orders") as (orders, pids):
        before = [memory(pid, "VmRSS") for pid in pids]
        for job in JOBS:
            for pid in pids:
                Path(f"/proc/{pid}/clear_refs").write_text("5", "utf-8")  # resets the peak
            start = time.perf_counter()
            try:
                said = run_job(job, orders, folder / f"scores of {engine}")
            except Exception as error:  # noqa: BLE001 - that a driver has too little is a result
                said = f"{type(error).__name__}: {str(error).splitlines()[0][:60]}"
            seconds = time.perf_counter() - start
            more = [memory(pid, "VmHWM") - own for pid, own in zip(pids, before, strict=True)]
            java = f"{more[1]:,.0f}" if len(more) > 1 else ""
            print(
                f"| {n:,} | {engine} | {job} | {said} | {seconds:.0f} | {more[0]:,.0f} | {java} |",
                flush=True,
            )


def main() -> None:
    """Run the jobs of one engine, or of all in processes of their own."""
    warnings.simplefilter("ignore")
    if sys.argv[1] == "--engine":
        run_jobs(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
        return
    print("# Memory of the driver\n\n" + (__doc__ or "").split("\n\n", 2)[2])
    print("| orders | engine | job | what came back | seconds | Python, MB | Java, MB |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for n in map(int, sys.argv[1:]):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "orders").mkdir()
            write_orders(Path(folder) / "orders", n)
            for engine in ENGINES:
                subprocess.run(
                    [sys.executable, __file__, "--engine", engine, str(n), folder],
                    stderr=subprocess.DEVNULL,
                    check=True,
                )


if __name__ == "__main__":
    main()
