"""Clusters in SQL equal those of Python."""

import warnings

import numpy as np
import pandas as pd
import pytest

from cemkit.segmentation import CustomerClusters


def customers(n: int = 240, seed: int = 0) -> pd.DataFrame:
    """Return three groups of customers, with a category, missing values and a flag."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 3, n)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "total_amount": np.exp(rng.normal(3 + 2 * group, 0.4)),
            "visits": rng.poisson(2 + 5 * group),
            "trend": np.where(rng.random(n) < 0.1, np.nan, rng.normal(group, 0.3)),
            "channel": rng.choice(["web", "shop's", "电话", None], n),
            "member": rng.random(n) < 0.2 + 0.3 * group,
        }
    )


@pytest.mark.parametrize("method", ["kmeans", "ward", "gaussian_mixture"])
@pytest.mark.parametrize("skew", [None, "log"])
def test_each_customer_has_the_cluster_of_python(database, method, skew) -> None:
    table = customers()
    if skew is not None:
        table["trend"] = table["trend"].abs()
    model = CustomerClusters(4, method=method, skew=skew).fit(table)
    found = database.agree(model, table)
    assert found["cluster"].nunique() == 4


def test_equal_distances_go_to_the_first_centre(database) -> None:
    table = pd.DataFrame({"customer_id": range(5), "visits": [0.0, 0.0, 2.0, 2.0, 1.0]})
    model = CustomerClusters(2).fit(table.head(4))
    found = database.agree(model, table)
    assert found["cluster"].loc[4] == 0


def test_one_cluster(database) -> None:
    table = customers()
    assert (database.agree(CustomerClusters(1).fit(table), table)["cluster"] == 0).all()


def test_people_who_never_ordered_have_no_cluster(database) -> None:
    table = pd.DataFrame(
        {
            "customer_id": range(6),
            "order_count": [1, 2, 9, 8, 0, None],
            "recency_days": [90.0, 80.0, 1.0, 2.0, None, None],
            "total_amount": [1.0, 2.0, 90.0, 80.0, None, None],
        }
    )
    found = database.agree(CustomerClusters(2).fit(table), table)
    assert found["cluster"].isna().tolist() == [False] * 4 + [True] * 2
    narrow = CustomerClusters(2, features=["total_amount"]).fit(table)
    assert database.agree(narrow, table)["cluster"].isna().sum() == 2


def test_a_value_without_a_logarithm_has_no_cluster(database) -> None:
    table = pd.DataFrame({"customer_id": range(4), "total_amount": [1.0, 2.0, 50.0, 60.0]})
    model = CustomerClusters(2, skew="log").fit(table)
    database.load("customers", table.assign(total_amount=[1.0, -3.0, -1.0, 60.0]))
    found = database.answer(model.to_sql(database.dialect))["cluster"]
    assert found.loc[range(4)].isna().tolist() == [False, True, True, False]


def test_features_of_an_array_have_no_names() -> None:
    pytest.importorskip("sqlglot")
    model = CustomerClusters(2).fit(np.array([[1.0], [2.0], [9.0]]))
    with pytest.raises(TypeError, match="was fitted on an array; fit it on a DataFrame"):
        model.to_sql()


def test_new_categories_count_as_in_python(database) -> None:
    table = customers()
    model = CustomerClusters(3).fit(table)
    new = table.head(30).assign(channel=["fax"] * 10 + [None] * 10 + ["web"] * 10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        database.agree(model, new)
