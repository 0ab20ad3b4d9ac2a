"""Proportions: Boschloo's test against scipy's, and p values of families against statsmodels'.

CPU seconds. Run it with `python benchmarks/proportions.py`; scipy's Boschloo takes minutes from
2,000 trials an arm on.
"""

import statistics
import subprocess
import sys

import numpy as np
from rows import in_turns, peak_megabytes, report, sized
from scipy.stats import boschloo_exact
from statsmodels.stats.multitest import multipletests

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

    times = in_turns(ours, peer, rounds=repeats)
    np.testing.assert_allclose(found["ours"], found["peer"], atol=1e-6)
    row("Boschloo's exact test, two-sided", f"{n:,} trials an arm", times, "scipy")


def families(repeats: int, size: int) -> None:
    p_values = np.random.default_rng(0).random(size) ** 3
    for name, peer_name in PEER_NAMES.items():
        ours = adjust_p_values(p_values, name)
        np.testing.assert_allclose(ours, multipletests(p_values, method=peer_name)[1], rtol=1e-12)
        times = in_turns(
            lambda name=name: adjust_p_values(p_values, name),
            lambda name=peer_name: multipletests(p_values, method=name),
            rounds=repeats,
        )
        row(
            f"p values by {name.title()}",
            f"{size:,} p values",
            times,
            "statsmodels `multipletests`",
        )


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
    medians = [statistics.median(side) for side in zip(*times, strict=True)]
    peer = "statsmodels `multipletests`, with its import"
    row("p values by Holm, first call of a session", "3 p values", medians, peer)


def row(job: str, data: str, times: list[float], peer: str) -> None:
    memory = peak_megabytes()
    report(job, data, times[0], megabytes=memory, peer=peer, peer_seconds=times[1], agreed=True)


if __name__ == "__main__":
    first_calls(3)
    for family in (10, 1000, 10_000):
        families(5, family)
    for repeats, arm in ((5, 100), (3, 300), (0, 1000), (0, 2000))[: sized(4, 2)]:
        boschloo(repeats, arm)
