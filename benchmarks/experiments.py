"""Experiments: the read-out of 10,000,000 customers, and 100,000 comparisons of proportions.

Against the bare pandas group-by, DuckDB and Polars reading Parquet, and tea-tasting's and
statsmodels' comparisons one by one. Run it with `python benchmarks/experiments.py`.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from cemkit import compare_variants, proportion_effects

CUSTOMERS = 10_000_000
COMPARISONS = 100_000
PEER_COMPARISONS = 300
ROUNDS = 5


def experiment(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    variant = rng.integers(0, 4, n)
    return pd.DataFrame(
        {
            "variant": pd.Series(np.array(["A", "B", "C", "D"])[variant], dtype="str"),
            "converted": (rng.random(n) < 0.05 + 0.001 * variant).astype(np.int8),
        }
    )


def in_turns(*functions: Callable[[], object]) -> list[list[float]]:
    """Seconds of each function, run in turns after one warm-up."""
    seconds: list[list[float]] = [[] for _ in functions]
    for turn in range(ROUNDS + 1):
        for function, taken in zip(functions, seconds, strict=True):
            start = time.perf_counter()
            function()
            if turn:
                taken.append(time.perf_counter() - start)
    return seconds


def report(name: str, ours: list[float], peer: str, theirs: list[float]) -> None:
    print(
        f"{name}: ours {median(ours):.3f} s (best {min(ours):.3f}), {peer} {median(theirs):.3f} s "
        f"(best {min(theirs):.3f}), ratio {median(ours) / median(theirs):.3f}"
    )


def read_out(data: object) -> pd.DataFrame:
    return compare_variants(data, {"converted": "proportion"}, control="A").table


def in_memory() -> None:
    data = experiment(CUSTOMERS)
    for kind in ("str", "category"):
        table = data.astype({"variant": kind})
        bare = lambda t=table: t.groupby("variant", observed=True)["converted"].agg(["size", "sum"])  # noqa: E731
        ours, theirs = in_turns(lambda t=table: read_out(t), bare)
        sizes, found = bare(), read_out(table)
        assert found["customers"].tolist() == sizes["size"].iloc[1:].tolist()
        report(f"10M customers, variant as {kind}", ours, "bare pandas group-by", theirs)


ON_ENGINE = """
import re, sys, time
import cemkit.measurement.experiments.readout as readout
kind, path = sys.argv[1:]
if kind == "duckdb":
    import duckdb
    duckdb.execute("SET memory_limit = '250MB'")
    data = duckdb.read_parquet(path)
else:
    import polars
    data = polars.scan_parquet(path)
def peak():  # of this process alone; what getrusage tells is inherited from the parent
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before = peak()
start = time.perf_counter()
readout.compare_variants(data, {"converted": "proportion"}, control="A")
seconds = time.perf_counter() - start
print(f"10M customers, {kind} on Parquet: {seconds:.3f} s, peak {peak():.0f} MB "
      f"({before:.0f} MB of it before the call)")
"""


def on_engines() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.parquet"
        experiment(CUSTOMERS).to_parquet(path, row_group_size=200_000)
        for kind in ("duckdb", "polars"):
            subprocess.run([sys.executable, "-c", ON_ENGINE, kind, str(path)], check=True)


def counts(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    sizes = rng.integers(100, 5000, (2, n))
    successes = rng.binomial(sizes, [[0.10], [0.11]])
    return [successes[0], sizes[0], successes[1], sizes[1]]


def comparisons() -> None:
    arms = counts(COMPARISONS)
    (ours,) = in_turns(lambda: proportion_effects(*arms, correction="holm"))
    print(f"100,000 comparisons, MN + Koopman + Holm: {median(ours):.3f} s (best {min(ours):.3f})")
    from statsmodels.stats.proportion import confint_proportions_2indep

    few = [values[:PEER_COMPARISONS] for values in arms]
    crashed = 0
    start = time.perf_counter()
    for x1, n1, x2, n2 in zip(*few, strict=True):
        for compare in ("diff", "ratio"):
            try:
                confint_proportions_2indep(x2, n2, x1, n1, compare=compare, method="score")
            except ValueError:
                crashed += 1
    each = (time.perf_counter() - start) / PEER_COMPARISONS
    print(
        f"statsmodels, {PEER_COMPARISONS} of them: {each * COMPARISONS:.0f} s for 100,000, "
        f"{crashed} of {2 * PEER_COMPARISONS} intervals raised"
    )


def tea_tasting() -> None:
    try:
        import tea_tasting as tt
    except ImportError:
        print("tea-tasting is not installed")
        return
    test = tt.Experiment(converted=tt.Proportion("converted"))
    data = experiment(10_000)
    data = data[data["variant"].isin(["A", "B"])]
    start = time.perf_counter()
    for _ in range(30):
        test.analyze(data, control="A")
    each = (time.perf_counter() - start) / 30
    print(f"tea-tasting, one comparison of 5,000 rows: {each * 1000:.2f} ms")


if __name__ == "__main__":
    in_memory()
    on_engines()
    comparisons()
    tea_tasting()
    print(
        f"peak of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB"
    )
