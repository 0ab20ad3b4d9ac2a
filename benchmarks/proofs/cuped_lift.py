"""Coverage of the interval of the lift with a covariate (CUPED), by simulation.

Run from the repository: `python benchmarks/proofs/cuped_lift.py`; the table of the last run is in
`benchmarks/proofs/cuped_lift.md`. Sales before the experiment are normal; those in it have the
given correlation with them. The treatment multiplies sales, so that its slope differs from that of
the control, or adds to them. 2,000 runs have a standard error of .5 %.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from cemkit.experiments.covariates import adjusted_metric

LIFTS = (-0.5, -0.25, 0.0, 0.5, 1.0, 2.0)
CORRELATIONS = (0.0, 0.3, 0.6, 0.9, 0.97)
RUNS, PER_ARM, MEAN, DEVIATION = 2000, 1000, 10.0, 4.0


def moments(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """The moments of one arm, one value per run."""
    return {
        "rows": np.full(len(x), x.shape[1]),
        "x mean": x.mean(axis=1),
        "y mean": y.mean(axis=1),
        "x var": x.var(axis=1, ddof=1),
        "y var": y.var(axis=1, ddof=1),
        "y x cov": ((x - x.mean(axis=1, keepdims=True)) * y).sum(axis=1) / (x.shape[1] - 1),
    }


def coverage(lift: float, correlation: float, effect: str, runs: int = RUNS) -> tuple[float, float]:
    """The share of runs whose intervals of difference and lift hold the truth."""
    rng = np.random.default_rng([round(100 * lift) + 100, round(100 * correlation)])
    columns: dict[str, np.ndarray] = {}
    for side, given in (("control ", 0.0), ("", lift)):
        x, noise = rng.standard_normal((2, runs, PER_ARM))
        y = MEAN + DEVIATION * (correlation * x + np.sqrt(1 - correlation**2) * noise)
        y = y * (1 + given) if effect == "multiplies" else y + MEAN * given
        columns |= {f"{side}{name}": values for name, values in moments(x, y).items()}
    found = adjusted_metric(pd.DataFrame(columns), "y", ["x"])
    lower, upper, lift_lower, lift_upper = found.bounds(-stdtrit(found.degrees_of_freedom, 0.025))
    difference = MEAN * lift
    return (
        float(np.mean((lower <= difference) & (difference <= upper))),
        float(np.mean((lift_lower <= lift) & (lift <= lift_upper))),
    )


def main() -> None:
    """Print the table as Markdown."""
    print(f"Coverage of 95 % intervals with a covariate, {PER_ARM:,} per arm, {RUNS:,} runs a cell")
    print("(difference / lift); written by `python benchmarks/proofs/cuped_lift.py`.\n")
    found = []
    for effect in ("multiplies", "adds"):
        print(f"The treatment {effect}:\n")
        print("| lift | " + " | ".join(f"correlation {r:g}" for r in CORRELATIONS) + " |")
        print("|---" * (1 + len(CORRELATIONS)) + "|")
        for lift in LIFTS:
            cells = [coverage(lift, correlation, effect) for correlation in CORRELATIONS]
            found += [lift_covered for _, lift_covered in cells]
            texts = (f"{100 * a:.1f} / {100 * b:.1f}" for a, b in cells)
            print(f"| {lift:g} | " + " | ".join(texts) + " |")
        print()
    print(f"Lift: {100 * min(found):.1f} to {100 * max(found):.1f} %.")


if __name__ == "__main__":
    main()
