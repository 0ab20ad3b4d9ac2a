"""Answers as columns of the customer table, for stages, churn features and triggers."""

import numpy as np
import pandas as pd
import pytest

from cemkit.churn import ChurnModel, label_churn
from cemkit.data import customer_table, simulate_shop
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import fire_triggers
from cemkit.segmentation import LifecycleStages

SHOP = simulate_shop(600, random_state=2)
AS_OF = "2023-12-31"


def orders() -> pd.DataFrame:
    days = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"])
    return pd.DataFrame({"customer_id": [1, 2, 3], "order_date": days, "amount": 10.0})


def answers(**columns) -> pd.DataFrame:
    table = {
        "customer_id": [1, 1, 1, 2],
        "response_date": ["2024-01-05", "2024-01-20", "2024-01-10", "2024-02-20"],
        "question": ["nps", "nps", "csat", "nps"],
        "score": [3, 10, 4, 8],
    }
    return pd.DataFrame({**table, **columns})


def table(responses, as_of="2024-01-31") -> pd.DataFrame:
    return customer_table(orders(), as_of, include="responses", responses=responses)


def test_the_columns_are_those_of_the_answers_up_to_the_day() -> None:
    found = table(answers())
    first, second = found.loc[1], found.loc[2]
    assert (first["response_count"], first["promoter_class"]) == (3, "promoter")
    assert (first["last_nps_score"], first["last_csat_score"]) == (10, 4)
    assert first["last_nps_date"] == pd.Timestamp("2024-01-20")
    assert (first["promoter_count"], first["detractor_count"]) == (1, 1)
    assert first["last_detractor_date"] == pd.Timestamp("2024-01-05")
    assert second["response_count"] == 0  # the answer came later
    assert second[["promoter_class", "last_nps_score", "last_detractor_date"]].isna().all()
    assert found["detractor_count"].dtype == "int64"
    assert table(answers(), "2024-02-29").loc[2, "promoter_class"] == "passive"


def test_the_order_of_rows_and_ties_never_matter() -> None:
    rows = pd.concat([answers(), answers().assign(score=[5, 1, 2, 7])])
    expected = table(rows)
    assert expected.loc[1, "last_nps_score"] == 1
    for seed in range(3):
        pd.testing.assert_frame_equal(table(rows.sample(frac=1, random_state=seed)), expected)


@pytest.mark.parametrize("engine", ["polars", "pyarrow", "duckdb"])
def test_every_engine_gives_the_same_columns(engine) -> None:
    expected = customer_table(SHOP.orders, AS_OF, include="responses", responses=SHOP.responses)
    plain = SHOP.responses[["customer_id", "response_date", "question", "score"]]
    module = pytest.importorskip(engine)
    given = {
        "polars": lambda: module.from_pandas(plain),
        "pyarrow": lambda: module.Table.from_pandas(plain),
        "duckdb": lambda: module.from_df(plain.astype({"question": object})),
    }[engine]()
    found = customer_table(SHOP.orders, AS_OF, include="responses", responses=given)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_all_takes_the_block_where_answers_are_given() -> None:
    found = customer_table(orders(), "2024-01-31", include="all", responses=answers())
    assert "promoter_class" in found
    with pytest.raises(
        ValueError,
        match="the block .responses. needs the argument responses, and the argument needs",
    ):
        customer_table(orders(), "2024-01-31", include="responses")
    with pytest.raises(ValueError, match="needs the argument responses"):
        customer_table(orders(), "2024-01-31", responses=answers())


def test_a_detractor_of_the_last_7_days_fires_a_trigger_once() -> None:
    rules = pd.DataFrame(
        {"rule": ["rescue"], "when": ["last_detractor_date due"], "then": ["call_back"]}
    )
    rules = rules.assign(offer="sorry", cooldown_days=30)
    before, after = (table(answers(), day) for day in ("2024-01-03", "2024-01-10"))
    fired = fire_triggers(before, after, rules, as_of="2024-01-10", since="2024-01-03")
    assert fired.table[["customer_id", "action", "offer"]].to_numpy().tolist() == [
        [1, "call_back", "sorry"]
    ]
    later = table(answers(), "2024-01-17")
    again = fire_triggers(after, later, rules, as_of="2024-01-17", since="2024-01-10")
    assert again.fired == 0


def test_stages_and_churn_features_take_the_columns() -> None:
    customers = customer_table(
        SHOP.orders, "2023-10-31", include="responses", responses=SHOP.responses
    )
    rules = pd.DataFrame(
        {
            "stage": ["unhappy", "other"],
            "order_count": ["1+", "otherwise"],
            "detractor_count": ["1+", "otherwise"],
        }
    )
    stages = LifecycleStages(rules).fit().predict(customers)
    assert (stages == "unhappy").sum() == (customers["detractor_count"] > 0).sum() > 0
    labels = label_churn(SHOP.orders, "2023-10-31", window_days=60)
    features = customers[["recency_days", "detractor_count", "promoter_class", "response_count"]]
    model = ChurnModel().fit(features, labels)
    names = map(str, model.coefficients().table.index)
    assert any("promoter_class" in name for name in names)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": [3, 10, 4, 11]}, "'nps' has 1 score that is not whole numbers from 0 to 10"),
        ({"score": [3, 9.5, 4, 8]}, "such as 9.5"),
        ({"score": ["a"] * 4}, "score of responses must be numeric"),
        ({"score": [3, np.inf, 4, 8]}, "infinite"),
        ({"question": [None] * 4}, "question is missing in 4 of 4 rows of responses"),
        ({"response_date": [None] * 4}, "response_date is missing in 4 of 4"),
        ({"customer_id": [7, 8, 9, 9]}, "none of the 3 ids in responses is in orders"),
        ({"customer_id": ["1", "1", "1", "2"]}, "holds text in responses and numbers in orders"),
    ],
)
def test_answers_that_are_none_are_refused(change, message) -> None:
    with pytest.raises(DataError, match=message):
        table(answers(**change), "2024-03-31")


def test_the_columns_are_needed_and_missing_scores_count_as_no_answer() -> None:
    with pytest.raises(MissingColumnsError, match="question"):
        table(answers().drop(columns="question"))
    assert table(answers(score=[np.nan, 10, 4, 8])).loc[1, "response_count"] == 2
