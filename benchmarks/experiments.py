"""Experiments: read-outs of 10,000,000 customers, and 100,000 comparisons of proportions.

Against the bare pandas group-by (with ids, and one check that each is there once), and against the
comparisons of statsmodels, tea-tasting and Spotify Confidence, a few of them scaled up; the
read-out of Parquet through DuckDB and Polars with its memory. Run it with
`python benchmarks/experiments.py`, or one of `ids pairs memory engines comparisons` behind it; what
is not installed is left out.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import tables
from rows import in_turns, peak_megabytes, report, sized

from cemkit import compare_variants
from cemkit.proportions import proportion_effects

CUSTOMERS = sized(10_000_000, 50_000)
COMPARISONS = sized(100_000, 2_000)
PEER_COMPARISONS = sized(300, 20)
METRICS = 10
Counts = np.ndarray


def experiment(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    variant = rng.integers(0, 4, n)
    return pd.DataFrame(
        {
            "variant": pd.Series(np.array(["A", "B", "C", "D"])[variant], dtype="str"),
            "converted": (rng.random(n) < 0.05 + 0.001 * variant).astype(np.int8),
        }
    )


def ids() -> None:
    """One proportion and one mean of customers with ids, against group-by and check of the ids."""
    metrics = {"converted": "proportion", "amount": "mean"}
    for kind in ("sorted", "shuffled", "text"):
        data = tables.experiment(CUSTOMERS, kind)

        def bare(t: pd.DataFrame = data, kind: str = kind) -> pd.DataFrame:
            if kind != "sorted":  # whose order shows that each is there once
                assert pd.Series(t["customer_id"].array).is_unique
            groups = t.groupby("variant")
            return groups[["converted", "amount"]].agg(["size", "sum", "var"])

        def ours(t: pd.DataFrame = data) -> pd.DataFrame:
            return compare_variants(t, metrics, "A").table

        found, sums = ours(), bare()
        mean = sums[("amount", "sum")] / sums[("amount", "size")]
        money = found[found["metric"] == "amount"]
        np.testing.assert_allclose(money["difference"], (mean - mean["A"])[1:], rtol=1e-9)
        mine, theirs = in_turns(ours, bare, rounds=2)
        alone = "" if kind == "sorted" else ", and one check of the ids"
        report(
            "read-out of a conversion and a mean",
            f"{CUSTOMERS:,} customers with ids, 4 arms",
            mine,
            form="ids as text" if kind == "text" else f"ids {kind}",
            rows=CUSTOMERS,
            megabytes=peak_megabytes(),
            peer=f"pandas group-by of sizes, sums and variances{alone}",
            peer_seconds=theirs,
            agreed=True,
        )


def with_ids(n: int, kind: str) -> pd.DataFrame:
    """Six arms, 50 shops, 10 metrics of money, and ids as tables of customers have them."""
    rng = np.random.default_rng(0)
    ids = pd.Series(np.arange(n) if kind == "sorted" else rng.permutation(n)) + 10_000_000
    if kind == "text":
        ids = ("C" + ids.astype(str)).astype("str")
    data = pd.DataFrame(
        {
            "customer_id": ids,
            "variant": pd.Series(np.array(list("ABCDEF"))[rng.integers(0, 6, n)], dtype="str"),
            "shop": rng.integers(0, 50, n),
        }
    )
    for at in range(METRICS):
        data[f"metric {at}"] = rng.gamma(2, 10, n)
    return data


def all_pairs() -> None:
    """All pairs of 6 arms on 10 metrics in 50 groups, against group-by and check of the ids."""
    names = [f"metric {at}" for at in range(METRICS)]
    for kind in ("sorted", "shuffled", "text"):
        data = with_ids(CUSTOMERS, kind)

        def bare(t: pd.DataFrame = data) -> pd.DataFrame:
            assert pd.Series(t["customer_id"].array).is_unique
            return t.groupby(["shop", "variant"])[names].agg(["sum", "var"])

        def ours(t: pd.DataFrame = data) -> pd.DataFrame:
            return compare_variants(
                t, dict.fromkeys(names, "mean"), "A", by="shop", pairs="all"
            ).table

        found, sums = ours(), bare()
        assert len(found) == 15 * 50 * METRICS
        row = found.iloc[77]
        mean = sums[(row["metric"], "sum")] / data.groupby(["shop", "variant"]).size()
        arms = [mean[row["shop"], row[side]] for side in ("variant", "control")]
        np.testing.assert_allclose(row["difference"], arms[0] - arms[1], rtol=1e-9)
        mine, theirs = in_turns(ours, bare, rounds=3)
        report(
            f"read-out of all pairs, {METRICS} metrics",
            f"{CUSTOMERS:,} customers, 6 arms, 50 groups",
            mine,
            form="ids as text" if kind == "text" else f"ids {kind}",
            rows=CUSTOMERS,
            megabytes=peak_megabytes(),
            peer="pandas group-by of sums and variances, and one check of the ids",
            peer_seconds=theirs,
            agreed=True,
        )


def read_out(data: object) -> pd.DataFrame:
    return compare_variants(data, {"converted": "proportion"}, control="A").table


def in_memory() -> None:
    data = experiment(CUSTOMERS)
    for kind in ("str", "category"):
        table = data.astype({"variant": kind})
        bare = lambda t=table: t.groupby("variant", observed=True)["converted"].agg(["size", "sum"])  # noqa: E731
        mine, theirs = in_turns(lambda t=table: read_out(t), bare)
        sizes, found = bare(), read_out(table)
        assert found["customers"].tolist() == sizes["size"].iloc[1:].tolist()
        report(
            "read-out of one conversion metric",
            f"{CUSTOMERS:,} customers without ids, 4 arms",
            mine,
            form=f"variant as {'text' if kind == 'str' else kind}",
            rows=CUSTOMERS,
            megabytes=peak_megabytes(),
            peer="pandas group-by alone",
            peer_seconds=theirs,
            agreed=True,
        )


ON_ENGINE = """
import json, re, sys, time
import cemkit.experiments.readout as readout
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
start = time.process_time()
readout.compare_variants(data, {"converted": "proportion"}, control="A")
print(json.dumps([time.process_time() - start, peak(), before]))
"""


def on_engines() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "experiment.parquet"
        experiment(CUSTOMERS).to_parquet(path, row_group_size=200_000)
        for kind, name in (("duckdb", "DuckDB"), ("polars", "Polars")):
            command = [sys.executable, "-c", ON_ENGINE, kind, str(path)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, peak, before = json.loads(done.stdout)
            report(
                "read-out of one conversion metric",
                f"{CUSTOMERS:,} customers without ids, 4 arms",
                seconds,
                form=f"Parquet through {name}",
                rows=CUSTOMERS,
                megabytes=peak,
                note=f"{before:.0f} MB of the memory before the call. Once.",
            )


def counts(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    sizes = rng.integers(100, 5000, (2, n))
    successes = rng.binomial(sizes, [[0.10], [0.11]])
    return [successes[0], sizes[0], successes[1], sizes[1]]


def comparisons() -> None:
    arms = counts(COMPARISONS)
    (ours,) = in_turns(lambda: proportion_effects(*arms, correction="holm"))
    few = [values[:PEER_COMPARISONS] for values in arms]
    for peer in (statsmodels_scores, tea_tasting_means, spotify_confidence_tests):
        try:
            peer(*(values[:2] for values in few))
        except ImportError as error:
            print(f"{error}; left out")
            continue
        start = time.process_time()
        name, note = peer(*few)
        scaled = (time.process_time() - start) / PEER_COMPARISONS * COMPARISONS
        report(
            "Miettinen-Nurminen, Koopman and Holm",
            f"{COMPARISONS:,} comparisons",
            ours,
            rows=COMPARISONS,
            megabytes=peak_megabytes(),
            peer=f"{name}, {PEER_COMPARISONS} scaled up",
            peer_seconds=scaled,
            note=note,
        )


def statsmodels_scores(x1: Counts, n1: Counts, x2: Counts, n2: Counts) -> tuple[str, str]:
    from statsmodels.stats.proportion import confint_proportions_2indep

    crashed = 0
    for a, m, b, n in zip(x1, n1, x2, n2, strict=True):
        for compare in ("diff", "ratio"):
            try:
                confint_proportions_2indep(b, n, a, m, compare=compare, method="score")
            except ValueError:
                crashed += 1
    return "statsmodels", f"{crashed} of its {2 * len(x1)} intervals raised an error."


def tea_tasting_means(x1: Counts, n1: Counts, x2: Counts, n2: Counts) -> tuple[str, str]:
    import tea_tasting as tt

    metric = tt.Mean("x")
    for a, m, b, n in zip(x1, n1, x2, n2, strict=True):
        arms = [
            tt.aggr.Aggregates(count_=int(n), mean_={"x": x / n}, var_={"x": x / n * (1 - x / n)})
            for x, n in ((a, m), (b, n))
        ]
        metric.analyze_aggregates(*arms)
    return "tea-tasting", "The peer gives Welch intervals from sums."


def spotify_confidence_tests(x1: Counts, n1: Counts, x2: Counts, n2: Counts) -> tuple[str, str]:
    from spotify_confidence import ZTest

    table = pd.DataFrame(
        {
            "variant": np.repeat(["A", "B"], len(x1)),
            "group": np.tile(np.arange(len(x1)), 2),
            "x": np.concatenate([x1, x2]),
            "n": np.concatenate([n1, n2]),
        }
    )
    test = ZTest(
        table,
        numerator_column="x",
        numerator_sum_squares_column="x",
        denominator_column="n",
        categorical_group_columns=["variant", "group"],
        correction_method="holm",
    )
    found = test.difference(level_1="A", level_2="B", groupby="group")
    expected = x2 / n2 - x1 / n1
    np.testing.assert_allclose(found["difference"], expected[found["group"].to_numpy()])
    return "Spotify Confidence", "The peer gives Wald intervals with Holm."


PARTS = {
    "ids": ids,
    "pairs": all_pairs,
    "memory": in_memory,
    "engines": on_engines,
    "comparisons": comparisons,
}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
