"""Churn: features of five million orders, the fit, and the evaluation, each against its peer.

Run it with `python benchmarks/churn.py [features|fit|evaluation]`; without a word it runs all.
"""

import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import cemkit
from cemkit import ChurnModel, churn_features, evaluate_churn

REPEATS = 3
AS_OF = pd.Timestamp("2024-12-31")


def orders_of(rows: int, customers: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, customers, rows),
            "order_date": AS_OF - pd.to_timedelta(rng.integers(0, 730 * 86_400, rows), unit="s"),
            "amount": rng.gamma(2, 20, rows).round(2),
        }
    )


def by_hand_in_pandas(orders: pd.DataFrame) -> pd.DataFrame:
    """What an analyst would write for the same day counts, amounts and gaps."""
    days = orders.assign(day=orders["order_date"].dt.normalize())
    distinct = days[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    distinct["gap"] = distinct.groupby("customer_id")["day"].diff().dt.days
    by = distinct.groupby("customer_id")
    table = pd.DataFrame({"recency_days": (AS_OF - by["day"].max()).dt.days, "n": by.size()})
    table["gap_variation"] = by["gap"].std(ddof=0) / by["gap"].mean()
    for window in (30, 90, 365):
        recent = days[days["day"] > AS_OF - pd.Timedelta(days=window)]
        table[f"amount_{window}"] = recent.groupby("customer_id")["amount"].sum()
        inside = distinct[distinct["day"] > AS_OF - pd.Timedelta(days=window)]
        table[f"order_days_{window}"] = inside.groupby("customer_id").size()
    return table.fillna(0)


def features() -> None:
    import duckdb
    import polars as pl

    orders = orders_of(5_000_000, 500_000)
    polars_orders, relation = pl.from_pandas(orders), duckdb.from_df(orders)
    ours, peer = in_turns(lambda: churn_features(orders, AS_OF), lambda: by_hand_in_pandas(orders))
    same = churn_features(orders, AS_OF)
    hand = by_hand_in_pandas(orders)
    for column in ("recency_days", "order_days_90", "amount_365", "gap_variation"):
        np.testing.assert_allclose(same[column], hand[column], atol=1e-6)
    row(
        "churn features",
        "5,000,000 orders, 500,000 customers",
        ours,
        "pandas by hand (9 columns)",
        peer,
    )
    ours, more = in_turns(
        lambda: churn_features(polars_orders, AS_OF), lambda: churn_features(relation, AS_OF)
    )
    row("churn features on Polars", "the same", ours, "on a DuckDB relation", more)


def fit() -> None:
    rng = np.random.default_rng(0)
    rows, terms = 1_000_000, 20
    matrix = rng.normal(size=(rows, terms))
    matrix += 0.7 * rng.normal(size=(rows, 1))  # churn features are correlated
    odds = matrix @ rng.normal(scale=0.2, size=terms) - 0.5
    churned = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int64)
    ours, peer = in_turns(
        lambda: ChurnModel().fit(matrix, churned),
        lambda: LogisticRegression(max_iter=1000).fit(matrix, churned),
    )
    exact = LogisticRegression(max_iter=1000, tol=1e-10, solver="newton-cholesky")
    model = ChurnModel(scale=False).fit(matrix, churned)
    np.testing.assert_allclose(model.coefficients_, exact.fit(matrix, churned).coef_[0], rtol=1e-7)
    row("churn fit", f"{rows:,} x {terms}", ours, f"scikit-learn {sklearn.__version__} lbfgs", peer)


def evaluation() -> None:
    rng = np.random.default_rng(0)
    probability = pd.Series(rng.random(100_000))
    churned = pd.Series((rng.random(100_000) < probability).astype(int))

    def peer_draws() -> list[float]:
        """Bootstrap the AUC alone, 50 of the 500 draws."""
        places = [rng.integers(100_000, size=100_000) for _ in range(50)]
        return [roc_auc_score(churned.iloc[place], probability.iloc[place]) for place in places]

    ours, peer = in_turns(lambda: evaluate_churn(churned, probability), peer_draws)
    data = "100,000 customers, 500 draws of 16 measures"
    row("churn evaluation", data, ours, "scikit-learn, AUC alone, times 10", [10 * t for t in peer])


def in_turns(*calls: Callable[[], object]) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in calls]
    for repeat in range(REPEATS + 1):
        for call, found in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            if repeat:  # the first is a warm-up
                found.append(time.perf_counter() - start)
    return times


def row(capability: str, data: str, ours: list[float], peer: str, theirs: list[float]) -> None:
    mine, other = statistics.median(ours), statistics.median(theirs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"| {capability} | {data} | {mine:.2f} s (best {min(ours):.2f}) | {peer} {other:.2f} s "
        f"(best {min(theirs):.2f}) | {other / mine:.2f} | {memory:.1f} GB | {platform.machine()}, "
        f"Python {platform.python_version()}, cemkit {cemkit.__version__} |"
    )


if __name__ == "__main__":
    chosen = sys.argv[1:] or ["features", "fit", "evaluation"]
    for name in chosen:
        {"features": features, "fit": fit, "evaluation": evaluation}[name]()
