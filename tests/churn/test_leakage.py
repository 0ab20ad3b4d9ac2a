"""Features that know too much: planted, and on real orders."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from cemkit import ChurnModel, customer_table, label_churn
from cemkit.churn import check_leakage
from cemkit.errors import CemkitWarning, DataError


def test_a_feature_from_the_outcome_window_is_found(
    cdnow: pd.DataFrame, known: pd.DataFrame, churned: pd.Series
) -> None:
    last = cdnow.groupby("customer_id")["order_date"].max()
    leaky = known.assign(days_to_last_order=(last - pd.Timestamp("1997-09-30")).dt.days)
    with pytest.warns(CemkitWarning, match="leakage: days_to_last_order: alone above AUC"):
        found = check_leakage(leaky, churned)
    assert found.table.index[0] == "days_to_last_order"
    assert found.table["roc_auc"].iloc[0] > 0.95
    assert found.suspects == 1


def test_honest_features_raise_no_alarm(known: pd.DataFrame, churned: pd.Series) -> None:
    found = check_leakage(known, churned)
    assert found.suspects == 0
    assert found.table["roc_auc"].between(0.5, 0.8).all()
    assert found.sentence() == "No single feature predicts too well."


def test_the_customer_is_no_feature(known: pd.DataFrame, churned: pd.Series) -> None:
    X = known[["recency_days", "order_count"]]
    expected = check_leakage(X, churned).table
    table = X.reset_index().assign(outcome=churned.to_numpy())
    mixed = table.sample(frac=1, random_state=0)
    for features, outcome in ((X.reset_index(), churned), (mixed, mixed["outcome"])):
        found = check_leakage(features.drop(columns="outcome", errors="ignore"), outcome)
        pd.testing.assert_frame_equal(found.table, expected)


def test_categories_are_ranked_by_their_own_rate() -> None:
    plans = pd.DataFrame({"plan": ["b", "a", "b", "a", None, None]})
    with pytest.warns(CemkitWarning, match="plan"):
        found = check_leakage(plans, pd.Series([0, 1, 0, 1, 0, 0]))
    assert found.table.loc["plan", "roc_auc"] == 1


def features(orders: pd.DataFrame, as_of: str) -> pd.DataFrame:
    return customer_table(orders, as_of, include="activity").select_dtypes("number")


def test_the_trap_on_online_retail(online_retail: pd.DataFrame) -> None:
    churned = label_churn(online_retail, "2011-09-09", 91)
    # Features read on the day the table was exported, three months after the label's as_of.
    late = features(online_retail, "2011-12-09").loc[churned.index]
    with pytest.warns(CemkitWarning, match="Suspected leakage: .*order_days_90"):
        check_leakage(late, churned)
    with pytest.warns(CemkitWarning, match="complete separation"):
        model = ChurnModel().fit(late, churned)
    assert roc_auc_score(churned, model.predict_proba(late)[:, 1]) > 0.999
    check_leakage(features(online_retail, "2011-09-09"), churned)  # raises no alarm


def test_the_event_is_named_and_never_taken_by_its_order() -> None:
    features = pd.DataFrame({"recency_days": [1, 2, 3, 4] * 5, "plan": ["a", "b", "b", "a"] * 5})
    churned = pd.Series([0, 1, 0, 1] * 5)
    words = churned.map({1: "gone", 0: "here"})
    expected = check_leakage(features, churned).table
    pd.testing.assert_frame_equal(check_leakage(features, words, positive="gone").table, expected)
    with pytest.raises(DataError, match="churned must be 0 and 1"):
        check_leakage(features, words)


def test_a_column_of_names_is_left_out_and_costs_nothing() -> None:
    rng = np.random.default_rng(0)
    features = pd.DataFrame(
        {"name": [f"n{k}" for k in range(30_000)], "recency_days": rng.random(30_000)}
    )
    found = check_leakage(features, pd.Series(rng.integers(0, 2, 30_000)))
    assert found.table.index.tolist() == ["recency_days"]
    assert found.suspects == 0
