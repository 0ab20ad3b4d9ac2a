"""Feedback: a million scored answers, and the drivers of ten touchpoints with intervals.

Scores against a pandas group-by of the same counts without intervals; drivers against a loop of
`numpy.linalg.lstsq` over all subsets of touchpoints, scaled up from a few resamples. The shares are
checked against that loop. Run it with `python benchmarks/feedback.py`.
"""

import resource
import time
from itertools import combinations
from math import factorial
from statistics import median

import numpy as np
import pandas as pd

from cemkit.feedback import drivers, nps

ANSWERS, GROUPS = 1_000_000, 100
CUSTOMERS, TOUCHPOINTS, RESAMPLES = 2_000, 10, 1_000
ROUNDS = 3


def answers() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(0, 365, ANSWERS), unit="D")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(1, 400_000, ANSWERS),
            "response_date": pd.Timestamp("2023-01-01") + days,
            "question": "nps",
            "score": rng.integers(0, 11, ANSWERS),
            "group": np.char.add("group ", rng.integers(0, GROUPS, ANSWERS).astype(str)),
        }
    )


def by_hand(table: pd.DataFrame) -> pd.DataFrame:
    """Counts and score of each group and month, the last answer of a customer, no intervals."""
    rows = table.assign(period=table["response_date"].dt.to_period("M"))
    rows = rows.sort_values(["response_date", "score"], ascending=[True, False])
    rows = rows.drop_duplicates(["group", "period", "customer_id"], keep="last")
    rows = rows.assign(promoters=rows["score"] >= 9, detractors=rows["score"] <= 6)
    sums = rows.groupby(["group", "period"]).agg(
        n=("score", "size"), promoters=("promoters", "sum"), detractors=("detractors", "sum")
    )
    return sums.assign(value=(sums["promoters"] - sums["detractors"]) / sums["n"]).reset_index()


def ratings(missing: float) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    common = rng.normal(size=(CUSTOMERS, 1))
    x = 0.6 * common + 0.8 * rng.normal(size=(CUSTOMERS, TOUCHPOINTS))
    y = x @ np.linspace(0.6, 0, TOUCHPOINTS) + rng.normal(size=CUSTOMERS)
    scores = np.clip(np.round(6.5 + 1.8 * np.column_stack([x, y])), 0, 10)
    scores[:, :-1][rng.random((CUSTOMERS, TOUCHPOINTS)) < missing] = np.nan
    names = [f"touchpoint {number}" for number in range(TOUCHPOINTS)]
    return pd.DataFrame(scores, columns=[*names, "overall"])


def shares_by_subsets(scores: np.ndarray) -> np.ndarray:
    """Shares of R squared from one regression for each subset of touchpoints."""
    z = scores - scores.mean(axis=0)
    x, y = z[:, :-1], z[:, -1]
    p = x.shape[1]
    explained = {(): 0.0}
    for size in range(1, p + 1):
        for names in combinations(range(p), size):
            fitted = x[:, names] @ np.linalg.lstsq(x[:, names], y, rcond=None)[0]
            explained[names] = float(fitted @ fitted / (y @ y))
    parts = np.zeros(p)
    for names, value in explained.items():
        for other in set(range(p)) - set(names):
            weight = factorial(len(names)) * factorial(p - len(names) - 1) / factorial(p)
            parts[other] += weight * (explained[tuple(sorted((*names, other)))] - value)
    return parts / parts.sum()


def timed(function, *arguments, **options):
    start = time.perf_counter()
    found = function(*arguments, **options)
    return time.perf_counter() - start, found


def main() -> None:
    table = answers()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        seconds, found = timed(nps, table, by="group", period="month")
        ours.append(seconds)
        seconds, expected = timed(by_hand, table)
        theirs.append(seconds)
    same = found.table[["n", "promoters", "detractors"]].to_numpy()
    assert (same == expected[["n", "promoters", "detractors"]].to_numpy()).all()
    assert np.allclose(found.table["value"], expected["value"])
    clustered, _ = timed(nps, table, by="group", period="month", repeats="all")
    print(
        f"nps of {ANSWERS:,} answers, {len(found.table):,} cells with intervals: ours "
        f"{median(ours):.2f} s (all answers, clustered: {clustered:.2f} s), pandas by hand without "
        f"intervals {median(theirs):.2f} s, ratio {median(ours) / median(theirs):.2f}"
    )

    complete = ratings(0.0)
    loop, shares = timed(shares_by_subsets, complete.to_numpy())
    for missing in (0.0, 0.3, 0.6):
        seconds = []
        for _ in range(ROUNDS):
            taken, analysis = timed(drivers, ratings(missing), "overall", n_resamples=RESAMPLES)
            seconds.append(taken)
        if not missing:
            importance = analysis.table.set_index("touchpoint")["importance"]
            assert np.allclose(importance[complete.columns[:-1]], shares, atol=1e-10)
        print(
            f"drivers, {TOUCHPOINTS} touchpoints, {CUSTOMERS:,} customers, {RESAMPLES:,} "
            f"resamples, {missing:.0%} of ratings missing: {median(seconds):.2f} s"
        )
    print(
        f"a regression for each subset: {loop:.2f} s a resample, {loop * RESAMPLES:,.0f} s for all"
    )
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


if __name__ == "__main__":
    main()
