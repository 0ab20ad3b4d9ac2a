"""Feedback: a million scored answers, and the drivers of ten touchpoints with intervals.

Scores against a pandas group-by of the same counts without intervals; drivers against a loop of
`numpy.linalg.lstsq` over all subsets of touchpoints, scaled up from a few resamples. The shares are
checked against that loop. Run it with `python benchmarks/feedback.py`.
"""

import time
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized

from cemkit.feedback import drivers, nps

ANSWERS, GROUPS = sized(1_000_000, 20_000), 100
CUSTOMERS, TOUCHPOINTS, RESAMPLES = sized(2_000, 500), sized(10, 6), 1_000
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


def main() -> None:
    scores()
    shares()


def scores() -> None:
    table = answers()
    data = f"{ANSWERS:,} answers"

    def ours(repeats: str = "last") -> pd.DataFrame:
        return nps(table, by="group", period="month", repeats=repeats).table

    found, expected = ours(), by_hand(table)
    counts = ["n", "promoters", "detractors"]
    assert (found[counts].to_numpy() == expected[counts].to_numpy()).all()
    assert np.allclose(found["value"], expected["value"])
    mine, theirs = in_turns(ours, lambda: by_hand(table), rounds=ROUNDS)
    job = f"NPS by {GROUPS} groups and 12 months"
    report(
        f"{job}, the last answer of each customer, with Tango intervals",
        data,
        mine,
        rows=ANSWERS,
        megabytes=peak_megabytes(),
        peer="pandas by hand, no intervals",
        peer_seconds=theirs,
        agreed=True,
    )
    (clustered,) = in_turns(lambda: ours("all"), rounds=1)
    report(f"{job}, all answers, clustered by customer", data, clustered, rows=ANSWERS)


def shares() -> None:
    complete = ratings(0.0)
    start = time.process_time()
    expected = shares_by_subsets(complete.to_numpy())
    loop = (time.process_time() - start) * RESAMPLES
    analysis = drivers(complete, "overall", n_resamples=10)
    importance = analysis.table.set_index("touchpoint")["importance"]
    assert np.allclose(importance[complete.columns[:-1]], expected, atol=1e-10)
    job = f"drivers: LMG of {TOUCHPOINTS} touchpoints, {RESAMPLES:,} resamples"
    for missing in (0.0, 0.3, 0.6):
        table = ratings(missing)
        call = lambda table=table: drivers(table, "overall", n_resamples=RESAMPLES)  # noqa: E731
        (seconds,) = in_turns(call, rounds=ROUNDS)
        kind = f"{missing:.0%} of ratings missing".replace("%", " %") if missing else "complete"
        peer = {
            "peer": "a regression for each subset, one resample scaled up",
            "peer_seconds": loop,
            "agreed": True,
        }
        report(job, f"{CUSTOMERS:,} customers, {kind}", seconds, **({} if missing else peer))


if __name__ == "__main__":
    main()
