"""Tables read as rows to compare: columns with one part each, covariates that can be used."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.impact.compared_rows import Names, Rows, check_clusters, rows_of

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "customer_id": [f"客{number}" for number in range(60)],
        "past": np.where(np.arange(60) % 7 == 0, np.nan, RNG.gamma(2, 5, 60)),
        "channel": RNG.choice(["网店", "shop", None], 60),
        "joined": RNG.choice(["yes", "no"], 60),
        "amount": RNG.gamma(2, 5, 60),
        "shop": np.arange(60) // 6,
    }
)


def read(table: pd.DataFrame, covariates: Any = ("past", "channel"), **options: Any) -> Rows:
    parts = {"placebo": None, "cluster": None} | options
    names = Names.of(table, "joined", "amount", covariates, **parts)
    return rows_of(table, names, positive=None, treated="yes")


def test_missing_numbers_are_a_covariate_of_their_own() -> None:
    rows = read(TABLE)
    assert rows.terms == ["past", "channel=网店", "channel=missing", "past is missing"]
    flag = rows.features[:, 3] == 1
    assert flag.sum() == TABLE["past"].isna().sum()
    assert_allclose(rows.features[flag, 0], TABLE["past"].mean())


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("cluster", [None, "shop"])
def test_row_order_changes_nothing(named: bool, cluster: str | None) -> None:
    table = TABLE if named else TABLE.drop(columns="customer_id")
    one, two = read(table, cluster=cluster), read(table.sample(frac=1), cluster=cluster)
    for name in ("features", "treated", "outcome", "cluster"):
        assert_allclose(getattr(one, name), getattr(two, name), atol=1e-12)
    indexed = read(table.set_index("customer_id"), cluster=cluster) if named else one
    assert_allclose(indexed.features, one.features)


def test_customers_with_several_rows_are_clusters() -> None:
    twice = pd.concat([TABLE, TABLE.assign(amount=1.0)], ignore_index=True)
    assert len(np.unique(read(twice).cluster)) == 60
    assert len(np.unique(read(twice, cluster="shop").cluster)) == 10
    assert len(np.unique(read(twice.drop(columns="customer_id")).cluster)) == 120


@pytest.mark.parametrize(
    ("change", "covariates", "message"),
    [
        ({"since": pd.Timestamp("2024-01-01")}, ["past", "since"], "'since' cannot be adjusted"),
        ({"since": "2024-01-01"}, ["past", "since"], "it holds dates"),
        ({}, ["past", "customer_id"], "it holds identifiers or free text"),
        ({"flat": "x"}, ["flat"], "no feature is left"),
        ({"past": np.inf}, ["past"], "infinity"),
        ({"joined": "yes"}, ["past"], "need at least 1 untreated customer, got 0"),
        ({"joined": [None, *["yes", "no"] * 29, "no"]}, ["past"], "treatment has 1 missing"),
        ({"joined": ["a", "b", "yes"] * 20}, ["past"], "3 labels"),
        ({"amount": [np.nan] * 60}, ["past"], "amount has 60 missing"),
        ({"amount": "much"}, ["past"], "amount must be numeric"),
        ({"shop": [None, *range(59)]}, ["past"], "shop is missing in 1 row"),
        ({"customer_id": [None, *range(59)]}, ["past"], "without a customer_id"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    change: dict[str, Any], covariates: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(TABLE.assign(**change), covariates, cluster="shop")


@pytest.mark.parametrize(
    ("covariates", "options", "error", "message"),
    [
        ([], {}, ValueError, "covariates is empty"),
        ("past", {}, TypeError, "covariates must be a list"),
        (["past", "past"], {}, ValueError, "'past' is named twice"),
        (["past", "amount"], {}, ValueError, "'amount' is named twice"),
        (["past"], {"placebo": "past"}, ValueError, "'past' is named twice"),
        (["past"], {"cluster": "joined"}, ValueError, "'joined' is named twice"),
        (["pst"], {}, MissingColumnsError, "did you mean 'past'"),
        ([3], {}, TypeError, "a covariate must be text"),
    ],
)
def test_each_column_is_there_and_has_one_part(
    covariates: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        read(TABLE, covariates, **options)


def test_a_cluster_may_be_a_covariate() -> None:
    assert "shop" in read(TABLE, ["past", "shop"], cluster="shop").terms


def test_few_clusters_of_an_arm_are_refused() -> None:
    with pytest.raises(NotEnoughDataError, match="5 clusters with treated rows, got 2"):
        check_clusters(np.arange(20) < 8, np.arange(20) // 4, 5)
