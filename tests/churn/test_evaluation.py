"""The read-out of a churn probability: the article, Telco, intervals, comparison, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict, train_test_split

from cemkit import BetaGeoModel, ChurnModel, customer_table, evaluate_churn
from cemkit.errors import CemkitWarning


@pytest.fixture(scope="module")
def scored(known: pd.DataFrame, churned: pd.Series) -> pd.Series:
    probability = cross_val_predict(ChurnModel(), known, churned, method="predict_proba", cv=5)
    return pd.Series(probability[:, 1], index=known.index)


Split = tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]


def test_telco_as_published(telco_split: Split) -> None:
    train, test, churned, outcome = telco_split
    published = {
        "roc_auc": 0.845882, "brier": 0.136439, "log_loss": 0.415303,
        "average_precision": 0.652783, "ks": 0.543462,
    }  # fmt: skip
    scores = LogisticRegression(max_iter=1000).fit(train, churned).predict_proba(test)[:, 1]
    found = evaluate_churn(outcome, pd.Series(scores, outcome.index), n_resamples=5).table["value"]
    for name, value in published.items():
        assert found[name] == pytest.approx(value, abs=2e-6), name
    # The reference counts 212 customers as a tenth of 2,113; this counts 211.3 of them.
    assert found["lift_10"] == pytest.approx(2.878166, abs=5e-3)
    # The published fit stops at the tolerance of lbfgs; the optimum itself lies a little beside it.
    model = ChurnModel(scale=False, allow_sensitive=["SeniorCitizen", "gender_Male"])
    model.fit(train, churned)
    ours = evaluate_churn(outcome, model.add_to(test)["churn_probability"], n_resamples=5)
    exact = LogisticRegression(solver="newton-cholesky", tol=1e-12).fit(train, churned)
    scores = exact.predict_proba(test)[:, 1]
    best = evaluate_churn(outcome, pd.Series(scores, outcome.index), n_resamples=5)
    pd.testing.assert_frame_equal(ours.table, best.table, rtol=1e-8)
    for name, value in published.items():
        assert ours.table.loc[name, "value"] == pytest.approx(value, abs=7e-4), name


def test_telco_shows_why_accuracy_is_not_enough(telco8: pd.DataFrame, telco: pd.DataFrame) -> None:
    probability = ChurnModel().fit(telco8, telco["Churn"]).add_to(telco8)["churn_probability"]
    found = evaluate_churn(telco["Churn"], probability, n_resamples=20)
    assert found.table.loc["roc_auc", "value"] == pytest.approx(0.837667, abs=1e-5)
    assert found.majority_accuracy == pytest.approx(0.735, abs=5e-4)
    assert found.table.loc["accuracy", "value"] < found.majority_accuracy + 0.08
    assert "against 73.5% when predicting the majority for everyone" in found.sentence()


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
def test_the_article_is_read_out_with_its_three_customers(article: pd.DataFrame) -> None:
    X, y = article.drop(columns="churn"), article["churn"]
    train, test, outcome, truth = train_test_split(X, y, test_size=0.3, random_state=42)
    scored = ChurnModel().fit(train, outcome).add_to(test)["churn_probability"]
    with pytest.warns(CemkitWarning, match="only 1 of 3 customers has the rarer outcome"):
        found = evaluate_churn(truth, scored)
    assert (found.customers, found.events) == (3, 1)
    assert found.base_rate == pytest.approx(1 / 3)
    for name in ["accuracy", "recall", "f1", "roc_auc"]:
        assert (
            found.table.loc[name, "value"] == 1
        )  # of three customers that three features separate
    assert found.draws < 500  # draws with one outcome only are left out


def test_better_than_recency_and_than_expected_purchases(
    cdnow: pd.DataFrame, known: pd.DataFrame, churned: pd.Series, scored: pd.Series
) -> None:
    customers = customer_table(cdnow, "1997-09-30")
    purchases = BetaGeoModel().fit(customers).expected_purchases(customers, 182)
    found = evaluate_churn(
        churned,
        scored,
        {"recency_days": known["recency_days"], "bg_nbd": -purchases},
        n_resamples=60,
    )
    comparison = found.comparison
    assert comparison is not None
    for name, score in {"recency_days": known["recency_days"], "bg_nbd": -purchases}.items():
        assert comparison.loc[name, "roc_auc"] == pytest.approx(roc_auc_score(churned, score))
        assert comparison.loc[name, "difference_lower"] > 0
    assert comparison.loc["churn_probability", "roc_auc"] > 0.7676  # the references' BG/NBD


def test_intervals_have_the_width_of_theory(churned: pd.Series, scored: pd.Series) -> None:
    found = evaluate_churn(churned, scored, n_resamples=300).table.loc["accuracy"]
    error = np.sqrt(found["value"] * (1 - found["value"]) / len(churned))
    assert found["upper"] - found["lower"] == pytest.approx(2 * 1.96 * error, rel=0.15)
    assert found["lower"] < found["value"] < found["upper"]


def test_the_same_on_each_run_and_in_any_order(churned: pd.Series, scored: pd.Series) -> None:
    one, two = (evaluate_churn(churned, score, n_resamples=5) for score in (scored, scored[::-1]))
    pd.testing.assert_frame_equal(one.table, two.table)
    assert str(one).startswith(
        f"{one.sentence()}\nChurnEvaluation\n  outcome            churn\n  customers"
    )
    assert "deciles" not in str(one)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(4, 60),
    st.sampled_from([0.05, 0.5, 0.95, 0.99]),
    st.sampled_from([1, 2, 9, 30]),
    st.floats(0.1, 0.9),
    st.integers(0, 3),
)
@pytest.mark.filterwarnings("ignore:only")
def test_every_interval_holds_its_value(
    seed: int, n: int, level: float, draws: int, rate: float, digits: int
) -> None:
    rng = np.random.default_rng(seed)
    churned = pd.Series(rng.random(n) < rate, dtype=int)
    churned.iloc[:2] = [0, 1]
    probability = pd.Series(rng.random(n).round(digits))
    other = pd.DataFrame({"recency_days": rng.integers(0, 5, n)})
    found = evaluate_churn(
        churned, probability, other, n_resamples=draws, confidence_level=level, random_state=seed
    )
    table = found.table.dropna()
    assert (table["lower"] <= table["value"]).all()
    assert (table["value"] <= table["upper"]).all()
    inside = table.drop(index=["lift_10", "log_loss"], errors="ignore")
    inside = inside[~inside.index.str.startswith("calibration")]
    assert (inside["lower"] >= 0).all()
    assert (inside["upper"] <= 1).all()
    rows = found.comparison.dropna()
    assert (rows["difference_lower"] <= rows["difference"]).all()
    assert (rows["difference"] <= rows["difference_upper"]).all()


def test_miscalibration_by_recalibration_lies_in_its_interval() -> None:
    rng = np.random.default_rng(0)
    probability = pd.Series(rng.uniform(0.05, 0.95, 400))
    churned = pd.Series(rng.random(400) < probability, dtype=int)
    row = evaluate_churn(churned, probability, n_resamples=200).table.loc["brier_miscalibration"]
    assert 0 <= row["lower"] <= row["value"] <= row["upper"] < 0.05


def test_the_order_of_rows_changes_no_digit() -> None:
    rng = np.random.default_rng(3)
    probability = pd.Series(rng.random(300).round(2), index=pd.RangeIndex(300))
    churned = pd.Series((rng.random(300) < probability).astype(int))
    other = pd.DataFrame({"recency": rng.integers(0, 9, 300)})
    order = rng.permutation(300)
    one = evaluate_churn(churned, probability, other, n_resamples=50)
    two = evaluate_churn(churned[order], probability[order], other.loc[order], n_resamples=50)
    for name in ("table", "comparison", "deciles", "calibration", "curve"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)
