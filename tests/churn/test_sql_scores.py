"""Probabilities of churn in SQL equal those of Python."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from cemkit.churn import ChurnModel, PropensityModel


def features(n: int = 200, seed: int = 0) -> pd.DataFrame:
    """Return features of every kind that the encoder knows."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "recency_days": rng.integers(0, 300, n),
            "total_amount": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(1, 1e4, n)),
            "share": rng.random(n),
            "member": rng.random(n) < 0.4,
            "answered": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
            "visits": pd.array(rng.choice([0, 1, 5, None], n), dtype="Int64"),
            "city": rng.choice(["Zürich", "O'Fallon", "上海", 'a"b\\c', None], n),
            "rating": pd.Categorical(rng.choice([1, 2, 3], n)),
        }
    )


def fitted(table: pd.DataFrame, **options) -> ChurnModel:
    """Return a model of an outcome that some features move."""
    rng = np.random.default_rng(1)
    odds = (table["recency_days"] - 150) / 80 + (table["city"] == "上海") - table["member"]
    outcome = pd.Series((rng.random(len(table)) < 1 / (1 + np.exp(-odds))).astype(int), name="y")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ChurnModel(**options).fit(table.drop(columns="customer_id"), outcome)


@pytest.mark.parametrize("calibrate", [None, "sigmoid", "isotonic"])
@pytest.mark.parametrize("scale", [True, False])
def test_each_customer_has_the_probability_of_python(database, calibrate, scale) -> None:
    table = features()
    database.agree(fitted(table, calibrate=calibrate, scale=scale), table)


def test_new_categories_and_values_missing_for_the_first_time(database) -> None:
    table = features()
    model = fitted(table)
    new = table.head(60).assign(
        city=["Basel", None, "missing", "O'FALLON", "上海", ""] * 10,
        share=np.where(np.arange(60) % 3 == 0, np.nan, 0.5),
        rating=pd.Categorical([1, 2, 3, 4, None, 3] * 10),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        database.agree(model, new)


def test_nan_counts_as_missing_and_infinity_has_no_probability(database) -> None:
    table = features(40)
    model = fitted(table)
    database.load("customers", table.assign(total_amount=0.0))
    for place, value in enumerate(("NULL", "'NaN'", "'Infinity'", "'-Infinity'")):
        cast = f"CAST({value} AS DOUBLE PRECISION)"
        database.run(f"UPDATE customers SET total_amount = {cast} WHERE customer_id = {place}")
    found = database.answer(model.to_sql(database.dialect))["churn_probability"].sort_index()
    wanted = model.add_to(table.assign(total_amount=[np.nan, np.nan] + [0.0] * 38))
    assert found.isna().tolist() == [False, False, True, True] + [False] * 36
    np.testing.assert_allclose(
        found.dropna(), wanted["churn_probability"].drop([2, 3]), rtol=1e-9, atol=1e-12
    )


def test_log_odds_beyond_what_an_exponential_holds(database) -> None:
    table = pd.DataFrame({"customer_id": range(400), "spent": np.linspace(-1.0, 1.0, 400)})
    outcome = (table["spent"] + np.sin(np.arange(400)) > 0).astype(int)
    model = ChurnModel().fit(table[["spent"]], outcome)
    far = pd.DataFrame({"customer_id": range(5), "spent": [-1e6, -1e3, 0.0, 1e3, 1e6]})
    database.agree(model, far)


def test_an_outcome_with_a_name(database) -> None:
    table = features(200)
    outcome = pd.Series(np.where(table["recency_days"] % 2, "no", "yes"), name="y")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = PropensityModel(outcome="upgrade", positive="no").fit(
            table[["recency_days", "member"]], outcome
        )
    assert list(database.agree(model, table)) == ["upgrade_probability"]


def test_people_who_never_ordered(database) -> None:
    table = features(100).assign(order_count=1)
    never = table.index % 10 == 0
    table["recency_days"] = table["recency_days"].astype(float).mask(never)
    table.loc[never, "order_count"] = 0
    model = fitted(table.fillna({"recency_days": 0}).assign(order_count=table["order_count"]))
    assert database.agree(model, table)["churn_probability"].isna().sum() == 10


def test_a_classifier_of_ones_own_has_no_formula() -> None:
    pytest.importorskip("sqlglot")
    model = ChurnModel(classifier=LogisticRegression())
    table = features(60)[["recency_days"]]
    model.fit(table, (table["recency_days"] % 2).astype(int))
    with pytest.raises(ValueError, match="around LogisticRegression has no formula for SQL; score"):
        model.to_sql()


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_any_values_have_the_probability_of_python(seed, data) -> None:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("sqlglot")
    model = fitted(features(150, seed), calibrate=data.draw(st.sampled_from([None, "sigmoid"])))
    n = data.draw(st.integers(1, 8))
    rows = st.lists(
        st.tuples(
            st.integers(-(10**6), 10**9),
            st.none() | st.integers(-(10**12), 10**12).map(lambda cents: cents / 1000),
            st.none()
            | st.sampled_from(["上海", "Zürich", "missing", "zürich", "'"])
            | st.text("a'\\\"%{ "),
        ),
        min_size=n,
        max_size=n,
    )
    drawn = pd.DataFrame(data.draw(rows), columns=["recency_days", "total_amount", "city"])
    base = features(n, seed + 1).drop(columns=list(drawn)).join(drawn)
    base = base.astype({"total_amount": "float64", "city": "str"})
    with duckdb.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        connection.register("customers", base)
        found = connection.execute(model.to_sql()).df().set_index("customer_id").loc[range(n)]
        wanted = model.add_to(base)["churn_probability"]
    np.testing.assert_allclose(found["churn_probability"], wanted, rtol=1e-9, atol=1e-9)
