"""How often the order of cross-fitted uplifts is wrongly called better or worse than a random one.

Customers all gain the same from the offer, so no order is better than another; their features say
how likely they buy, not what the offer changes. `UpliftModel` is fitted to all of them and
`qini_score` judges its `uplift_` on the same customers, as scores of a model trained elsewhere and,
as it should be, as `cross_fitted`. Run it with `python benchmarks/proofs/uplift_ranking.py [sets]
[file]`; it writes its table to the file after each row.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cemkit.targeting import UpliftModel, qini_score

CUSTOMERS, FEATURES, RESAMPLES, EFFECT = 4_000, 5, 199, 0.3


def experiment(seed: int, outcome: str) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Features, outcome and treatment of one experiment without differences in uplift."""
    random = np.random.default_rng(seed)
    features = pd.DataFrame(random.normal(size=(CUSTOMERS, FEATURES))).add_prefix("feature_")
    treatment = pd.Series(random.integers(0, 2, CUSTOMERS))
    if outcome == "0/1":  # the offer adds the same chance to everyone
        level = 0.2 + 0.15 * np.tanh(features["feature_0"]) + 0.1 * treatment
        return features, pd.Series((random.random(CUSTOMERS) < level).astype(int)), treatment
    noise = random.normal(size=CUSTOMERS)
    return features, features["feature_0"] + EFFECT * treatment + noise, treatment


def row(outcome: str, learner: Any, n_sets: int) -> str:
    """One row of the table: shares of sets called better and worse, in two ways."""
    places = np.empty((n_sets, 2))
    for seed in range(n_sets):
        X, y, treatment = experiment(seed, outcome)
        model = UpliftModel(learner, propensity=0.5, random_state=seed).fit(X, y, treatment)
        for way in (0, 1):
            score = qini_score(
                model.uplift_, y, treatment, cross_fitted=bool(way), n_resamples=RESAMPLES
            )
            places[seed, way] = score.place
    cells = [f"{np.mean(places[:, way] == sign):.1%}" for way in (0, 1) for sign in (1, -1)]
    return f"| {outcome} | {learner} | {' | '.join(cells)} |"


def main(n_sets: int, file: str | None) -> None:
    """Print the table, and keep it in a file as it grows."""
    lines = [
        f"{n_sets} experiments a row, {CUSTOMERS:,} customers each, all of whom gain the same from",
        "the offer; shares that are called better or worse than a random order, where 2.5 % each",
        "are due. Written by `benchmarks/proofs/uplift_ranking.py`.",
        "",
        "| outcome | learner | better, if from elsewhere | worse | better, cross-fitted | worse |",
        "|---|---|---|---|---|---|",
    ]
    for outcome in ("0/1", "amount"):
        for learner in ("dr", "x", "t"):
            lines.append(row(outcome, learner, n_sets))
            if file is not None:
                Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    sets, table = [*sys.argv[1:], None, None][:2]
    main(int(sets or 400), table)
