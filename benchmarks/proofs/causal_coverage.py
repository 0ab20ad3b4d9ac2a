"""Coverage of the intervals of effects that nobody randomised, by simulation.

Run from the repository: `python benchmarks/proofs/causal_coverage.py`; the table of the last run is
in `benchmarks/proofs/causal_coverage.md`. 2,000 runs a row have a standard error of
.5 %. Another number of runs may be given.
"""

import sys
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from cemkit.impact.cohort_means import means_of_cohorts
from cemkit.impact.crossfitting import cross_fitted, repeated_folds
from cemkit.impact.doubly_robust import Effect, weighted_effect, weights_of
from cemkit.impact.group_time import group_time_effects, mean_by
from cemkit.impact.overlap import trimmed, trimming_bound
from cemkit.impact.panels import Panel
from cemkit.impact.pretrends import Pretrend
from cemkit.impact.staggered import _Description, _overall, _pretrend

RUNS = 2000
Draw = tuple[Panel, dict[str, float]]


def panel(values: np.ndarray, first: np.ndarray, cluster: np.ndarray | None = None) -> Panel:
    """The panel of units that begin to be treated in `first` (0: never), periods 1, 2 and so on."""
    units, periods = values.shape
    return Panel(
        outcome=values,
        start=np.where(first > 0, first - 1, periods),
        cluster=np.arange(units) if cluster is None else cluster,
        periods=pd.RangeIndex(1, periods + 1),
        already_treated=0,
    )


def two_periods(rng: np.random.Generator) -> Draw:
    """15 treated units, whose noise is double that of 45 others."""
    treated = np.arange(60) < 15
    noise = rng.normal(size=(60, 2)) * np.where(treated, 2.0, 1.0)[:, None]
    values = rng.normal(size=(60, 1)) + noise
    values[treated, 1] += 1.0
    return panel(values, np.where(treated, 2, 0)), {"effect": 1.0}


def staggered(rng: np.random.Generator, slope: float = 0.0, spread: float = 1.0) -> Draw:
    """200 units, at random in three groups or never treated, noise that stays for a while."""
    periods = np.arange(1, 9)
    first = rng.choice([0, 4, 5, 7], size=200, p=[0.4, 0.2, 0.2, 0.2])
    noise = rng.normal(size=(200, 8))
    for period in range(1, 8):
        noise[:, period] += 0.5 * noise[:, period - 1]
    after = periods - first[:, None]
    treated = (first[:, None] > 0) & (after >= 0)
    effect = (1 + 0.2 * after) * np.where(first == 4, 1 + spread, 1.0)[:, None]
    drift = slope * periods * (first[:, None] > 0)
    values = rng.normal(size=(200, 1)) + 0.3 * periods + noise + effect * treated + drift
    by_group = {4: (1 + spread) * (1 + 0.2 * 2), 5: 1 + 0.2 * 1.5, 7: 1 + 0.2 * 0.5}
    events = {0: (3 + spread) / 3, 1: 1.2 * (3 + spread) / 3, 4: 1.8 * (1 + spread)}
    truth = {"effect": float(np.mean(list(by_group.values())))}
    return panel(values, first), truth | {f"event {e}": value for e, value in events.items()}


def clustered(rng: np.random.Generator) -> Draw:
    """40 shops of 10 customers; 15 shops are treated, and all in a shop share its fortune."""
    shop = np.repeat(np.arange(40), 10)
    shared = np.cumsum(rng.normal(size=(40, 4)), axis=1)[shop]
    values = shared + rng.normal(size=(400, 4))
    first = np.where(shop < 8, 3, np.where(shop < 15, 4, 0))
    values += 1.0 * ((first[:, None] > 0) & (np.arange(1, 5) >= first[:, None]))
    return panel(values, first, shop), {"effect": 1.0}


def analysed(data: Panel, controls: str, *, clustered: bool) -> tuple[pd.DataFrame, Pretrend]:
    """What `difference_in_differences` computes: the overall effect and those by event time."""
    means = means_of_cohorts(data, clustered=clustered)
    effects, _ = group_time_effects(means, controls)
    after = effects.where(effects.period >= means.starts[effects.cohort])
    event = effects.period - means.starts[effects.cohort]
    overall = _overall(means, after).where(np.arange(4) == 1)
    describe = _Description(means, 0.95, 0)
    events = [f"event {number}" for number in np.unique(event)]
    tables = [
        describe(overall, row=["effect"]),
        describe(mean_by(means, effects, event), row=events),
    ]
    return pd.concat(tables), _pretrend(means, effects, 0.95)


def panel_rows(runs: int) -> Iterator[tuple[str, float]]:
    """Each row of the table about panels."""
    designs: dict[str, tuple[Callable[..., Draw], str]] = {
        "two periods, 15 treated and 45 others": (two_periods, "never_treated"),
        "staggered, 200 units": (staggered, "never_treated"),
        "staggered, not yet treated as controls": (staggered, "not_yet_treated"),
        "40 shops of 10 customers": (clustered, "never_treated"),
    }
    for name, (design, controls) in designs.items():
        rng = np.random.default_rng(len(name))
        answers = []
        for _ in range(runs):
            data, truth = design(rng)
            table, pretrend = analysed(data, controls, clustered=design is clustered)
            rows = table.loc[list(truth)]
            values = np.array(list(truth.values()))
            inside = (rows["lower"] <= values) & (values <= rows["upper"])
            before = table[table.index.str.startswith("event -")]
            band = ((before["band_lower"] <= 0) & (before["band_upper"] >= 0)).all()
            alarm = pretrend.p_value < 0.05
            answers.append({**inside, "band, all effects before": band, "false alarms": alarm})
        shares = pd.DataFrame(answers).astype(float).mean()
        for column, share in shares.items():
            if design is not two_periods or column == "effect":
                yield f"{name}: {column}", float(share)


def power_row(runs: int) -> tuple[str, float]:
    """How often the test finds the slope that it says it finds with a power of 80 %."""
    rng = np.random.default_rng(7)

    def pretrend(slope: float) -> Pretrend:
        return analysed(staggered(rng, slope)[0], "never_treated", clustered=False)[1]

    slope = float(np.median([pretrend(0.0).detectable_slope for _ in range(200)]))
    found = [pretrend(slope).p_value < 0.05 for _ in range(runs)]
    return f"a planted slope of {slope:.3f}, the median detectable one, is found", np.mean(found)


class Line(RegressorMixin, BaseEstimator):
    """Least squares, as quick as 2,000 runs need it."""

    def fit(self, features: np.ndarray, target: np.ndarray) -> "Line":
        """Fit the slopes and the intercept."""
        matrix = np.column_stack([np.ones(len(features)), features])
        self.slopes_ = np.linalg.solve(matrix.T @ matrix, matrix.T @ target)
        return self

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return the expected outcome."""
        return self.slopes_[0] + features @ self.slopes_[1:]


class Logit(ClassifierMixin, BaseEstimator):
    """Logistic regression by Newton's method."""

    def fit(self, features: np.ndarray, target: np.ndarray) -> "Logit":
        """Fit the log-odds."""
        matrix = np.column_stack([np.ones(len(features)), features])
        self.slopes_ = np.zeros(matrix.shape[1])
        for _ in range(6):
            chance = expit(matrix @ self.slopes_)
            information = matrix.T @ (matrix * (chance * (1 - chance))[:, None])
            self.slopes_ += np.linalg.solve(information, matrix.T @ (target - chance))
        return self

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return the probabilities of 0 and 1."""
        chance = expit(self.slopes_[0] + features @ self.slopes_[1:])
        return np.column_stack([1 - chance, chance])


def customers(rng: np.random.Generator, n: int, kind: str) -> dict[str, np.ndarray]:
    """Customers who choose a treatment by what moves the outcome too, and each one's effect."""
    x = rng.normal(size=(n, 3))
    owner = np.arange(n)
    if kind == "clusters":  # each customer twice, with much in common
        owner = np.repeat(np.arange(n // 2), 2)
        x = 0.8 * x[owner] + 0.6 * x
    score = 0.5 * x[:, 0] - 0.5 * x[:, 1]
    if kind == "propensity wrong":
        score = score + 0.4 * (x[:, 0] ** 2 - 1)
    treated = rng.random(n) < expit(score)
    effect = 1 + 0.5 * x[:, 0]
    base = x @ [1.0, 1.0, 0.5]
    if kind == "outcome wrong":
        base = base + 0.7 * x[:, 0] ** 2
    noise = rng.normal(size=n)
    if kind == "clusters":
        noise = noise + rng.normal(size=n)[owner]
    outcome = base + effect * treated + noise
    if kind == "binary":
        chances = expit(0.5 * base - 0.5), expit(0.5 * base)
        effect = chances[1] - chances[0]
        outcome = (rng.random(n) < np.where(treated, chances[1], chances[0])).astype(float)
    names = ("x", "owner", "treated", "outcome", "effect", "propensity")
    values = (x, owner, treated, outcome, effect, expit(score))
    return dict(zip(names, values, strict=True))


def estimated(drawn: dict[str, np.ndarray], estimand: str, bound: float) -> Effect:
    """What `observational_effect` computes from rows in their order."""
    x, treated, outcome, owner = (drawn[name] for name in ("x", "treated", "outcome", "owner"))
    splits = repeated_folds(treated, owner, 5, 1, 0)
    every = np.ones(len(x), dtype=bool)
    target = treated.astype(float)
    propensity = cross_fitted(Logit(), x, target, splits, every, what="rows")
    kept = trimmed(propensity, bound).kept
    learner = Logit() if np.isin(outcome, (0, 1)).all() else Line()
    expected = [
        cross_fitted(learner, x[kept], outcome[kept], splits[:, kept], arm[kept], what="rows")
        for arm in (treated, ~treated)
    ]
    return weighted_effect(
        outcome[kept],
        treated[kept],
        weights_of(propensity[kept], treated[kept], estimand),
        (expected[0], expected[1]),
        cluster=np.unique(owner[kept], return_inverse=True)[1],
        level=0.95,
        estimand=estimand,
    )


def observed_rows(runs: int) -> Iterator[tuple[str, float]]:
    """Each row of the table about customers."""
    n = 800
    bound = trimming_bound(n)
    for kind, estimand in (
        ("both right", "att"),
        ("both right", "ate"),
        ("outcome wrong", "ate"),
        ("propensity wrong", "att"),
        ("clusters", "att"),
        ("binary", "ate"),
    ):
        rng = np.random.default_rng(len(kind) + len(estimand))
        large = customers(rng, 400_000, kind)
        about = (large["propensity"] >= bound) & (large["propensity"] <= 1 - bound)
        truth = large["effect"][about & (large["treated"] | (estimand == "ate"))].mean()
        found = [estimated(customers(rng, n, kind), estimand, bound) for _ in range(runs)]
        inside = [effect.lower <= truth <= effect.upper for effect in found]
        yield f"{kind}, {estimand.upper()}", float(np.mean(inside))


def main() -> None:
    """Print the tables as Markdown."""
    warnings.simplefilter("error")
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    print(f"Shares of {runs:,} runs in which 95 % intervals hold the truth; written by")
    print("`python benchmarks/proofs/causal_coverage.py`.\n")
    print("`difference_in_differences`:\n\n| design | share |\n|---|---|")
    for name, share in panel_rows(runs):
        print(f"| {name} | {share:.1%} |", flush=True)
    name, share = power_row(runs)
    print(f"| {name} | {share:.1%} |", flush=True)
    print("\n`observational_effect` with linear learners, 800 rows, one split into folds:\n")
    print("| design | share |\n|---|---|")
    for name, share in observed_rows(runs):
        print(f"| {name} | {share:.1%} |", flush=True)


if __name__ == "__main__":
    main()
