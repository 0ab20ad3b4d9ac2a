"""Group-time effects against other packages for staggered adoption, on the same panel.

    python benchmarks/causal.py [--units 100000] [--periods 24] [--runs 3] [--peers diff_diff csdid]

Data: a seeded panel of four groups and units never treated, with effects that grow. All give
ATT(g, t) without covariates and the mean over pairs of group and period, with errors. The mean and
its error are compared before anything is printed. Times are CPU seconds of the whole call, best of
the runs for ours; peers run once. Memory is what the peak of the process rose by.
"""

import argparse
import resource
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from rows import report, sized

from cemkit.impact import difference_in_differences

STARTS = np.array([0, 8, 12, 16, 20])  # 0: never


def simulated(units: int, periods: int) -> pd.DataFrame:
    """Return a balanced panel with growing effects."""
    rng = np.random.default_rng(0)
    period = np.arange(1, periods + 1)
    start = rng.choice(STARTS, units)
    after = period - start[:, None]
    treated = (start[:, None] > 0) & (after >= 0)
    noise = rng.normal(size=(units, 1)) + rng.normal(size=(units, periods))
    values = 0.1 * period + noise + np.where(treated, 1 + 0.1 * after, 0)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(1, units + 1), periods),
            "period": np.tile(period, units),
            "amount": values.ravel(),
            "start": np.repeat(start, periods),
            "first_treated": np.repeat(np.where(start > 0, start, np.nan), periods),
        }
    )


def ours(panel: pd.DataFrame) -> tuple[float, float]:
    """Return the mean over pairs and its error."""
    row = difference_in_differences(panel, "amount").overall.loc["simple"]
    return float(row["effect"]), float(row["standard_error"])


def diff_diff(panel: pd.DataFrame) -> tuple[float, float]:
    """Return the same by diff-diff."""
    from diff_diff import CallawaySantAnna

    found = CallawaySantAnna().fit(panel, "amount", "customer_id", "period", "start")
    return float(found.overall_att), float(found.overall_se)


def csdid(panel: pd.DataFrame) -> tuple[float, float]:
    """Return the same by csdid."""
    from csdid.att_gt import ATTgt

    columns = {"yname": "amount", "gname": "start", "idname": "customer_id", "tname": "period"}
    found = ATTgt(**columns, data=panel).fit(est_method="reg").aggte("simple", bstrap=False)
    return float(found.atte["overall_att"]), float(found.atte["overall_se"])


def differences(panel: pd.DataFrame) -> tuple[float, float]:
    """Return the same by differences."""
    from differences import ATTgt

    table = panel.assign(start=panel["start"].replace(0, np.nan))
    found = ATTgt(data=table.set_index(["customer_id", "period"]), cohort_column="start")
    found.fit("amount", progress_bar=False)
    row = found.aggregate("simple").iloc[0]
    return float(row.iloc[0]), float(row.iloc[1])


PEERS: dict[str, Callable[[pd.DataFrame], tuple[float, float]]] = {
    "diff_diff": diff_diff,
    "csdid": csdid,
    "differences": differences,
}


def timed(
    call: Callable[[pd.DataFrame], tuple[float, float]], panel: pd.DataFrame
) -> tuple[float, int, tuple[float, float]]:
    """Return CPU seconds, the rise of the peak of memory in MB, and the answer."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    answer = call(panel)
    seconds = time.process_time() - begun
    return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, answer


def main() -> None:
    """Compare the answers, then print the times."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=sized(100_000, 2_000))
    parser.add_argument("--periods", type=int, default=24)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="*", default=[*PEERS], choices=[*PEERS])
    given = parser.parse_args()
    panel = simulated(given.units, given.periods)
    ours(simulated(500, given.periods))
    runs = [timed(ours, panel) for _ in range(given.runs)]
    best = min(seconds for seconds, _, _ in runs)
    answer = runs[0][2]
    print(f"cemkit {best:.2f} s, {runs[0][1]} MB: {answer[0]:.6f} ({answer[1]:.6f})")
    for name in given.peers:
        try:
            with warnings.catch_warnings(action="ignore"):
                seconds, memory, other = timed(PEERS[name], panel)
        except ImportError as error:
            print(f"{error}; left out")
            continue
        if not np.isclose(answer[0], other[0], rtol=1e-8):
            raise AssertionError(f"{name} gives {other[0]}, and cemkit {answer[0]}")
        if not np.isclose(answer[1], other[1], rtol=max(1e-3, 5 / given.units)):
            raise AssertionError(f"{name} gives the error {other[1]}, and cemkit {answer[1]}")
        report(
            "group-time effects of a staggered start",
            f"{given.units:,} units x {given.periods} periods, four groups and never treated",
            best,
            rows=len(panel),
            megabytes=runs[0][1],
            peer=f"{name}, once",
            peer_seconds=seconds,
            peer_megabytes=memory,
            agreed=True,
            note="Memory beyond the table.",
        )


if __name__ == "__main__":
    main()
