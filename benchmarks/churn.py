"""Churn: features of five million orders, the fit, and the evaluation, each against its peer.

Run it with `python benchmarks/churn.py [features|fit|logistic|evaluation]`; without a
word it runs all.
"""

import sys
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from rows import in_turns, peak_megabytes, report, sized
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from cemkit import ChurnModel, customer_table, evaluate_churn
from cemkit.churn.logistic import fit_logistic, score_and_information

AS_OF = pd.Timestamp("2024-12-31")
LAST_DAY = (AS_OF - pd.Timestamp("1970-01-01")).days
WINDOWS = (30, 90, 365)


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
    for window in WINDOWS:
        recent = days[days["day"] > AS_OF - pd.Timedelta(days=window)]
        table[f"amount_{window}"] = recent.groupby("customer_id")["amount"].sum()
        inside = distinct[distinct["day"] > AS_OF - pd.Timedelta(days=window)]
        table[f"order_days_{window}"] = inside.groupby("customer_id").size()
    return table.fillna(0)


def by_hand_in_polars(orders: pl.DataFrame) -> pd.DataFrame:
    """The sums that the features are made of; sorting rows is faster here than grouping by day."""
    amount, day, new = pl.col("amount"), pl.col("day"), pl.col("new")
    rows = orders.lazy().select(
        "customer_id", "amount", day=pl.col("order_date").dt.epoch("d").cast(pl.Int64)
    )
    rows = rows.filter(day <= LAST_DAY).sort("customer_id", "day")
    same = pl.col("customer_id") == pl.col("customer_id").shift()
    rows = rows.with_columns(
        gap=pl.when(same).then(day.diff()).otherwise(0),
        new=(~(same & (day == day.shift()))).fill_null(value=True),
    )
    sums = rows.group_by("customer_id", maintain_order=True).agg(
        first_day=day.min(),
        last_day=day.max(),
        purchase_days=new.sum(),
        day_sum=day.filter(new).sum(),
        squared_gap_sum=(pl.col("gap") ** 2).sum(),
        purchased_amount=amount.filter(amount >= 0).sum(),
        returned_amount=-amount.filter(amount < 0).sum(),
        purchase_rows=(amount >= 0).sum(),
        return_rows=(amount < 0).sum(),
        **{f"order_days_{days}": ((day > LAST_DAY - days) & new).sum() for days in WINDOWS},
        **{f"amount_{days}": amount.filter(day > LAST_DAY - days).sum() for days in WINDOWS},
    )
    return sums.collect().to_pandas().set_index("customer_id")


def by_hand_in_sql(orders: Any) -> pd.DataFrame:
    """The same sums in DuckDB's SQL."""
    windows = "".join(
        f", count(*) filter (day > {LAST_DAY - days}) as order_days_{days}"
        f", sum(case when day > {LAST_DAY - days} then net else 0 end) as amount_{days}"
        for days in WINDOWS
    )
    query = f"""
        with days as (
            select customer_id, date_diff('day', date '1970-01-01', order_date::date) as day,
                count(*) filter (amount >= 0) as bought, count(*) filter (amount < 0) as returned,
                sum(case when amount >= 0 then amount else 0 end) as gross,
                sum(case when amount < 0 then -amount else 0 end) as back, sum(amount) as net
            from orders where order_date < date '2025-01-01' group by all
        ), gaps as (
            select *, coalesce(
                day - lag(day) over (partition by customer_id order by day), 0
            ) as gap from days
        )
        select customer_id, min(day) as first_day, max(day) as last_day,
            count(*) as purchase_days, sum(day) as day_sum, sum(gap * gap) as squared_gap_sum,
            sum(gross) as purchased_amount, sum(back) as returned_amount,
            sum(bought) as purchase_rows, sum(returned) as return_rows{windows}
        from gaps group by customer_id order by customer_id
    """
    return orders.query("orders", query).df().set_index("customer_id")


def activity_of(orders: Any) -> pd.DataFrame:
    return customer_table(orders, AS_OF, include="activity")


def features() -> None:
    n = sized(5_000_000, 50_000)
    orders = orders_of(n, n // 10)
    polars_orders, relation = pl.from_pandas(orders), duckdb.from_df(orders)
    data = f"{n:,} orders, {n // 10:,} customers"
    same, hand = activity_of(orders), by_hand_in_pandas(orders)
    for column in ("recency_days", "order_days_90", "amount_365", "gap_variation"):
        np.testing.assert_allclose(same[column], hand[column], atol=1e-6)
    sums = by_hand_in_polars(polars_orders)
    pd.testing.assert_frame_equal(sums, by_hand_in_sql(relation)[list(sums)], check_dtype=False)
    np.testing.assert_allclose(sums["amount_90"], same["amount_90"])
    times = in_turns(
        lambda: customer_table(orders, AS_OF, include="activity"), lambda: by_hand_in_pandas(orders)
    )
    job = "churn features, 19 columns"
    row(job, data, times, "pandas by hand, 9 columns", form="pandas", rows=n)
    times = in_turns(
        lambda: customer_table(polars_orders, AS_OF, include="activity"),
        lambda: by_hand_in_polars(polars_orders),
    )
    row(job, data, times, "Polars by hand, the sums alone", form="Polars", rows=n)
    times = in_turns(
        lambda: customer_table(relation, AS_OF, include="activity"),
        lambda: by_hand_in_sql(relation),
    )
    row(job, data, times, "SQL by hand, the sums alone", form="DuckDB", rows=n)


def fit_data(rows: int, terms: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(rows, terms))
    matrix += 0.7 * rng.normal(size=(rows, 1))  # churn features are correlated
    odds = matrix @ rng.normal(scale=0.2, size=terms) - 0.5
    return matrix, (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int64)


def fit() -> None:
    rows, terms = sized(1_000_000, 20_000), 20
    matrix, churned = fit_data(rows, terms)
    times = in_turns(
        lambda: ChurnModel().fit(matrix, churned),
        lambda: LogisticRegression(max_iter=1000).fit(matrix, churned),
    )
    exact = LogisticRegression(max_iter=1000, tol=1e-10, solver="newton-cholesky")
    model = ChurnModel(scale=False).fit(matrix, churned)
    np.testing.assert_allclose(model.coefficients_, exact.fit(matrix, churned).coef_[0], rtol=1e-7)
    job = "churn fit with scaling and diagnosis"
    row(job, f"{rows:,} x {terms}", times, "bare scikit-learn (lbfgs)", rows=rows)


def logistic() -> None:
    """The estimates with their second derivatives, on one thread: ours against newton-cholesky."""
    rows = sized(1_000_000, 20_000)
    matrix, churned = fit_data(rows)
    center, scale = matrix.mean(axis=0), matrix.std(axis=0)

    def by_scikit_learn() -> np.ndarray:
        exact = LogisticRegression(tol=1e-8, solver="newton-cholesky")
        with threadpool_limits(1):
            exact.fit((matrix - center) / scale, churned)
        point = np.r_[exact.intercept_, exact.coef_[0]]
        score_and_information(point, matrix, churned, center, scale)
        return point

    def ours() -> np.ndarray:
        return fit_logistic(matrix, churned, None, center, scale, penalty=1.0).parameters

    np.testing.assert_allclose(ours(), by_scikit_learn(), rtol=1e-7, atol=1e-9)
    times = in_turns(ours, by_scikit_learn)
    name = "scikit-learn's newton-cholesky, and one pass"
    job = "logistic fit with its second derivatives, on one thread"
    row(job, f"{rows:,} x {matrix.shape[1]}", times, name, rows=rows)


def evaluation() -> None:
    rng = np.random.default_rng(0)
    n = sized(100_000, 5_000)
    probability = rng.random(n)
    churned = (rng.random(n) < probability).astype(int)

    def measured_by_peer() -> list[dict[str, float]]:
        """The same measures on 10 of the 500 draws."""
        rng = np.random.default_rng(0)
        places = [rng.integers(n, size=n) for _ in range(10)]
        return [naive_measures(churned[place], probability[place]) for place in places]

    ours, peer = in_turns(
        lambda: evaluate_churn(pd.Series(churned), pd.Series(probability)), measured_by_peer
    )
    found = evaluate_churn(pd.Series(churned), pd.Series(probability), n_resamples=1).table["value"]
    for name, value in naive_measures(churned, probability).items():
        np.testing.assert_allclose(found[name], value, rtol=1e-4)
    data = f"{n:,} customers, 500 bootstrap draws"
    times = [ours, 50 * peer]
    row("churn evaluation, 16 measures", data, times, "scikit-learn's metrics, 10 draws scaled up")


def naive_measures(churned: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """What scikit-learn offers of the same measures, each called by itself."""
    fires = probability > 0.5
    false, true, _ = metrics.roc_curve(churned, probability)
    level = IsotonicRegression().fit(probability, churned).predict(probability)
    odds = np.log(probability / (1 - probability)).clip(-13.8, 13.8)[:, None]
    return {
        "accuracy": metrics.accuracy_score(churned, fires),
        "precision": metrics.precision_score(churned, fires),
        "recall": metrics.recall_score(churned, fires),
        "f1": metrics.f1_score(churned, fires),
        "roc_auc": metrics.roc_auc_score(churned, probability),
        "average_precision": metrics.average_precision_score(churned, probability),
        "ks": (true - false).max(),
        "log_loss": metrics.log_loss(churned, probability),
        "brier": metrics.brier_score_loss(churned, probability),
        "brier_miscalibration": np.mean((churned - probability) ** 2 - (churned - level) ** 2),
        "calibration_slope": LogisticRegression(C=np.inf, solver="newton-cholesky")
        .fit(odds, churned)
        .coef_[0, 0],
    }


def row(job: str, data: str, times: list[float], peer: str, **further: Any) -> None:
    report(
        job,
        data,
        times[0],
        megabytes=peak_megabytes(),
        peer=peer,
        peer_seconds=times[1],
        agreed=True,
        **further,
    )


if __name__ == "__main__":
    parts = {"features": features, "fit": fit, "logistic": logistic, "evaluation": evaluation}
    for name in sys.argv[1:] or parts:
        parts[name]()
