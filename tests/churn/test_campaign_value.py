"""Money: by hand, and EMPC against R's EMP and empulse."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn import config_context
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_validate

from cemkit import ChurnModel, allocate_offers, retention_profit
from cemkit.churn import campaign_profit, expected_maximum_profit, retention_profit_scorer
from cemkit.errors import DataError, NotEnoughDataError

COSTS = {"offer_cost": 10.0, "contact_cost": 1.0}
OUTCOME = pd.Series([0, 1, 0, 1, 0, 1, 0, 1])
SCORE = pd.Series([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])


def test_empc_of_the_documentation_of_empulse() -> None:
    found = expected_maximum_profit(OUTCOME, SCORE, clv=200, **COSTS)
    assert found.expected_profit == pytest.approx(23.875593418348124, rel=1e-12)
    assert found.best_share == pytest.approx(0.8743700763, abs=1e-9)


def test_empc_of_telco_as_in_r(
    telco_fifth: tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series],
) -> None:
    train, test, churned, outcome = telco_fifth
    # The score of the reference: scikit-learn's lbfgs, which stops before the optimum.
    fit = LogisticRegression(C=1e6, max_iter=1000).fit(train, churned)
    score = pd.Series(fit.predict_proba(test)[:, 1], outcome.index)
    found = expected_maximum_profit(outcome, score, clv=200, **COSTS)
    assert found.expected_profit == pytest.approx(10.1142273061, abs=1e-9)
    assert found.best_share == pytest.approx(0.5318, abs=5e-5)


def test_empc_is_the_mean_of_the_best_profit_by_integration() -> None:
    rng = np.random.default_rng(0)
    score = pd.Series(rng.random(300).round(2))
    churned = pd.Series((rng.random(300) < score).astype(int))
    found = expected_maximum_profit(churned, score, clv=100, offer_cost=20, contact_cost=2,
                                    alpha=3, beta=5)  # fmt: skip
    order = np.argsort(-score.to_numpy(), kind="stable")
    ends = np.r_[np.flatnonzero(np.diff(-score.to_numpy()[order]) > 0) + 1, 300]
    hits = np.r_[0, churned.to_numpy()[order].cumsum()[ends - 1]] / 300
    fired = np.r_[0, ends] / 300
    gammas = (np.arange(20_000) + 0.5) / 20_000
    best = [(hits * (g * 80) - (fired - hits) * 20 - fired * 2).max() for g in gammas]
    expected = np.average(best, weights=stats.beta(3, 5).pdf(gammas))
    assert found.expected_profit == pytest.approx(expected, rel=1e-5)
    at_mean = hits * (3 / 8 * 80) - (fired - hits) * 20 - fired * 2
    assert found.maximum_profit == pytest.approx(at_mean.max())
    assert found.maximum_share == pytest.approx(fired[at_mean.argmax()])


def test_a_score_that_only_orders_is_enough() -> None:
    one = expected_maximum_profit(OUTCOME, SCORE, clv=200, **COSTS)
    two = expected_maximum_profit(OUTCOME, SCORE * 100 - 7, clv=200, **COSTS)
    assert one == two


def test_no_campaign_is_better_than_a_loss() -> None:
    found = expected_maximum_profit(OUTCOME, -SCORE, clv=11, **COSTS)
    assert found.expected_profit == pytest.approx(0, abs=1e-12)
    assert found.maximum_share == 0


def test_retention_profit_by_hand() -> None:
    probability = pd.Series([0.9, 0.1, 0.5], index=["ann", "bob", "cat"])
    plan = retention_profit(probability, 200, 10, 1, 0.3)
    expected = [0.9 * 0.3 * 190 - 0.1 * 10 - 1, 0.1 * 0.3 * 190 - 0.9 * 10 - 1, 0.5 * 57 - 5 - 1]
    np.testing.assert_allclose(plan.table["expected_profit"], expected)
    assert plan.table["contact"].tolist() == [True, False, True]
    assert plan.expected_profit == pytest.approx(expected[0] + expected[2])
    assert plan.everyone_profit == pytest.approx(sum(expected))
    assert plan.curve["profit"].max() == pytest.approx(plan.expected_profit)
    assert plan.curve.loc[plan.curve["profit"].idxmax(), "share"] == plan.best_share == 2 / 3
    assert "应联系 3 位客户中的 2 位" in plan.sentence("zh")


def test_values_per_customer_are_matched_by_id() -> None:
    probability = pd.Series([0.5, 0.5], index=["ann", "bob"])
    worth = pd.Series([10.0, 1000.0], index=["bob", "ann"])
    plan = retention_profit(probability, worth, 5, 1, 0.3, stayer_acceptance_rate=0.0)
    assert plan.table["contact"].to_dict() == {"ann": True, "bob": False}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"churn_probability": pd.Series([0.5, 1.5])}, r"churn_probability has 1 value outside"),
        ({"acceptance_rate": 1.3}, r"acceptance_rate has 2 values outside \[0, 1\], such as 1.3"),
        ({"offer_cost": -1.0}, "offer_cost must not be negative, but has -1"),
        ({"clv": pd.Series([1.0, np.nan])}, "clv has 1 missing"),
        ({"clv": pd.Series([1.0, 2.0], index=[5, 6])}, "must hold the same ids"),
    ],
)
def test_bad_money(change: dict[str, object], message: str) -> None:
    good = {"churn_probability": pd.Series([0.5, 0.5]), "clv": 100.0, "acceptance_rate": 0.3}
    with pytest.raises(DataError, match=message):
        retention_profit(**COSTS | good | change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"churn_probability": np.array([0.5, 0.5])}, "churn_probability must be a Series on the"),
        ({"clv": np.array([1.0, 2.0])}, "clv must be a number or a Series with the ids of churn_p"),
        ({"offer_cost": "5"}, "offer_cost must be a number or a Series .*, not str"),
    ],
)
def test_money_of_the_wrong_type(change: dict[str, object], message: str) -> None:
    good = {"churn_probability": pd.Series([0.5, 0.5]), "clv": 100.0, "acceptance_rate": 0.3}
    with pytest.raises(TypeError, match=message):
        retention_profit(**COSTS | good | change)  # type: ignore[arg-type]


def test_nobody_to_contact() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 customer, got 0"):
        retention_profit(pd.Series([], dtype="float64"), 100, 10, 1, 0.3)


def test_an_offer_that_costs_more_than_the_customer_is_worth() -> None:
    with pytest.raises(ValueError, match="clv must exceed offer_cost"):
        expected_maximum_profit(OUTCOME, SCORE, clv=10, **COSTS)


def test_the_scorer_takes_the_worth_of_each_customer(
    known: pd.DataFrame, churned: pd.Series
) -> None:
    worth = known["total_amount"] + 20
    with config_context(enable_metadata_routing=True):
        scorer = retention_profit_scorer(**COSTS, acceptance_rate=0.3)
        found = cross_validate(
            ChurnModel(), known, churned, scoring=scorer, params={"clv": worth}, cv=3,
            return_estimator=True, return_indices=True,
        )  # fmt: skip
        test = found["indices"]["test"][0]
        part = known.iloc[test]
        expected = campaign_profit(
            churned.iloc[test], found["estimator"][0].predict_proba(part)[:, 1], worth.iloc[test],
            **COSTS, acceptance_rate=0.3,
        )  # fmt: skip
        assert found["test_score"][0] == pytest.approx(expected)
        search = GridSearchCV(ChurnModel(), {"penalty": [0.1, 10.0]}, scoring=scorer, cv=3)
        assert search.fit(known, churned, clv=worth).best_params_["penalty"] in {0.1, 10.0}


def test_profits_are_matched_by_id() -> None:
    churned, worth = (
        pd.Series([1, 0], index=["ann", "bob"]),
        pd.Series([200.0, 200], ["ann", "bob"]),
    )
    probability = pd.Series([0.9, 0.1], index=["ann", "bob"])
    terms = {"offer_cost": 10, "contact_cost": 1, "acceptance_rate": 0.3}
    for columns in itertools.product(*([v, v.iloc[::-1]] for v in (churned, probability, worth))):
        assert campaign_profit(*columns, **terms) == pytest.approx(28.0)  # .3 * 190 - 1 by half
    with pytest.raises(DataError, match="must hold the same ids, each once: 1 only in churned"):
        campaign_profit(churned, probability.rename({"bob": "eve"}), worth, **terms)
    with pytest.raises(DataError, match="holds text in churned and numbers in churn_probability"):
        campaign_profit(churned, probability.reset_index(drop=True), worth, **terms)
    with pytest.raises(DataError, match="churned has 2 values but churn_probability has 3"):
        campaign_profit([1, 0], [0.9, 0.1, 0.5], 200, **terms)
    assert campaign_profit([1, 0], [0.9, 0.1], 200, **terms) == pytest.approx(28.0)


def test_profit_of_two_labels_needs_the_name_of_the_event() -> None:
    words, score = pd.Series(["churned", "stayed"] * 4), pd.Series(np.linspace(0.9, 0.1, 8))
    numbers = pd.Series([1, 0] * 4)
    terms = {"offer_cost": 10, "contact_cost": 1}
    for measure in (
        lambda y, **k: campaign_profit(y, score, 200, acceptance_rate=0.3, **terms, **k),
        lambda y, **k: expected_maximum_profit(y, score, clv=200, **terms, **k).expected_profit,
    ):
        assert measure(words, positive="churned") == measure(numbers)
        for labels in (words, numbers + 1):
            with pytest.raises(DataError, match="churned must be 0 and 1, or False and True, not"):
                measure(labels)


def test_the_scorer_takes_the_probability_of_the_label_named(
    known: pd.DataFrame, churned: pd.Series
) -> None:
    X, y = known[["recency_days"]].head(2000), churned.head(2000)
    worth = pd.Series(200.0, X.index)
    terms = {"offer_cost": 10, "contact_cost": 1, "acceptance_rate": 0.3}
    with config_context(enable_metadata_routing=True):
        scores = [
            cross_validate(
                ChurnModel(positive=positive), X, labels, cv=3, params={"clv": worth},
                scoring=retention_profit_scorer(positive=positive, **terms),
            )["test_score"]
            for positive, labels in ((None, y), ("gone", y.map({1: "gone", 0: "still here"})))
        ]  # fmt: skip
        np.testing.assert_allclose(scores[1], scores[0], rtol=1e-9)
        with pytest.raises(DataError, match="churned must be 0 and 1"):
            cross_validate(
                ChurnModel(), X, y.map({1: "gone", 0: "still here"}), cv=3, params={"clv": worth},
                scoring=retention_profit_scorer(**terms), error_score="raise",
            )  # fmt: skip


def test_a_retention_plan_is_a_profit_table() -> None:
    probability = pd.Series([0.9, 0.1, 0.5], index=pd.Index([3, 1, 2], name="customer_id"))
    plan = retention_profit(probability, clv=200, acceptance_rate=0.3, **COSTS)
    table = plan.profit_table("20 off")
    assert table["customer_id"].tolist() == [3, 1, 2]
    assert table["profit"].tolist() == plan.table["expected_profit"].tolist()
    # Taken by the leavers whom it keeps and by every stayer; the contact is paid in any case.
    assert table["cost"].tolist() == pytest.approx([3.7 + 1, 9.3 + 1, 6.5 + 1])
    earned = probability.to_numpy() * 0.3 * 200
    assert (table["profit"] + table["cost"]).tolist() == pytest.approx(earned.tolist())
    more = retention_profit(probability, clv=200, acceptance_rate=0.2, offer_cost=5, contact_cost=1)
    both = pd.concat([table, more.profit_table("10 off")])
    allocation = allocate_offers(both, budget=8)
    assert allocation.total_cost <= 8
    assert set(allocation.table["offer"]) <= {"20 off", "10 off"}
    for missing in (None, "", "nan"):
        with pytest.raises(ValueError, match="offer must have a name"):
            plan.profit_table(missing)
