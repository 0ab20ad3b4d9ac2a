"""One table with what every model predicts, on CDNOW as of two days."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from cemkit import (
    ChurnModel,
    CustomerClusters,
    CustomerLifetimeValue,
    LifecycleStages,
    RepurchaseCycle,
    RFMSegmenter,
    add_predictions,
    customer_table,
    fire_triggers,
    label_churn,
    load_cdnow,
)
from cemkit.errors import DataError

FITTED, BEFORE, AFTER = "1997-09-30", "1998-02-28", "1998-03-31"
ADDED = {
    "rfm": ["recency_score", "frequency_score", "monetary_score", "segment"],
    "clusters": ["cluster"],
    "stages": ["stage"],
    "risk": ["churn_probability"],
    "value": ["alive_probability", "expected_purchases", "expected_mean_amount", "clv"],
    "cycle": ["cycle_days", "due_date", "overdue"],
}

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def table_of(orders: pd.DataFrame, day: str) -> pd.DataFrame:
    return customer_table(orders, as_of=day)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


@pytest.fixture(scope="module")
def models(orders: pd.DataFrame) -> dict[str, Any]:
    known = table_of(orders, FITTED)
    return {
        "rfm": RFMSegmenter().fit(known),
        "clusters": CustomerClusters(4).fit(known),
        "stages": LifecycleStages().fit(known),
        "risk": ChurnModel().fit(known, label_churn(orders, FITTED, 182)),
        "value": CustomerLifetimeValue().fit(known),
        "cycle": RepurchaseCycle().fit(orders, as_of=FITTED),
    }


def test_every_model_adds_its_columns_and_rows_stay(
    orders: pd.DataFrame, models: dict[str, Any]
) -> None:
    customers = table_of(orders, FITTED)
    added = add_predictions(customers, models)
    assert added.columns.tolist() == [
        *customers,
        *(name for each in ADDED.values() for name in each),
    ]
    pd.testing.assert_frame_equal(added[customers.columns], customers)
    for name, columns in ADDED.items():
        pd.testing.assert_frame_equal(added[columns], models[name].add_to(customers)[columns])


def test_neither_order_nor_names_of_the_models_matter(
    orders: pd.DataFrame, models: dict[str, Any]
) -> None:
    customers = table_of(orders, FITTED)
    added = add_predictions(customers, models)
    turned = add_predictions(customers.sample(frac=1, random_state=0), [*models.values()][::-1])
    pd.testing.assert_frame_equal(turned.loc[added.index, added.columns], added)
    pd.testing.assert_frame_equal(add_predictions(added, models), added)
    as_column = add_predictions(customers.reset_index(), models)
    pd.testing.assert_frame_equal(as_column.set_index("customer_id"), added)


def test_triggers_fire_on_two_days_read_by_the_same_models(
    orders: pd.DataFrame, models: dict[str, Any]
) -> None:
    frozen = [models[name] for name in ("rfm", "clusters", "stages", "risk", "value")]
    before, after = (add_predictions(table_of(orders, day), frozen) for day in (BEFORE, AFTER))
    rules = pd.DataFrame(
        {"rule": ["risk"], "when": ["churn_probability > 0.7"], "then": ["win_back"]}
    )
    fired = fire_triggers(before, after, rules, as_of=AFTER, since=BEFORE).table
    crossed = (after["churn_probability"] > 0.7) & ~(
        before["churn_probability"].reindex(after.index) > 0.7
    )
    assert set(fired["customer_id"]) == set(after.index[crossed])
    assert len(fired) > 0


def test_a_model_that_is_not_fitted_is_named(orders: pd.DataFrame, models: dict[str, Any]) -> None:
    customers = table_of(orders, FITTED)
    with pytest.raises(NotFittedError, match="^RFMSegmenter is not fitted; call fit first"):
        add_predictions(customers, [models["risk"], RFMSegmenter()])
    with pytest.raises(NotFittedError, match=r"^'risk' \(ChurnModel\) is not fitted"):
        add_predictions(customers, {"risk": ChurnModel()})


def test_two_models_of_one_column_are_both_named(
    orders: pd.DataFrame, models: dict[str, Any]
) -> None:
    customers = table_of(orders, FITTED)
    with pytest.raises(DataError, match="RFMSegmenter and RFMSegmenter both add the column 'rec"):
        add_predictions(customers, [models["rfm"], models["rfm"]])
    both = {"value": models["value"], "alive": models["value"].purchases_}
    message = r"'value' \(CustomerLife.*\) and 'alive' \(BetaGeoModel\) both add the column 'alive_"
    with pytest.raises(DataError, match=message):
        add_predictions(customers, both)


class Shortener:
    """A model that drops a row."""

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        return customers.iloc[1:]


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ([object()], TypeError, r"object has no method add_to\(customers\)"),
        ({"a": 3}, TypeError, r"'a' \(int\) has no method add_to"),
        ([RFMSegmenter], TypeError, "is a class; call it and fit it first"),
        (
            RFMSegmenter(),
            TypeError,
            "models must be a list or a dict of fitted models, not RFMSegm",
        ),
        ("rfm", TypeError, "models must be a list or a dict of fitted models, not 'rfm'"),
        ([Shortener()], DataError, "Shortener.add_to changed the rows of the table"),
    ],
)
def test_what_is_no_model_is_refused(
    orders: pd.DataFrame, models: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        add_predictions(table_of(orders, FITTED), models)


def test_who_never_ordered_has_a_stage_and_no_predictions(
    orders: pd.DataFrame, models: dict[str, Any]
) -> None:
    customers = table_of(orders, FITTED)
    roster = customers.reindex([-1, *customers.index, -2]).fillna({"order_count": 0})
    added = add_predictions(roster, models)
    assert added.index.equals(roster.index)
    never = added.loc[[-1, -2]]
    assert never["stage"].tolist() == ["potential"] * 2
    predicted = [name for each in ADDED.values() for name in each if name != "stage"]
    assert never[predicted].isna().all(axis=None)
    expected = add_predictions(customers, models)[predicted]
    found = added.loc[customers.index, predicted]
    for name in predicted:
        assert np.array_equal(found[name].astype(expected[name].dtype), expected[name]), name
