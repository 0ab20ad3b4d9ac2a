"""Uplift of linear learners in SQL equals that of Python."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, PoissonRegressor

from cemkit.targeting import UpliftModel


def trial(n: int = 300) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Return customers, what they spent and which offer they got."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "recency_days": rng.integers(0, 100, n),
            "spent": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(2, 50, n)),
            "city": rng.choice(["Zürich", "O'Fallon", "上海", None], n),
            "share": 1 / 3,
        }
    )
    offer = pd.Series(rng.choice(["none", "call", "电邮"], n), name="offer")
    outcome = pd.Series(rng.normal((offer == "call") * table["recency_days"], 10), name="y")
    return table, outcome, offer


@pytest.mark.parametrize("learner", ["t", "x", "dr"])
@pytest.mark.parametrize("estimator", [None, LinearRegression()], ids=["ridge", "linear"])
def test_each_offer_has_the_uplift_of_python(database, learner, estimator) -> None:
    table, outcome, offer = trial()
    features = table.drop(columns=["customer_id", "share"])
    model = UpliftModel(learner, estimator, control="none", propensity=1 / 3, n_repeats=1)
    model.fit(features, outcome, offer)
    assert list(database.agree(model, table)) == ["uplift_call", "uplift_电邮"]


def test_one_offer_with_estimated_propensities(database) -> None:
    table, outcome, offer = trial()
    treated = (offer == "call").astype(int)
    model = UpliftModel("x", n_repeats=1)
    model.fit(table.drop(columns=["customer_id", "share"]), outcome, treated)
    assert list(database.agree(model, table)) == ["uplift"]


@pytest.mark.parametrize(
    "estimator", [RandomForestRegressor(n_estimators=2), PoissonRegressor()], ids=["forest", "log"]
)
def test_other_learners_have_no_formula(estimator) -> None:
    pytest.importorskip("sqlglot")
    table, outcome, offer = trial(90)
    model = UpliftModel("t", estimator, control="none", propensity=1 / 3, n_repeats=1)
    model.fit(table[["recency_days"]], outcome.abs(), offer)
    with pytest.raises(ValueError, match=f"{type(estimator).__name__} has no formula for SQL"):
        model.to_sql()


def test_a_propensity_of_each_customer_is_no_linear_score() -> None:
    pytest.importorskip("sqlglot")
    table, outcome, offer = trial(300)
    treated = (offer == "call").astype(int)
    model = UpliftModel("x", propensity="share", n_repeats=1)
    model.fit(table[["recency_days", "share"]], outcome, treated)
    with pytest.raises(ValueError, match="weighs by the propensity in a column"):
        model.to_sql()
