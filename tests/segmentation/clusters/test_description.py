import numpy as np
import pandas as pd
import pytest

from cemkit.segmentation.clusters.description import cluster_names, describe_centers, find_rules


def test_names_say_what_sets_a_cluster_apart_and_no_two_are_alike() -> None:
    centers = np.array([[1.0, 0.9], [1.1, 3.0], [1.0, 1.9], [-0.4, 0.2], [-0.7, 0.0]])
    means = np.array([[10.0, 20.0], [11.0, 99.0], [10.0, 50.0], [5.0, 12.0], [2.0, 10.0]])
    names = cluster_names(centers, means, ["order_count", "total_amount"])
    assert names == [
        "high order_count, high total_amount",
        "very high total_amount, high order_count",
        "high total_amount, high order_count",
        "near average",
        "low order_count",
    ]
    alike = cluster_names(centers[[0, 0]] + [[0, 0], [0, -0.3]], means[[0, 3]], ["a", "b"])
    assert alike == ["high a, high b (b 20)", "high a, high b (b 12)"]


def test_names_that_no_number_tells_apart_have_the_number_of_the_cluster() -> None:
    centers = np.array([[0.4, 0.0], [-0.4, 0.0], [0.0, 0.1]])
    means = np.array([[2020.2, 5.0], [2019.8, 5.0], [2018.0, 5.0]])
    names = cluster_names(centers, means, ["year", "order_count"])
    assert names == [
        "near average (cluster 0)",
        "near average (cluster 1)",
        "near average (year 2,018)",
    ]


def test_descriptions_lead_with_the_most_telling_feature() -> None:
    overall = pd.Series({"order_count": 2.0, "total_amount": 1000.0})
    text = describe_centers(np.array([[0.1, -2.0]]), np.array([[2.5, 12.0]]), overall)
    assert text == ["total_amount 12 (all 1,000), order_count 2.5 (all 2)"]


def test_rules_reproduce_their_own_fidelity() -> None:
    rng = np.random.default_rng(0)
    values = pd.DataFrame(rng.integers(0, 50, (400, 3)).astype(float), columns=list("abc"))
    labels = (values["a"] > 20).astype(int).to_numpy() + (
        values["b"] * values["c"] > 900
    ).to_numpy()
    result = find_rules(values, labels, max_depth=3)
    held = [values.query(rule).index for rule in result.table["rule"]]
    assert sorted(np.concatenate(held)) == list(range(400))  # exactly one rule for each customer
    right = sum(
        (labels[rows] == cluster).sum()
        for rows, cluster in zip(held, result.table["cluster"], strict=True)
    )
    assert result.fidelity == right / 400
    assert result.table["customers"].sum() == 400
    assert len(result.table) <= 8
    assert "rules put" in result.sentence()
    assert "条规则" in result.sentence("zh")


def test_one_cluster_needs_no_rule() -> None:
    result = find_rules(pd.DataFrame({"a": [1.0, 2.0]}), np.array([0, 0]), max_depth=3)
    assert result.table["rule"].tolist() == ["any customer"]
    assert result.fidelity == 1


@pytest.mark.parametrize("name", ["total amount", "class", "\u91d1\u989d", "amount"])
def test_a_rule_selects_the_customers_it_counts(name: str) -> None:
    # Cents of ten millions, which a tree rounds to single precision: whole numbers.
    rng = np.random.default_rng(0)
    values = pd.DataFrame({name: 1e7 + rng.integers(0, 12, 400) / 2})
    labels = (values[name] > 1e7 + 1.5).astype(int).to_numpy() + (values[name] > 1e7 + 3.5)
    result = find_rules(values, labels, max_depth=3)
    for rule, cluster, customers, right in result.table.itertuples(index=False):
        held = values.query(rule)
        assert len(held) == customers
        assert (labels[held.index] == cluster).mean() == right
    right = result.table["customers"] * result.table["right"]
    assert result.fidelity == pytest.approx(right.sum() / 400)
