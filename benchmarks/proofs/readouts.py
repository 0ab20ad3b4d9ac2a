"""Coverage and false alarms of read-outs beyond two plain arms.

Run from the repository: `python benchmarks/proofs/readouts.py`; the table of the last run is in
`benchmarks/proofs/readouts.md`. Simulated experiments are the groups of one call without
correction, so that each is read on its own. 2,000 runs have a standard error of .5 %, 300 of 1.3 %.
"""

import warnings

import numpy as np
import pandas as pd

from cemkit import compare_variants
from cemkit.experiments import always_valid_interval, effect_by_time_of_day
from cemkit.experiments.effects import mean_metric, proportion_metric
from cemkit.experiments.interaction import interaction_table
from cemkit.proportions import adjust_p_values

RUNS, FEW_RUNS = 2000, 300


def experiments(n: int, arms: str, seed: int, runs: int = RUNS) -> pd.DataFrame:
    """So many customers in each run, with covariates, strata, orders and amounts."""
    rng = np.random.default_rng(seed)
    size = runs * n
    data = pd.DataFrame({"run": np.repeat(np.arange(runs), n)})
    data["variant"] = rng.choice(list(arms), size)
    data["city"] = rng.choice(["x", "y", "z"], size, p=[0.5, 0.3, 0.2])
    taste = rng.gamma(4, 0.5, size)
    data["pre_orders"] = rng.poisson(3 * taste)
    data["pre_amount"] = 10 * data["pre_orders"] + rng.normal(0, 4, size)
    data["orders"] = 1 + rng.poisson(2 * taste)
    level = data["city"].map({"x": 0.0, "y": 5.0, "z": 30.0})
    data["amount"] = 10 * data["orders"] + level + rng.gamma(1, 8, size)
    return data


def covered(data: pd.DataFrame, metric: object, **options: object) -> float:
    """The share of runs whose interval of the difference holds 0."""
    name = "amount" if metric == "mean" else "value"
    table = compare_variants(
        data, {name: metric}, "A", by="run", correction="none", **options
    ).table
    return float(((table["difference_lower"] <= 0) & (table["difference_upper"] >= 0)).mean())


def coverages() -> None:
    print("Coverage of 95 % intervals of the difference, skewed amounts, 2,000 runs:\n")
    print("| customers | plain | CUPED, two covariates | ratio | ratio, CUPED | strata | both |")
    print("|---|---|---|---|---|---|---|")
    names = ["pre_amount", "pre_orders"]
    ratio = ("amount", "orders")
    for n in (60, 200):
        data = experiments(n, "AB", n)
        cells = [
            covered(data, "mean"),
            covered(data, "mean", covariates={"amount": names}),
            covered(data, ratio),
            covered(data, ratio, covariates={"value": names}),
            covered(data, "mean", strata="city"),
            covered(data, "mean", strata="city", covariates={"amount": names}),
        ]
        print(f"| {n:,} | " + " | ".join(f"{100 * cell:.1f}" for cell in cells) + " |")


def families() -> None:
    data = experiments(600, "ABCDEF", 1)
    table = compare_variants(
        data, {"amount": "mean"}, "A", by="run", pairs="all", correction="none"
    ).table
    found = {"none": [], "holm": []}
    for _, run in table.groupby("run"):
        for name, alarms in found.items():
            alarms.append((adjust_p_values(run["p_value"], name) < 0.05).any())
    print("\nAny false detection among all 15 pairs of 6 equal arms, 600 customers, 2,000 runs:")
    print(", ".join(f"{name} {100 * np.mean(alarms):.1f} %" for name, alarms in found.items()))


def guardrails() -> None:
    data = experiments(400, "AB", 2)
    data.loc[data["variant"] == "B", "amount"] -= 2.0
    table = compare_variants(
        data, {"amount": "mean"}, "A", by="run", guardrails={"amount": -2.0}, correction="none"
    ).table
    words = table["guardrail"].value_counts(normalize=True)
    print("\nA guardrail whose allowed difference is the true one, 400 customers, 2,000 runs:")
    print(", ".join(f"{word} {100 * share:.1f} %" for word, share in words.sort_index().items()))


def interactions() -> None:
    print("\nFalse alarms of the interaction test at 5 %, 2,000 runs of 8 groups:\n")
    print("| customers per arm and group | skewed amounts | rate of 3 % | rate of 20 % |")
    print("|---|---|---|---|")
    rng = np.random.default_rng(3)
    for n in (20, 60, 300):
        cells = [alarms("amount", lambda shape: rng.gamma(1, 8, shape), n)]
        cells += [
            alarms("converted", lambda s, rate=rate: rng.random(s) < rate, n)
            for rate in (0.03, 0.2)
        ]
        print(f"| {n} | " + " | ".join(f"{100 * cell:.1f}" for cell in cells) + " |")


def alarms(metric: str, draw: object, n: int, groups: int = 8) -> float:
    """The share of runs, a variant each, in which equal effects are said to differ."""
    pairs = pd.DataFrame({"variant": np.repeat(np.arange(RUNS), groups), "control": "A"})
    for side in ("control ", ""):
        values = draw((RUNS * groups, n))
        columns = {
            "rows": n,
            f"{metric} sum": values.sum(axis=1),
            f"{metric} mean": values.mean(axis=1),
        }
        columns[f"{metric} var"] = values.var(axis=1, ddof=1)
        pairs = pairs.assign(**{f"{side}{name}": column for name, column in columns.items()})
    effects = (mean_metric if metric == "amount" else proportion_metric)(pairs, metric)
    return float((interaction_table(pairs, {metric: effects}, "none")["p_value"] < 0.05).mean())


def times_of_day() -> None:
    found = []
    for seed in range(FEW_RUNS):
        rng = np.random.default_rng(seed)
        ids = np.repeat(np.arange(150), rng.integers(1, 7, 150))
        data = pd.DataFrame({"customer_id": ids, "variant": np.where(ids % 2, "B", "A")})
        minutes = rng.integers(0, 1440, len(ids))
        data["event_time"] = pd.Timestamp("2024-03-01") + pd.to_timedelta(minutes, "min")
        data["amount"] = 20 + rng.normal(0, 5, 150)[ids] + rng.normal(0, 4, len(ids))
        tests = effect_by_time_of_day(data, {"amount": "mean"}, "A").tests
        found.append(tests["p_value"][0] < 0.05)
    print("\nFalse alarms by time of day at 5 %, 150 customers of 1 to 6 visits, 300 runs:")
    print(f"{100 * np.mean(found):.1f} %")
    print("\nThe same of 500 small variants beside one control of 6,000 customers:")
    shares = [f"{n} customers {100 * beside_a_large_control(n):.1f} %" for n in (15, 25, 60)]
    print(", ".join(shares))


def beside_a_large_control(n: int, variants: int = 500, control: int = 6000) -> float:
    """The share of variants whose effect is said to differ by time of day; none does."""
    rng = np.random.default_rng(0)
    arm = np.append(np.repeat(np.arange(variants), n), np.full(control, variants))
    ids = np.repeat(np.arange(len(arm)), rng.integers(1, 7, len(arm)))
    names = np.array([f"B{i}" for i in range(variants)] + ["A"])
    minutes = pd.to_timedelta(rng.integers(0, 1440, len(ids)), "min")
    taste = rng.normal(0, 5, len(arm))[ids]
    data = pd.DataFrame(
        {
            "customer_id": ids,
            "variant": names[arm[ids]],
            "event_time": pd.Timestamp("2024-03-01") + minutes,
            "amount": 20 + taste + rng.normal(0, 4, len(ids)),
        }
    )
    tests = effect_by_time_of_day(data, {"amount": "mean"}, "A").tests
    return float((tests["p_value"] < 0.05).mean())


def sequences() -> None:
    print("\nConfidence sequences of a mean that miss it at any of 100 looks up to 10,000 values")
    print("(at most 5 %; usual 95 % intervals in brackets), 2,000 runs:\n")
    looks = np.arange(100, 10_001, 100)
    kinds = {
        "normal": lambda rng: rng.normal(1, 1, 10_000),
        "exponential": lambda rng: rng.exponential(1, 10_000),
        "lognormal, sigma 1": lambda rng: rng.lognormal(-0.5, 1, 10_000),
        "rate of 5 %, over 5 %": lambda rng: (rng.random(10_000) < 0.05) / 0.05,
    }
    for kind, draw in kinds.items():
        rng, missed, usual = np.random.default_rng(4), [], []
        for _ in range(RUNS):
            values = draw(rng)
            mean = np.cumsum(values)[looks - 1] / looks
            deviation = np.sqrt(np.maximum(np.cumsum(values**2)[looks - 1] / looks - mean**2, 0))
            lower, upper = always_valid_interval(mean, deviation, looks)
            missed.append(((lower > 1) | (upper < 1)).any())
            usual.append((np.abs(mean - 1) > 1.96 * deviation / np.sqrt(looks)).any())
        print(f"- {kind}: {100 * np.mean(missed):.1f} % ({100 * np.mean(usual):.0f} %)")


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message=".*comparisons are left out")
    print("Read-outs by simulation; written by `python benchmarks/proofs/readouts.py`.\n")
    coverages()
    families()
    guardrails()
    interactions()
    times_of_day()
    sequences()
