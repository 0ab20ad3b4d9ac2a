"""How often the number of clusters is right: single populations, and groups that were planted.

`python benchmarks/proofs/cluster_count.py` prints the table of cluster_count.md; about 20 minutes
on one core. Each set has 1,000 customers. The number is the one that `choose_k` and
`CustomerClusters(n_clusters="auto")` give: `found_groups` on the scaled features.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from sklearn.metrics import adjusted_rand_score

from cemkit import customer_table, prepare_orders, simulate_orders
from cemkit.arrays import Floats
from cemkit.segmentation.clusters.choice import found_groups
from cemkit.segmentation.clusters.scaling import FeatureScaler

N = 1_000
SINGLE_SETS, PLANTED_SETS = 200, 50
APART = 6.0  # within-group standard deviations between two centres, at least
SMALLEST = 0.1  # share of the smallest group

Labels = npt.NDArray[np.int64]
Rng = np.random.Generator


def found(values: Floats, skew: str | None = None) -> Labels:
    """The group of each row; for up to 5,000 rows, which are not sampled."""
    scaled = FeatureScaler(values, skew, [str(at) for at in range(values.shape[1])]).scaled(values)
    labels = np.empty(len(values), dtype=np.int64)
    labels[np.lexsort(scaled.T[::-1])] = found_groups(scaled, random_state=0).labels
    return labels


def normal(rng: Rng, correlation: float, features: int = 3) -> Floats:
    """Normal features, each two with the same correlation."""
    covariance = np.full((features, features), correlation)
    np.fill_diagonal(covariance, 1.0)
    return rng.multivariate_normal(np.zeros(features), covariance, N)


def t_with_5(rng: Rng, correlation: float) -> Floats:
    """Student's t with 5 degrees of freedom: normal over one chi for all features."""
    return normal(rng, correlation) / np.sqrt(rng.chisquare(5, N) / 5)[:, None]


def shop(rng: Rng) -> Floats:
    """Recency, orders and spend of customers of a BG/NBD shop with Gamma-Gamma spend, a year on."""
    orders = simulate_orders(N, random_state=int(rng.integers(2**31))).table
    customers = customer_table(prepare_orders(orders), as_of="2023-12-31")
    return customers[["recency_days", "order_count", "total_amount"]].to_numpy(dtype=np.float64)


def planted(rng: Rng, k: int, noise: int) -> tuple[Floats, Labels]:
    """Groups with standard deviation 1 in each of 2 features, and features of noise."""
    sizes = np.full(k, (1 - SMALLEST) / (k - 1))
    sizes[0] = SMALLEST
    counts = np.append(np.round(sizes[:-1] * N), 0).astype(int)
    counts[-1] = N - counts.sum()
    labels = np.repeat(np.arange(k), counts)
    centers = apart(rng, k, APART)
    return np.column_stack(
        [centers[labels] + rng.standard_normal((N, 2)), rng.standard_normal((N, noise))]
    ), labels


def apart(rng: Rng, k: int, distance: float) -> Floats:
    """Centres drawn in a square, any two at least so far apart."""
    while True:
        centers = rng.uniform(0, 1.5 * distance * np.sqrt(k), (k, 2))
        pairs = np.linalg.norm(centers[:, None] - centers, axis=2)[np.triu_indices(k, 1)]
        if pairs.min() >= distance:
            return centers


def tight_on_the_log(rng: Rng) -> tuple[Floats, Labels]:
    """Three groups that are tight on the log scale, with a feature of noise."""
    labels = rng.integers(3, size=N)
    centers = 2 + apart(rng, 3, 1.2)
    logs = np.column_stack(
        [centers[labels] + rng.normal(0, 0.15, (N, 2)), rng.normal(4, 1, N).clip(0)]
    )
    return np.expm1(logs), labels


SINGLE: dict[str, tuple[Callable[[Rng], Floats], str | None]] = {
    **{
        f"normal, correlation {rho:g}": (lambda rng, rho=rho: normal(rng, rho), None)
        for rho in (0, 0.3, 0.5, 0.7, 0.9, 0.95)
    },
    "normal, 10 features, correlation 0.5": (lambda rng: normal(rng, 0.5, 10), None),
    **{
        f"log-normal, correlation {rho:g}": (lambda rng, rho=rho: np.exp(normal(rng, rho)), None)
        for rho in (0.5, 0.9)
    },
    **{
        f"t with 5 degrees, correlation {rho:g}": (lambda rng, rho=rho: t_with_5(rng, rho), None)
        for rho in (0, 0.6)
    },
    "BG/NBD shop with Gamma-Gamma spend": (shop, None),
    'BG/NBD shop with Gamma-Gamma spend, skew="log"': (shop, "log"),
}
PLANTED: dict[str, tuple[int, Callable[[Rng], tuple[Floats, Labels]], str | None]] = {
    **{
        f"{k} groups, {noise} features of noise": (
            k,
            lambda rng, k=k, noise=noise: planted(rng, k, noise),
            None,
        )
        for k in (2, 3, 4, 5, 6)
        for noise in (0, 1)
    },
    '3 groups tight on the log scale, 1 of noise, skew="log"': (3, tight_on_the_log, "log"),
}


def single_counts(name: str, seeds: range) -> Iterator[int]:
    """The number found in each set of a single population."""
    draw, skew = SINGLE[name]
    for seed in seeds:
        yield len(np.unique(found(draw(np.random.default_rng(seed)), skew)))


def planted_counts(name: str, seeds: range) -> Iterator[tuple[int, float]]:
    """The number found in each planted set, and the adjusted Rand index of the groups."""
    _, draw, skew = PLANTED[name]
    for seed in seeds:
        values, labels = draw(np.random.default_rng(seed))
        groups = found(values, skew)
        yield len(np.unique(groups)), adjusted_rand_score(labels, groups)


def main() -> None:
    """Print both tables."""
    single, several = SINGLE_SETS, PLANTED_SETS
    if len(sys.argv) > 1:  # fewer sets, to try the script
        single = several = int(sys.argv[1])
    print("| single population | sets | one cluster | found, with the number of sets |")
    print("|---|---|---|---|")
    for name in SINGLE:
        counts = Counter(single_counts(name, range(single)))
        print(f"| {name} | {single} | {counts[1]} | {_shown(counts)} |", flush=True)
    print("\n| planted | sets | right | found, with the number of sets | lowest adjusted Rand |")
    print("|---|---|---|---|---|")
    for name, (k, _, _) in PLANTED.items():
        answers = list(planted_counts(name, range(several)))
        counts = Counter(count for count, _ in answers)
        lowest = min(rand for _, rand in answers)
        print(f"| {name} | {several} | {counts[k]} | {_shown(counts)} | {lowest:.3f} |", flush=True)


def _shown(counts: Counter[int]) -> str:
    return ", ".join(f"{k}: {sets}" for k, sets in sorted(counts.items()))


if __name__ == "__main__":
    main()
