"""Allocate five offers over a million customers, and learn the uplift of two from two million.

The peer of the allocation is the linear program whole, in scipy's HiGHS, on as many customers as it
solves in a time one waits for; both must reach the same profit there. The peer of the uplift model
is the same doubly robust learner of one split by hand, with scikit-learn's RidgeCV; it gets a tenth
of the rows, as it takes more memory. Run `python benchmarks/targeting.py [customers] [rows]`.
"""

import multiprocessing
import resource
import sys
import time

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized
from scipy import sparse
from scipy.optimize import linprog
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from cemkit import UpliftModel, allocate_offers, offer_profit

OFFERS = pd.DataFrame(
    {
        "offer": ["reminder", "5%", "10%", "15%", "20%"],
        "kind": ["none", *["percentage"] * 4],
        "discount": [None, 0.05, 0.1, 0.15, 0.2],
        "contact_cost": [0.1, 0.3, 0.5, 0.5, 1.0],
    }
)
SHARES = {"reminder": 0.05, "5%": 0.02, "10%": 0.03, "20%": 0.01}


def profit_table(n: int) -> pd.DataFrame:
    """Return the expected profit of five offers with n seeded customers."""
    rng = np.random.default_rng(0)
    customers = pd.DataFrame(
        {
            "churn_probability": rng.beta(3, 2, n),
            "expected_mean_amount": rng.lognormal(3, 1, n),
        },
        index=pd.RangeIndex(n, name="customer_id"),
    )
    room = customers["churn_probability"]
    for offer, discount in zip(OFFERS["offer"], OFFERS["discount"].fillna(0), strict=True):
        customers[offer] = room * rng.beta(2, 20, n) * (0.5 + 4 * discount)
    uplift = {offer: offer for offer in OFFERS["offer"]}
    return offer_profit(customers, OFFERS, uplift, margin=0.4)


def whole_program(table: pd.DataFrame, budget: float, capacities: dict[str, int]) -> float:
    """Return the profit of the linear program over every pair at once."""
    table = table[table["profit"] > 0]
    who, what = table["customer_id"].to_numpy(), table["offer"].cat.codes.to_numpy()
    pairs, ones = np.arange(len(table)), np.ones(len(table))
    customers = sparse.csr_array((ones, (who, pairs)))
    offers = sparse.csr_array((ones, (what, pairs)), (5, len(table)))
    ends = [capacities.get(offer, len(table)) for offer in table["offer"].cat.categories]
    found = linprog(
        -table["profit"],
        A_ub=sparse.vstack([sparse.csr_array(table["cost"].to_numpy()[None]), offers, customers]),
        b_ub=np.concatenate([[budget], ends, np.ones(customers.shape[0])]),
        bounds=(0, 1),
        method="highs",
    )
    return -found.fun


def trial(n: int) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Return 20 features, an outcome and who got nothing, mail or a call, by chance."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(n, 20)), index=pd.RangeIndex(n, name="customer_id"))
    X.columns = [f"feature_{number}" for number in range(20)]
    arm = rng.integers(0, 3, n)
    rise = (arm == 1) * X["feature_0"] + (arm == 2) * X["feature_1"]
    variant = pd.Categorical.from_codes(arm, ["none", "mail", "call"])
    return X, rise + rng.normal(size=n), pd.Series(variant, index=X.index)


def by_hand(X: pd.DataFrame, y: pd.Series, variant: pd.Series) -> pd.DataFrame:
    """Return the uplifts of a doubly robust learner of one split into five folds."""
    features, outcome = X.to_numpy(), y.to_numpy()
    arm = pd.Index(["none", "mail", "call"]).get_indexer(variant)
    fold = np.random.default_rng(0).integers(0, 5, len(X))
    uplift = np.empty((len(X), 2))

    def ridge(rows: np.ndarray, values: np.ndarray) -> object:
        model = make_pipeline(StandardScaler(), RidgeCV(np.logspace(-2, 4, 13)))
        return model.fit(features[rows], values[rows])

    for held in range(5):
        expected = np.empty((3, len(X)))
        for inner in set(range(5)) - {held}:
            rows = ~np.isin(fold, [held, inner])
            for one in range(3):
                model = ridge(rows & (arm == one), outcome)
                expected[one, fold == inner] = model.predict(features[fold == inner])
        for offer in (1, 2):
            pseudo = expected[offer] - expected[0]
            for one, sign in ((offer, 3), (0, -3)):
                pseudo[arm == one] += sign * (outcome - expected[one])[arm == one]
            found = ridge(fold != held, pseudo).predict(features[fold == held])
            uplift[fold == held, offer - 1] = found
    return pd.DataFrame(uplift, index=X.index, columns=["mail", "call"])


def fit_once(n: int, peer: bool, answers: "multiprocessing.Queue[tuple[float, float]]") -> None:
    """Send the CPU seconds and the memory of one fit, in a process of its own."""
    X, y, variant = trial(n)
    before, start = _peak(), time.process_time()
    found = by_hand(X, y, variant) if peer else None
    if found is None:
        model = UpliftModel(control="none", propensity=1 / 3)
        found = model.fit(X, y, variant).uplift_
    taken = time.process_time() - start
    for offer, feature in (("mail", "feature_0"), ("call", "feature_1")):
        assert np.abs(found[offer] - X[feature]).mean() < 20 / np.sqrt(n)
    answers.put((taken, 1000 * (_peak() - before)))


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def in_a_process(n: int, peer: bool) -> tuple[float, float]:
    """Return the seconds and the memory of one fit."""
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    process = context.Process(target=fit_once, args=(n, peer, answers))
    process.start()
    process.join()  # first, as a process that failed sends nothing
    assert process.exitcode == 0
    return answers.get()


def uplift_row(n: int) -> None:
    """Report the rows of the uplift model."""
    note = "Memory beyond the table."
    seconds, memory = in_a_process(n, peer=False)
    job = "`UpliftModel` of two offers, three splits into five folds"
    report(job, f"{n:,} x 20, simulated", seconds, rows=n, megabytes=memory, note=note)
    n //= 10
    seconds, memory = in_a_process(n, peer=False)
    theirs, peer_memory = in_a_process(n, peer=True)
    report(
        "`UpliftModel` of two offers",
        f"{n:,} x 20, simulated",
        seconds,
        rows=n,
        megabytes=memory,
        peer="the same learner by hand with RidgeCV, one split",
        peer_seconds=theirs,
        peer_megabytes=peer_memory,
        note=f"{note} The ratio is of three splits to one.",
    )


def main() -> None:
    """Print the rows."""
    uplift_row(int(sys.argv[2]) if len(sys.argv) > 2 else sized(2_000_000, 50_000))
    n = int(sys.argv[1]) if len(sys.argv) > 1 else sized(1_000_000, 50_000)
    table = profit_table(n)
    budget, capacities = 0.15 * n, {offer: int(share * n) for offer, share in SHARES.items()}
    found = allocate_offers(table, budget=budget, capacities=capacities)
    binding = (found.budget_price > 0) + sum(p > 0 for p in found.capacity_prices.values())
    value = table["profit"].max()
    (ours,) = in_turns(lambda: allocate_offers(table, budget=budget, capacities=capacities))
    assert found.gap_profit <= binding * value
    job = "`allocate_offers`, budget and 4 capacities"
    report(
        job,
        f"5 offers, {n:,} customers, {binding} limits bind",
        ours,
        rows=len(table),
        megabytes=peak_megabytes(),
        note=f"{found.gap_profit:.2f} below the bound of {found.bound_profit:,.2f}.",
    )
    small = n // 50
    part = table.head(5 * small)
    limits = {"budget": 0.15 * small, "capacities": {o: int(s * small) for o, s in SHARES.items()}}
    exact = whole_program(part, **limits)
    found = allocate_offers(part, **limits)
    np.testing.assert_allclose(found.bound_profit, exact, rtol=1e-5)
    ours, theirs = in_turns(
        lambda: allocate_offers(part, **limits), lambda: whole_program(part, **limits), rounds=3
    )
    report(
        job,
        f"5 offers, {small:,} customers",
        ours,
        rows=len(part),
        peer="HiGHS on the whole program",
        peer_seconds=theirs,
        agreed=True,
        note="The same bound.",
    )


if __name__ == "__main__":
    main()
