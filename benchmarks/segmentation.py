"""RFM, clusters, the number of clusters and cohorts, each against the plain way to do it.

`python benchmarks/segmentation.py rfm` measures one: `rfm, kmeans, inertia, choose_k, cohorts,
sql`. `sql` takes orders in Parquet through DuckDB to RFM scores, segments and stages.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from data import write_orders
from rows import in_turns, peak_megabytes, report, sized
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

from cemkit import CustomerClusters, RFMSegmenter, choose_k, cohort_table, customer_table
from cemkit.segmentation import LifecycleStages
from cemkit.segmentation.clusters.partitions import kmeans

AS_OF = "2021-12-31"
# Scores by the lowest rank of ties, as RFMSegmenter has them; stages by its default rules.
RFM_IN_SQL = """
WITH customers AS (
    SELECT customer_id, DATE '{end}' - max(CAST(order_date AS DATE)) AS recency_days,
           count(DISTINCT CAST(order_date AS DATE)) AS order_count, sum(amount) AS total_amount
    FROM '{path}' WHERE order_date < DATE '{end}' + 1 GROUP BY ALL
)
SELECT customer_id,
       (rank() OVER (ORDER BY order_count) - 1) * 5 // count(*) OVER () + 1 AS frequency_score,
       (rank() OVER (ORDER BY total_amount) - 1) * 5 // count(*) OVER () + 1 AS monetary_score,
       (rank() OVER (ORDER BY recency_days DESC) - 1) * 5 // count(*) OVER () + 1 AS recency_score,
       CASE WHEN recency_days >= 181 THEN 'churned' WHEN order_count >= 5 THEN 'loyalty'
            WHEN order_count >= 2 THEN 'growth' ELSE 'acquisition' END AS stage
FROM customers ORDER BY customer_id
"""


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


def compare(
    job: str,
    data: str,
    ours: Callable[[], object],
    peer: Callable[[], object],
    name: str,
    rounds: int = 5,
    **further: object,
) -> None:
    """Report both, by the clock of the processor."""
    seconds = in_turns(ours, peer, rounds=rounds)
    report(
        job,
        data,
        seconds[0],
        megabytes=peak_megabytes(),
        peer=name,
        peer_seconds=seconds[1],
        agreed=True,
        **further,
    )


def rfm() -> None:
    n = sized(5_000_000, 50_000)
    table = customers(n)
    segmenter = RFMSegmenter().fit(table)
    expected = np.floor((table["total_amount"].rank(method="min") - 1) / len(table) * 5) + 1
    assert (segmenter.transform(table)["monetary_score"] == expected).all()
    compare(
        "RFM, fit and score",
        f"{n:,} customers, simulated",
        lambda: segmenter.fit(table).transform(table),
        lambda: [pd.qcut(table[name], 5, labels=False, duplicates="drop") for name in table],
        "pandas `qcut` of three columns",
        rows=n,
    )


def clusters() -> None:
    n = sized(1_000_000, 20_000)
    table = customers(n)
    values = StandardScaler().fit_transform(table)

    def peer() -> KMeans:
        return KMeans(5, random_state=0).fit(StandardScaler().fit_transform(table))

    ours = CustomerClusters(5).fit(table)
    assert ours.inertia_ < 1.001 * peer().inertia_
    data = f"{n:,} x 3, simulated"
    compare(
        "K-means, k = 5",
        data,
        lambda: CustomerClusters(5).fit(table),
        peer,
        "scikit-learn's StandardScaler and one start of KMeans",
        rows=n,
    )
    compare(
        "K-means, k = 5, on scaled values",
        data,
        lambda: kmeans(values, 5, 0),
        lambda: KMeans(5, random_state=0).fit(values),
        "one start of KMeans",
        rows=n,
    )


def inertia() -> None:
    n = sized(1_000_000, 20_000)
    values = StandardScaler().fit_transform(customers(n))
    seconds, ratios = np.zeros(2), []
    for k in range(1, 11):
        found = {}

        def ours(k: int = k, found: dict = found) -> None:
            found["ours"] = kmeans(values, k, 0).inertia_

        def peer(k: int = k, found: dict = found) -> None:
            found["peer"] = KMeans(k, n_init=10, random_state=0).fit(values).inertia_

        seconds += in_turns(ours, peer, rounds=0)
        ratios.append(found["ours"] / found["peer"])
    report(
        "K-means alone, k = 1 to 10",
        f"{n:,} x 3, simulated",
        seconds[0],
        rows=n,
        megabytes=peak_megabytes(),
        peer="ten starts of scikit-learn's KMeans",
        peer_seconds=seconds[1],
        agreed=max(ratios) < 1.001,
        note=f"Inertia at most {max(ratios):.5f} of the peer's. One run.",
    )


def number() -> None:
    for n in (sized(1_000_000, 5_000), sized(10_000_000, 20_000)):
        table = customers(n)
        (seconds,) = in_turns(lambda table=table: choose_k(table), rounds=0)
        report(
            "`choose_k`, k = 1 to 10, every criterion",
            f"{n:,} x 3, simulated",
            seconds,
            rows=n,
            megabytes=peak_megabytes(),
            note="One run.",
        )


def cohorts() -> None:
    n = sized(5_000_000, 50_000)
    table = orders(n)

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
    data = f"{n:,} orders, simulated"
    compare("cohorts", data, ours, plain, "plain pandas", rounds=2, rows=n)


def sql() -> None:
    """Orders in Parquet to scores, segments and stages, against windows in SQL."""
    n = sized(50_000_000, 50_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.parquet"
        write_orders(path, n)
        start = time.perf_counter()
        mine, memory, turn = scored(path), peak_megabytes(), time.perf_counter()
        theirs = scored_in_sql(path).set_index("customer_id")
        seconds = (turn - start, time.perf_counter() - turn)
    assert mine.index.equals(theirs.index)
    scores = ["recency_score", "frequency_score", "monetary_score"]
    same = (mine[scores].to_numpy() == theirs[scores].to_numpy()).mean()
    assert same > 1 - 1e-5, same  # sums of money in another order may differ in the last digit
    assert (mine["stage"].to_numpy() == theirs["stage"].to_numpy()).all()
    report(
        "RFM scores, segments and stages from orders",
        f"{n:,} orders, {n // 10:,} customers",
        seconds[0],
        form="Parquet through DuckDB",
        rows=n,
        megabytes=memory,
        peer="SQL by hand, scores and stages without segments",
        peer_seconds=seconds[1],
        agreed=True,
        note="One run of each, by the clock.",
    )


def scored(path: Path) -> pd.DataFrame:
    import duckdb

    customers = customer_table(duckdb.connect().read_parquet(str(path)), AS_OF)
    return LifecycleStages().fit().add_to(RFMSegmenter().fit(customers).add_to(customers))


def scored_in_sql(path: Path) -> pd.DataFrame:
    import duckdb

    return duckdb.connect().sql(RFM_IN_SQL.format(path=path, end=AS_OF)).df()


MEASURED = {
    "rfm": rfm,
    "kmeans": clusters,
    "inertia": inertia,
    "choose_k": number,
    "cohorts": cohorts,
    "sql": sql,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or MEASURED:
        MEASURED[name]()
