"""Purchases, spend and value in SQL equal those of Python."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import customer_table, load_cdnow
from cemkit.clv import (
    BetaGeoModel,
    CustomerLifetimeValue,
    FrequencyGammaGammaModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    NetSpendModel,
    ParetoNBDModel,
)

MODELS = [
    BetaGeoModel.from_parameters(r=0.243, alpha=30.9, a=0.793, b=2.426),
    ModifiedBetaGeoModel.from_parameters(r=0.525, alpha=43.3, a=0.891, b=1.614),
    ParetoNBDModel.from_parameters(r=0.553, alpha=74.04, s=0.606, beta=81.68),
    ParetoNBDModel.from_parameters(r=0.553, alpha=74.04, s=1.0, beta=81.68),
]
SPEND = [
    GammaGammaModel.from_parameters(p=6.25, q=3.744, gamma=15.444),
    FrequencyGammaGammaModel.from_parameters(p=11.01, q=3.37, gamma=5.81, frequency=0.23),
    NetSpendModel.from_parameters(between=30, within=45, mean=12),
]


def named(models: list) -> list[str]:
    return [type(model).__name__ for model in models]


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    """Return some customers of CDNOW, one who never ordered, and one who sent back all."""
    table = customer_table(load_cdnow("sample"), as_of="1997-09-30").head(60).reset_index()
    table.loc[0, ["recency_days", "tenure_days", "repeat_count", "repeat_mean_amount"]] = np.nan
    table.loc[0, "order_count"] = 0
    table.loc[table["repeat_count"].idxmax(), "repeat_mean_amount"] = -4.0
    columns = ["order_count", "repeat_count", "recency_days", "tenure_days", "repeat_mean_amount"]
    return table[["customer_id", *columns]]


@pytest.mark.parametrize("model", MODELS, ids=named(MODELS))
@pytest.mark.parametrize("horizon_days", [0.5, 365, 20_000])
def test_purchases_by_formula_and_lookup(database, customers, model, horizon_days) -> None:
    lookup = model.sql_lookup(customers, horizon_days)
    assert not lookup.duplicated(list(lookup)[: 2 if "Beta" in type(model).__name__ else 3]).any()
    database.load("histories", lookup)
    database.agree(model, customers, horizon_days=horizon_days, lookup="histories")


def test_the_lookup_holds_only_what_has_no_formula(customers) -> None:
    pytest.importorskip("sqlglot")
    assert list(MODELS[0].sql_lookup(customers)) == [
        *("repeat_count", "tenure_days", "horizon_days", "purchases_if_alive")
    ]
    assert list(MODELS[2].sql_lookup(customers)) == [
        *("repeat_count", "recency_days", "tenure_days", "alive_probability", "horizon_days")
    ]
    distinct = customers.drop(columns="customer_id").drop_duplicates()
    pd.testing.assert_frame_equal(MODELS[0].sql_lookup(distinct), MODELS[0].sql_lookup(customers))


@pytest.mark.parametrize("model", MODELS[:2], ids=named(MODELS[:2]))
def test_the_probability_of_being_alive_needs_no_lookup(database, customers, model) -> None:
    database.load("customers", customers)
    found = database.answer(model.to_sql(database.dialect, horizon_days=None))
    wanted = model.alive_probability(customers.set_index("customer_id"))
    np.testing.assert_allclose(
        found["alive_probability"].loc[wanted.index].astype(float), wanted, rtol=1e-9
    )
    assert list(found) == ["alive_probability"]


@pytest.mark.parametrize("model", MODELS[:3], ids=named(MODELS[:3]))
def test_a_lookup_that_is_needed_must_be_named(model) -> None:
    pytest.importorskip("sqlglot")
    with pytest.raises(
        ValueError, match=r"an integral.; make a table of histories with sql_lookup"
    ):
        model.to_sql()


def test_another_horizon_than_the_lookups_gives_no_answer(database, customers) -> None:
    database.load("customers", customers)
    database.load("histories", MODELS[0].sql_lookup(customers, 365))
    query = MODELS[0].to_sql(database.dialect, horizon_days=30, lookup="histories")
    assert database.answer(query)["expected_purchases"].isna().all()


def test_histories_that_python_refuses_have_no_answer(database) -> None:
    model = MODELS[1]
    rows = [
        (0, 5, 5),
        (1, 2, 5),
        (-1, 2, 5),
        (0.5, 2, 5),
        (0, 2, 5),
        (1, 5, 5),
        (1, 6, 5),
        (1, -1, 5),
    ]
    table = pd.DataFrame(rows, columns=["repeat_count", "recency_days", "tenure_days"])
    database.load("customers", table.astype(float).assign(customer_id=range(8)))
    found = database.answer(model.to_sql(database.dialect, horizon_days=None))
    assert found["alive_probability"].loc[range(8)].isna().tolist() == [False] * 2 + [True] * 6


@pytest.mark.parametrize("model", MODELS[:3], ids=named(MODELS[:3]))
@pytest.mark.parametrize(
    "terms",
    [
        {},
        {"horizon_days": None, "annual_discount_rate": 0.15, "margin": 0.3},
        {"period_days": 30, "margin": "margin"},
        {"annual_discount_rate": "margin", "margin": "rate"},
    ],
    ids=["usual", "for_ever", "periods", "columns"],
)
def test_value(database, customers, model, terms) -> None:
    table = customers.assign(
        margin=0.1 + 0.01 * (customers.index % 7), rate=0.05 * (1 + customers.index % 3)
    )
    value = CustomerLifetimeValue(model, SPEND[0], **terms).fit(table)
    database.load("histories", value.sql_lookup(table))
    database.agree(value, table, lookup="histories")


def test_a_value_without_its_lookup(customers) -> None:
    pytest.importorskip("sqlglot")
    value = CustomerLifetimeValue(MODELS[0], SPEND[0]).fit(customers)
    with pytest.raises(ValueError, match="discounted_purchases_if_alive and purchases_if_alive of"):
        value.to_sql()


def test_covariates_are_part_of_the_key(database, customers) -> None:
    everybody = customer_table(load_cdnow("sample"), as_of="1997-09-30").head(600).reset_index()
    table = everybody.assign(
        online=(everybody["customer_id"] % 2).astype(float),
        city=np.where(everybody["customer_id"] % 3, "上海", "O'Fallon"),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = BetaGeoModel(covariates=["online", "city"]).fit(table)
    table = table.head(100)
    lookup = model.sql_lookup(table)
    assert {"online", "city", "alive_probability"} <= set(lookup)
    database.load("histories", lookup)
    database.agree(model, table, lookup="histories")


@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_any_history_has_the_answer_of_python(data) -> None:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("sqlglot")
    parameter = st.floats(0.01, 50)
    r, alpha, s, beta = (data.draw(parameter) for _ in range(4))
    kind = data.draw(st.sampled_from([BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel]))
    names = kind.parameter_names
    model = kind.from_parameters(**dict(zip(names, (r, alpha, s, beta), strict=True)))
    tenure = data.draw(st.integers(1, 3000))
    repeats = data.draw(st.integers(0, 300))
    recency = data.draw(st.integers(0, tenure - 1)) if repeats else tenure
    horizon = data.draw(st.floats(0.1, 4000))
    table = pd.DataFrame(
        {
            "customer_id": [1],
            "repeat_count": [repeats],
            "recency_days": [recency],
            "tenure_days": [tenure],
        }
    )
    lookup = model.sql_lookup(table, horizon)
    with duckdb.connect() as connection:
        connection.register("customers", table)
        connection.register("histories", lookup)
        query = model.to_sql(horizon_days=horizon, lookup="histories")
        found = connection.execute(query).df().iloc[0]
    wanted = model.add_to(table, horizon).iloc[0]
    for name in ("alive_probability", "expected_purchases"):
        assert found[name] == pytest.approx(wanted[name], rel=1e-9, abs=1e-9)
