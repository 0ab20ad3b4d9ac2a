"""RFM, clusters, the number of clusters and cohorts, each against the plain way to do it.

`python benchmarks/segmentation.py rfm` measures one: `rfm, kmeans, inertia, choose_k, cohorts`.
"""

import os
import platform
import resource
import sys
import time
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas as pd
import sklearn
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

import cemkit
from cemkit import CustomerClusters, RFMSegmenter, choose_k, cohort_table
from cemkit.segmentation.clusters.partitions import kmeans

RUNS = 5


def customers(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = {
        "recency_days": rng.integers(0, 700, n),
        "order_count": rng.geometric(0.3, n),
        "total_amount": rng.gamma(2, 50, n),
    }
    return pd.DataFrame(table, index=pd.RangeIndex(n, name="customer_id"))


def orders(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    day = pd.to_timedelta(rng.integers(0, 730, n), unit="D")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, n // 10, n),
            "order_date": pd.Timestamp("2022-01-01") + day,
            "amount": rng.gamma(2, 20, n).round(2),
        }
    )


def in_turns(ours: Callable[[], object], peer: Callable[[], object], runs: int = RUNS) -> str:
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for run in range(runs + 1):  # the first is the warm-up
        for name, call in (("ours", ours), ("peer", peer)):
            start = time.perf_counter()
            call()
            if run:
                seconds[name].append(time.perf_counter() - start)
    one, other = median(seconds["ours"]), median(seconds["peer"])
    best = min(seconds["ours"]) / min(seconds["peer"])
    return f"{one:.2f} s | {other:.2f} s | {one / other:.2f} (best runs {best:.2f})"


def row(capability: str, data: str, figures: str) -> None:
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    versions = (
        f"cemkit {cemkit.__version__}, pandas {pd.__version__}, sklearn {sklearn.__version__}"
    )
    print(f"| {capability} | {data} | {figures} | {memory:.1f} GB | {machine}, {versions} |")


def rfm() -> None:
    table = customers(5_000_000)
    segmenter = RFMSegmenter()
    figures = in_turns(
        lambda: segmenter.fit(table).transform(table),
        lambda: [pd.qcut(table[name], 5, labels=False, duplicates="drop") for name in table],
    )
    expected = np.floor((table["total_amount"].rank(method="min") - 1) / len(table) * 5) + 1
    assert (segmenter.transform(table)["monetary_score"] == expected).all()
    row("RFM fit and score, against pandas.qcut", "5,000,000 customers", figures)


def clusters() -> None:
    table = customers(1_000_000)
    values = StandardScaler().fit_transform(table)

    def peer() -> KMeans:
        return KMeans(5, random_state=0).fit(StandardScaler().fit_transform(table))

    ours = CustomerClusters(5).fit(table)
    assert ours.inertia_ < 1.001 * peer().inertia_
    figures = in_turns(lambda: CustomerClusters(5).fit(table), peer)
    row("K-means, k = 5, against StandardScaler and one start of KMeans", "1,000,000 x 3", figures)
    bare = in_turns(lambda: kmeans(values, 5, 0), lambda: KMeans(5, random_state=0).fit(values))
    row("the same on scaled values, against KMeans alone", "1,000,000 x 3", bare)


def inertia() -> None:
    values = StandardScaler().fit_transform(customers(1_000_000))
    ks = range(1, 11)
    seconds = {"ours": 0.0, "peer": 0.0}
    ratios = []
    for k in ks:
        fits = []
        for name, fit in (
            ("ours", lambda k=k: kmeans(values, k, 0)),
            ("peer", lambda k=k: KMeans(k, n_init=10, random_state=0).fit(values)),
        ):
            start = time.perf_counter()
            fits.append(fit().inertia_)
            seconds[name] += time.perf_counter() - start
        ratios.append(fits[0] / fits[1])
    ours, theirs = seconds["ours"], seconds["peer"]
    name = f"K-means, k = 1..10, against n_init=10 (inertia at most {max(ratios):.5f} of it)"
    row(name, "1,000,000 x 3", f"{ours:.1f} s | {theirs:.1f} s | {ours / theirs:.2f}")


def number() -> None:
    table = customers(1_000_000)
    start = time.perf_counter()
    choose_k(table)
    row("choose_k, k = 1..10", "1,000,000 x 3", f"{time.perf_counter() - start:.1f} s | - | -")


def cohorts() -> None:
    table = orders(5_000_000)

    def plain() -> pd.DataFrame:
        month = table["order_date"].dt.to_period("M")
        first = month.groupby(table["customer_id"]).transform("min")
        pairs = pd.DataFrame({"id": table["customer_id"], "first": first, "month": month})
        return pairs.groupby(["first", "month"])["id"].nunique().unstack()

    def ours() -> pd.DataFrame:
        return cohort_table(table, as_of="2023-12-31").triangle("count")

    mine, theirs = ours().to_numpy(), plain().to_numpy()
    assert all(
        (a[: len(a) - at] == b[at:]).all()
        for at, (a, b) in enumerate(zip(mine, theirs, strict=True))
    )
    row("cohorts, against plain pandas", "5,000,000 orders", in_turns(ours, plain, runs=2))


MEASURED = {
    "rfm": rfm,
    "kmeans": clusters,
    "inertia": inertia,
    "choose_k": number,
    "cohorts": cohorts,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or MEASURED:
        MEASURED[name]()
