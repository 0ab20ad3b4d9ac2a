"""Clusters in words and numbers: names, and rules of thumb that reproduce them."""

import dataclasses
from collections.abc import Iterator
from keyword import iskeyword

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeClassifier

from cemkit.arrays import Floats
from cemkit.formats import format_value
from cemkit.results import Result
from cemkit.segmentation.clusters.partitions import Labels

APART = 0.5  # standard deviations from the mean of all that are worth a word
FAR = 2.0
WORDS = 2  # features in a name


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRules(Result):
    """Simple rules that approximate clusters, from `CustomerClusters.rules`.

    Attributes:
        fidelity: Share of customers that the rules assign to their cluster.
        customers: Number of customers on which the rules were found and evaluated.
        max_depth: Largest number of conditions allowed per rule.
        table: One row per rule: the `rule`, its `cluster`, the number of `customers` for whom it
            holds, and the share of them who are in that cluster (`right`). Exactly one rule holds
            for each customer. `DataFrame.query(rule)` selects them. With one cluster, the rule is
            `"any customer"`.

    Examples:
        >>> values = pd.DataFrame({"order_count": [1.0, 2.0, 8.0, 9.0]})
        >>> print(find_rules(values, np.array([0, 0, 1, 1]), max_depth=1).table.to_string())
                      rule  cluster  customers  right
        0  order_count <= 5        0          2    1.0
        1   order_count > 5        1          2    1.0
    """

    fidelity: float
    customers: int
    max_depth: int
    table: pd.DataFrame


def find_rules(values: pd.DataFrame, labels: Labels, max_depth: int) -> ClusterRules:
    """The shallow decision tree that reproduces the clusters, as rules."""
    tree = DecisionTreeClassifier(max_depth=max_depth, random_state=0)
    tree.fit(values.to_numpy(), labels)
    rows, total = [], 0
    for leaf, bounds in _leaves(tree, list(values.columns)):
        # By the rule as it is written: the tree itself compares values rounded to single precision.
        held = np.ones(len(values), dtype=np.bool_)
        for feature, (low, high) in bounds.items():
            held &= ((values[feature] > low) & (values[feature] <= high)).to_numpy()
        if not held.any():
            continue
        cluster = tree.classes_[tree.tree_.value[leaf].argmax()]
        right = labels[held] == cluster
        total += int(right.sum())
        rule = " and ".join(_conditions(bounds)) or "any customer"
        rows.append((rule, cluster, len(right), float(right.mean())))
    return ClusterRules(
        fidelity=total / len(values),
        customers=len(values),
        max_depth=max_depth,
        table=pd.DataFrame(rows, columns=["rule", "cluster", "customers", "right"]),
    )


def cluster_names(centers: Floats, means: Floats, features: list[str]) -> list[str]:
    """A name for each cluster by the features that set it apart, no two alike."""
    names = []
    for center in centers:
        words = [
            f"{_level(center[at])} {features[at]}"
            for at in _by_distance(center)
            if abs(center[at]) >= APART
        ]
        names.append(", ".join(words[:WORDS]) or "near average")
    for name in {name for name in names if names.count(name) > 1}:
        alike = [row for row, other in enumerate(names) if other == name]
        at = int(np.ptp(centers[alike], axis=0).argmax())  # where those of one name differ most
        numbers = [_number(means[row, at]) for row in alike]
        for row, number in zip(alike, numbers, strict=True):
            told_apart = numbers.count(number) == 1
            names[row] = (
                f"{name} ({features[at]} {number})" if told_apart else f"{name} (cluster {row})"
            )
    return names


def describe_centers(centers: Floats, means: Floats, overall: pd.Series) -> list[str]:
    """The means of each cluster against those of all, the most telling feature first."""
    return [
        "nobody"
        if np.isnan(mean).any()
        else ", ".join(
            f"{overall.index[at]} {_number(mean[at])} (all {_number(overall.iloc[at])})"
            for at in _by_distance(center)
        )
        for center, mean in zip(centers, means, strict=True)
    ]


def _by_distance(center: Floats) -> list[int]:
    return [int(at) for at in np.argsort(-np.abs(center), kind="stable")]


def _level(distance: float) -> str:
    word = "high" if distance > 0 else "low"
    return f"very {word}" if abs(distance) >= FAR else word


def _number(value: float) -> str:
    return format_value("mean", float(value))


def _leaves(
    tree: DecisionTreeClassifier, features: list[str]
) -> Iterator[tuple[int, dict[str, tuple[float, float]]]]:
    """Each leaf with the bounds that lead to it, one pair per feature."""
    nodes = tree.tree_
    waiting = [(0, dict.fromkeys(features, (-np.inf, np.inf)))]
    while waiting:
        node, bounds = waiting.pop()
        if nodes.children_left[node] < 0:
            yield node, bounds
            continue
        feature, limit = features[nodes.feature[node]], float(f"{nodes.threshold[node]:.10g}")
        low, high = bounds[feature]
        waiting.append((nodes.children_right[node], bounds | {feature: (limit, high)}))
        waiting.append((nodes.children_left[node], bounds | {feature: (low, limit)}))


def _conditions(bounds: dict[str, tuple[float, float]]) -> Iterator[str]:
    for feature, (low, high) in bounds.items():
        plain = feature.isidentifier() and not iskeyword(feature)
        name = feature if plain else f"`{feature}`"
        if low > -np.inf and high < np.inf:
            yield f"{low:.10g} < {name} <= {high:.10g}"
        elif high < np.inf:
            yield f"{name} <= {high:.10g}"
        elif low > -np.inf:
            yield f"{name} > {low:.10g}"
