"""Proportions: Boschloo's test against scipy's, and p values of families against statsmodels'.

CPU seconds. Run it with `python benchmarks/proportions.py`; scipy's Boschloo takes minutes from
2,000 trials an arm on.
"""

import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import scipy
import statsmodels
from scipy.stats import boschloo_exact
from statsmodels.stats.multitest import multipletests

import cemkit
from cemkit.proportions import adjust_p_values
from cemkit.proportions.exact import boschloo_p

PEER_NAMES = {
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "benjamini-hochberg": "fdr_bh",
    "bonferroni": "bonferroni",
}


def boschloo(repeats: int, n: int) -> None:
    x1, x2 = n * 14 // 100, n * 17 // 100
    found: dict[str, float] = {}

    def ours() -> None:
        found["ours"] = boschloo_p(x1, n, x2, n, "two-sided")

    def peer() -> None:
        found["peer"] = boschloo_exact([[x2, x1], [n - x2, n - x1]]).pvalue

    mine, theirs = in_turns(repeats, ours, peer)
    np.testing.assert_allclose(found["ours"], found["peer"], atol=1e-6)
    row(f"Boschloo, {n:,} an arm", mine, f"scipy {scipy.__version__}", theirs)


def families(repeats: int, size: int) -> None:
    p_values = np.random.default_rng(0).random(size) ** 3
    for name, peer_name in PEER_NAMES.items():
        ours = adjust_p_values(p_values, name)
        np.testing.assert_allclose(ours, multipletests(p_values, method=peer_name)[1], rtol=1e-12)
        mine, theirs = in_turns(
            repeats,
            lambda name=name: adjust_p_values(p_values, name),
            lambda name=peer_name: multipletests(p_values, method=name),
        )
        row(f"{name}, {size:,} p values", mine, f"statsmodels {statsmodels.__version__}", theirs)


FIRST_CALLS = {
    "ours": "from cemkit.proportions import adjust_p_values as call",
    "statsmodels": (
        "from statsmodels.stats.multitest import multipletests\n"
        "call = lambda p, name: multipletests(p, method=name)"
    ),
}


def first_calls(repeats: int) -> None:
    """The same in a process that has pandas, scipy and cemkit, but has not imported the peer."""
    start = (
        "import time, pandas, scipy.stats, cemkit.proportions.comparison\nt = time.process_time()\n"
    )
    end = "\ncall([0.01, 0.04, 0.03], 'holm')\nprint(time.process_time() - t)"

    def seconds(code: str) -> float:
        run = [sys.executable, "-c", start + code + end]
        return float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)

    times = [[seconds(code) for code in FIRST_CALLS.values()] for _ in range(repeats + 1)][1:]
    mine, theirs = map(list, zip(*times, strict=True))
    row("holm, 3 p values, first call", mine, f"statsmodels {statsmodels.__version__}", theirs)


def in_turns(repeats: int, *calls: Callable[[], object]) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in calls]
    for repeat in range(repeats + (repeats > 1)):
        for call, found in zip(calls, times, strict=True):
            start = time.process_time()
            call()
            if repeat or repeats == 1:  # the first is a warm-up
                found.append(time.process_time() - start)
    return times


def row(capability: str, ours: list[float], peer: str, theirs: list[float]) -> None:
    mine, other = statistics.median(ours), statistics.median(theirs)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"| {capability} | {mine:.3g} s (best {min(ours):.3g}) | {peer} {other:.3g} s "
        f"(best {min(theirs):.3g}) | {other / mine:.2f} times | {memory:.2f} GB, both | "
        f"{platform.machine()}, Python {platform.python_version()}, cemkit {cemkit.__version__} |",
        flush=True,
    )


if __name__ == "__main__":
    first_calls(3)
    for family in (10, 1000, 10_000):
        families(5, family)
    for repeats, arm in ((5, 100), (3, 300), (1, 1000), (1, 2000)):
        boschloo(repeats, arm)
