"""RFM scores, segments and stages in SQL equal those of Python, row by row."""

import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cemkit.segmentation import LifecycleStages, RFMSegmenter

SCORES = ["recency_score", "frequency_score", "monetary_score"]


def test_scores_and_segments_of_cdnow(database, cdnow_customers) -> None:
    customers = cdnow_customers.reset_index()
    model = RFMSegmenter().fit(customers)
    database.agree(model, customers.head(400))


def test_values_on_an_edge_and_beside_it(database) -> None:
    edges = {"recency_days": [30, 90], "order_count": [2, 2], "total_amount": [0.1 + 0.2, 1e9]}
    amounts = [0.3, 0.30000000000000004, 0.2999999, 1e9, 1e9 - 1e-4, 1e9 - 1, -5.0, 0.0]
    table = pd.DataFrame(
        {
            "customer_id": range(8),
            "recency_days": [30, 29, 31, 90, 91, 89, 0, 1000],
            "order_count": [2, 1, 3, 2, 1, 3, 2, 2],
            "total_amount": amounts,
        }
    )
    model = RFMSegmenter(3, edges=edges, segments="tiers").fit(table)
    database.agree(model, table)


def test_people_without_orders_and_types_of_number(database) -> None:
    table = pd.DataFrame(
        {
            "customer_id": ["a", "b", "c'; --", "中文", "e", "f"],
            "recency_days": pd.array([1, 20, None, None, 4, 90], dtype="Int64"),
            "order_count": pd.array([9, 3, 0, None, 4, 1], dtype="Int64"),
            "total_amount": [900.5, 120.0, None, None, 80.0, 15.0],
            "engagement": [0.1, 0.2, 0.2, 0.2, 0.3, 0.9],
        }
    )
    rules = pd.DataFrame(
        {
            "segment": ['O\'Brien "best"', "其他"],
            "recency_score": ["2", "otherwise"],
            "engagement_score": ["1-2", "otherwise"],
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = RFMSegmenter(2, segments=rules, extra=["engagement"]).fit(table)
    found = database.agree(model, table, name='顾客 "x"')
    assert found["segment"].isna().sum() == 2
    decimals = [None if pd.isna(sum_) else Decimal(str(sum_)) for sum_ in table["total_amount"]]
    database.load("customers", table.assign(total_amount=decimals))
    pd.testing.assert_frame_equal(database.answer(model.to_sql(database.dialect)), found)


def test_a_measure_that_is_missing_nan_or_infinite_gives_no_score(database) -> None:
    known = pd.DataFrame(
        {"customer_id": range(9), "recency_days": range(9), "order_count": range(1, 10)}
    ).assign(total_amount=np.arange(9) * 1.5)
    model = RFMSegmenter(2, segments="tiers").fit(known)
    database.load("customers", known)
    for place, value in enumerate(("'NaN'", "'Infinity'", "'-Infinity'")):
        cast = f"CAST({value} AS DOUBLE PRECISION)"
        database.run(f"UPDATE customers SET total_amount = {cast} WHERE customer_id = {place}")
    database.run("UPDATE customers SET order_count = NULL WHERE customer_id = 3")
    answer = database.answer(model.to_sql(database.dialect))
    assert answer.loc[[0, 1, 2, 3]].isna().all(axis=None)
    assert answer.loc[[4, 5, 6, 7, 8]].notna().all(axis=None)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_customers_have_the_scores_of_python(data) -> None:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("sqlglot")
    n = data.draw(st.integers(5, 30))
    numbers = st.integers(0, 40) | st.floats(-50, 1e6, allow_nan=False)
    table = pd.DataFrame(
        {
            "customer_id": range(n),
            "recency_days": data.draw(st.lists(st.integers(0, 400), min_size=n, max_size=n)),
            "order_count": data.draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)),
            "total_amount": data.draw(st.lists(numbers, min_size=n, max_size=n)),
        }
    )
    bins = data.draw(st.integers(2, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = RFMSegmenter(bins, segments="tiers").fit(table)
    with duckdb.connect() as connection:
        connection.register("customers", table)
        answer = connection.execute(model.to_sql()).df().set_index("customer_id").loc[range(n)]
    expected = model.add_to(table)
    for column in [*SCORES, "segment"]:
        assert answer[column].tolist() == expected[column].tolist()


def test_stages_of_customers_and_of_people_who_never_ordered(database, cdnow_customers) -> None:
    customers = cdnow_customers.reset_index().head(200)
    people = pd.DataFrame({"customer_id": [*customers["customer_id"], 900001, 900002]})
    people = people.merge(customers[["customer_id", "order_count", "recency_days"]], "left")
    people.loc[people.index[-1], "order_count"] = 0
    found = database.agree(LifecycleStages().fit(), people)
    assert found["stage"].tolist()[-2:] == ["potential", "potential"]


RULES = pd.DataFrame(
    [
        ("never", "0", "any", "any", "any", "any"),
        ("gone", "any", "missing or < 0.2", "any", "any", "any"),
        ("O'Hara 忠诚", "any", "any", "> 1.5", "any", "gold|黄金 卡"),
        ("member", "any", "any", "any", "true", "known"),
        ("plain", *["otherwise"] * 5),
    ],
    columns=["stage", "order_count", "alive_probability", "trend", "member", "tier"],
)


def test_rules_on_numbers_flags_texts_and_missing_values(database) -> None:
    rng = np.random.default_rng(0)
    n = 400
    table = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "order_count": pd.array(rng.choice([0, 1, 2, None], n), dtype="Int64"),
            "alive_probability": rng.choice([0.1, 0.2, 0.2 + 1e-11, 0.2 - 1e-11, 0.9, np.nan], n),
            "trend": rng.choice([-2, 1.5, 1.5 + 1e-12, 1.6, np.nan], n),
            "member": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
            "tier": rng.choice(["gold", " 黄金 卡 ", "silver", "", None, "a'b"], n),
        }
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = database.agree(LifecycleStages(RULES).fit(), table)
    assert set(found["stage"].dropna()) == {*RULES["stage"]}
    assert found["stage"].isna().any()


def test_a_value_that_python_refuses_has_no_stage(database) -> None:
    table = pd.DataFrame(
        {
            "customer_id": [1, 2, 3],
            "order_count": [2, 2, -1],
            "recency_days": [5.0, None, 5.0],
        }
    )
    database.load("customers", table)
    found = database.answer(LifecycleStages().fit().to_sql(database.dialect))
    assert found["stage"].loc[[1, 2, 3]].fillna("-").tolist() == ["growth", "-", "-"]
    rules = pd.DataFrame(
        {"stage": ["a", "b"], "order_count": ["1+", "otherwise"], "tier": ["gold", "otherwise"]}
    )
    tiers = table.assign(order_count=1, tier=["gold", "Gold", "other"])
    database.load("customers", tiers)
    found = database.answer(LifecycleStages(rules).fit().to_sql(database.dialect))
    assert found["stage"].loc[[1, 2, 3]].fillna("-").tolist() == ["a", "-", "b"]
