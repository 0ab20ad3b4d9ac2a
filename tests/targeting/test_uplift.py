"""UpliftModel recovers planted effects, honestly and in any row order, and refuses what it must."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.tree import DecisionTreeRegressor

from cemkit import UpliftModel, qini_score
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError

LEARNERS = ["t", "x", "dr"]


def experiment(
    n: int = 4000, seed: int = 0, share: float = 0.5
) -> tuple[pd.DataFrame, pd.Series, pd.Series, pd.Series]:
    """Features, outcome, treatment and the true effect, 1 + recency."""
    rng = np.random.default_rng(seed)
    ids = pd.Index(rng.permutation(n), name="customer_id")
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["recency", "orders"], index=ids)
    treated = pd.Series((rng.random(n) < share).astype(int), index=ids)
    effect = 1 + X["recency"]
    noise = rng.normal(size=n)
    outcome = 2 * X["orders"] + treated * effect + noise
    return X, outcome, treated, effect


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_planted_effects_are_recovered(learner: str, share: float) -> None:
    X, y, treated, effect = experiment(share=share)
    model = UpliftModel(learner, LinearRegression(), propensity=share).fit(X, y, treated)
    # Each coefficient's standard error is about sqrt(1 / (n share (1 - share))), at most 0.04.
    np.testing.assert_allclose(model.predict(X), effect, atol=0.5)
    assert np.abs(model.predict(X) - effect).mean() < 0.08
    assert np.abs(model.uplift_ - effect).mean() < 0.1


def test_the_doubly_robust_learner_mends_a_treatment_that_followed_a_feature() -> None:
    X, _, _, effect = experiment()
    rng = np.random.default_rng(1)
    chance = 1 / (1 + np.exp(-X["orders"]))
    treated = (rng.random(len(X)) < chance).astype(int)
    y = 2 * X["orders"] + treated * effect + rng.normal(size=len(X))
    naive = y[treated == 1].mean() - y[treated == 0].mean()
    model = UpliftModel("dr", LinearRegression()).fit(X, y, treated)
    assert naive > 2
    assert model.predict(X).mean() == pytest.approx(1, abs=0.12)


@pytest.mark.parametrize("learner", LEARNERS)
def test_no_customer_is_judged_by_a_learner_that_saw_them(learner: str) -> None:
    rng = np.random.default_rng(2)
    X = pd.DataFrame({"a": rng.normal(size=600)})
    y, treated = rng.normal(size=600), rng.integers(0, 2, 600)
    # A full tree learns every outcome by heart; on customers it has not seen it knows nothing.
    model = UpliftModel(learner, DecisionTreeRegressor(random_state=0), propensity=0.5)
    model.fit(X, y, treated)
    seen = qini_score(model.predict(X), y, treated, n_resamples=99)
    honest = qini_score(model.uplift_, y, treated, n_resamples=99)
    assert seen.p_value == pytest.approx(0.02)
    assert honest.p_value > 0.01


def test_on_shuffled_data_its_test_against_random_rejects_at_its_rate() -> None:
    p_values = []
    for seed in range(100):
        X, y, treated, _ = experiment(n=200, seed=seed)
        shuffled = treated.sample(frac=1, random_state=seed).to_numpy()
        model = UpliftModel("t", LinearRegression(), propensity=0.5).fit(X, y, shuffled)
        scored = qini_score(model.uplift_.to_numpy(), y.to_numpy(), shuffled, n_resamples=49)
        p_values.append(scored.p_value)
    assert (np.array(p_values) <= 0.1).sum() <= 19  # 10 expected, give or take 3


@pytest.mark.parametrize("learner", LEARNERS)
def test_row_order_does_not_matter(learner: str) -> None:
    X, y, treated, _ = experiment(n=500)
    order = np.random.default_rng(3).permutation(len(X))
    tree = DecisionTreeRegressor(max_features=1, max_depth=3, random_state=0)
    one = UpliftModel(learner, tree).fit(X, y, treated)
    other = UpliftModel(learner, tree).fit(X.iloc[order], y, treated)
    np.testing.assert_allclose(other.predict(X), one.predict(X), rtol=1e-9)
    np.testing.assert_allclose(other.uplift_.loc[X.index], one.uplift_, rtol=1e-9)


def test_a_classifier_serves_the_t_learner() -> None:
    rng = np.random.default_rng(4)
    X = pd.DataFrame({"a": rng.normal(size=5000)})
    treated = rng.integers(0, 2, 5000)
    bought = (rng.random(5000) < 0.3 + 0.2 * treated).astype(int)
    model = UpliftModel("t", LogisticRegression(), propensity=0.5).fit(X, bought, treated)
    assert model.predict(X).mean() == pytest.approx(0.2, abs=0.04)
    with pytest.raises(ValueError, match="regresses effects, which a classifier cannot"):
        UpliftModel("dr", LogisticRegression()).fit(X, bought, treated)


@pytest.mark.parametrize("scale", [5, 0.5])
def test_a_classifier_is_refused_where_its_probabilities_are_not_the_outcome(scale: float) -> None:
    X, _, treated, _ = experiment(n=200)
    outcome = np.arange(200) % 2 * scale
    with pytest.raises(ValueError, match=f"y holds {scale:g}, but a classifier gives"):
        UpliftModel("t", LogisticRegression(), propensity=0.5).fit(X, outcome, treated)
    with pytest.raises(ValueError, match="y holds 2, but a classifier"):
        UpliftModel("t", LogisticRegression()).fit(X, np.arange(200) % 3, treated)
    with pytest.raises(ValueError, match="RidgeClassifier has no predict_proba"):
        UpliftModel("t", RidgeClassifier()).fit(X, np.arange(200) % 2, treated)


def test_the_standard_error_is_that_of_the_difference_of_means() -> None:
    rng = np.random.default_rng(5)
    X = pd.DataFrame({"a": np.zeros(4000)})
    errors = []
    for _ in range(40):
        treated = rng.integers(0, 2, 4000)
        y = rng.normal(size=4000)
        model = UpliftModel("t", LinearRegression(), propensity=0.5).fit(X, y, treated)
        errors.append(model.standard_error(X.head(1))[0] ** 2)
    assert np.sqrt(np.mean(errors)) == pytest.approx(np.sqrt(4 / 4000), rel=0.25)


def test_a_column_of_propensities_is_no_feature() -> None:
    X, y, treated, effect = experiment()
    model = UpliftModel("x", LinearRegression(), propensity="chance")
    model.fit(X.assign(chance=0.5), y, treated)
    assert model.feature_names_in_.tolist() == ["recency", "orders"]
    assert np.abs(model.predict(X.assign(chance=0.5)) - effect).mean() < 0.08


def test_add_to_keeps_rows_and_takes_features_by_name() -> None:
    X, y, treated, _ = experiment(n=200)
    model = UpliftModel(propensity=0.5).fit(X, y, treated)
    table = X[["orders", "recency"]].assign(channel="shop").reset_index()
    added = model.add_to(table)
    assert added.columns.tolist() == [*table.columns, "uplift"]
    assert np.array_equal(added["uplift"], model.predict(X))
    assert clone(model).get_params() == model.get_params()


def test_an_unfitted_model_says_so() -> None:
    with pytest.raises(NotFittedError, match="UpliftModel"):
        UpliftModel().predict(experiment(n=10)[0])


def test_estimated_propensities_near_0_or_1_are_told() -> None:
    rng = np.random.default_rng(6)
    X = pd.DataFrame({"a": np.append(rng.normal(size=500), rng.normal(8, 0.1, 20))})
    treated = np.append(rng.random(500) < 1 / (1 + np.exp(-2 * X["a"][:500])), np.ones(20))
    with pytest.warns(CemkitWarning, match="hardly anyone like them"):
        UpliftModel().fit(X, rng.normal(size=520), treated)


def bad_column(value: float) -> pd.DataFrame:
    return experiment(n=100)[0].assign(chance=np.append(np.full(99, 0.5), value))


@pytest.mark.parametrize(
    ("params", "X", "error", "message"),
    [
        (
            {"propensity": 0},
            None,
            ValueError,
            "propensity must lie strictly between 0 and 1, not 0",
        ),
        ({"propensity": 1.0}, None, ValueError, "nobody to compare with"),
        ({"propensity": np.int64(1)}, None, ValueError, "strictly between 0 and 1, not 1"),
        ({"propensity": np.float32(0)}, None, ValueError, "strictly between 0 and 1, not 0"),
        ({"propensity": [0.5] * 100}, None, TypeError, "the name of a column of X.*not list"),
        (
            {"propensity": "chance"},
            bad_column(1),
            DataError,
            "1 propensities that are not strictly",
        ),
        ({"propensity": "chance"}, bad_column(0), DataError, "leave them out"),
        ({"propensity": "chance"}, None, DataError, "missing column 'chance'"),
        ({"learner": "s"}, None, ValueError, "learner must be one of"),
        ({"n_folds": 2}, None, ValueError, "n_folds must be at least 3"),
        ({}, experiment(n=100)[0].assign(gender=1), DataError, r"allow_sensitive=\['gender'\]"),
        ({}, experiment(n=100)[0].assign(orders=np.inf), DataError, "orders contains infinity"),
        ({}, experiment(n=100)[0].assign(orders="7"), DataError, "orders is text that holds numb"),
        ({}, experiment(n=100)[0][[]].assign(), DataError, "no feature|at least 1"),
        ({}, experiment(n=100)[0].iloc[:-1], DataError, "1 only in y"),
    ],
)
def test_bad_input_is_refused(
    params: dict, X: pd.DataFrame | None, error: type[Exception], message: str
) -> None:
    good, y, treated, _ = experiment(n=100)
    with pytest.raises(error, match=message):
        UpliftModel(**params).fit(good if X is None else X, y, treated)


def test_sensitive_features_may_be_named_on_purpose() -> None:
    X, y, treated, _ = experiment(n=100)
    model = UpliftModel(allow_sensitive=["age"], propensity=0.5)
    assert "age" in model.fit(X.assign(age=30.0), y, treated).feature_names_in_


def test_categories_are_indicators_and_missing_numbers_the_mean() -> None:
    X, y, treated, _ = experiment(n=300)
    gone = X.index[7]
    channel = np.where(X["recency"] > 0, "shop", "web")
    known = X.assign(
        orders=X["orders"].fillna(0).mask(X.index == gone, X["orders"].drop(gone).mean()),
        shop=(channel == "web").astype(float),
    )
    given = X.assign(orders=X["orders"].mask(X.index == gone), channel=channel)
    expected = UpliftModel(propensity=0.5).fit(known, y, treated)
    model = UpliftModel(propensity=0.5).fit(given, y, treated)
    assert model.encoding_.terms == ["recency", "orders", "channel=web"]
    np.testing.assert_allclose(model.uplift_, expected.uplift_, rtol=1e-9)
    np.testing.assert_allclose(model.predict(given), expected.predict(known), rtol=1e-9)
    model = UpliftModel(propensity=0.5).fit(X, y, treated)
    with pytest.warns(CemkitWarning, match="orders is missing in 1 rows, and was in none of the"):
        model.add_to(given)
    with pytest.raises(DataError, match="missing column 'orders'"):
        model.predict(X[["recency"]])


def test_a_customer_without_an_outcome_or_a_treatment_is_named() -> None:
    X, y, treated, _ = experiment(n=100)
    gone = X.index[7]
    message = rf"has 1 missing and 0 infinite values \(the first at {gone}\)"
    with pytest.raises(DataError, match="y " + message):
        UpliftModel().fit(X, y.mask(y.index == gone), treated)
    for kind in ("Int64", "boolean"):
        missing = treated.astype(kind).mask(treated.index == gone)
        with pytest.raises(DataError, match="treatment " + message):
            UpliftModel().fit(X, y, missing)


@pytest.mark.parametrize(
    ("value", "message"), [(0, "5 treated customers, got 0"), (1, "5 untreated customers, got 0")]
)
def test_a_treatment_never_or_always_given_is_refused(value: int, message: str) -> None:
    X, y, _, _ = experiment(n=100)
    with pytest.raises(NotEnoughDataError, match=message):
        UpliftModel().fit(X, y, np.full(100, value))


def test_more_than_two_treatments_are_refused() -> None:
    X, y, _, _ = experiment(n=100)
    with pytest.raises(
        DataError, match=r"of several offers name those without one with UpliftModel\(control="
    ):
        UpliftModel().fit(X, y, np.arange(100) % 3)


def test_labels_are_named_and_never_taken_by_their_order() -> None:
    X, y, treated, _ = experiment(n=300)
    bought = (y > y.median()).astype(int)
    expected = UpliftModel(propensity=0.5).fit(X, bought, treated)
    named = UpliftModel(propensity=0.5, positive="buys", treated="a letter")
    named.fit(X, bought.map({1: "buys", 0: "leaves"}), treated.map({1: "a letter", 0: "nothing"}))
    pd.testing.assert_series_equal(named.uplift_, expected.uplift_)
    with pytest.raises(DataError, match="treatment must be 0 or 1, not"):
        UpliftModel().fit(X, y, treated.map({1: "a letter", 0: "nothing"}))
    with pytest.raises(DataError, match="y must be numeric, .* as in positive='yes'"):
        UpliftModel().fit(X, bought.map({1: "buys", 0: "leaves"}), treated)


def test_columns_of_one_table_are_matched_by_its_rows() -> None:
    X, y, treated, _ = experiment(n=200)
    expected = UpliftModel(propensity=0.5).fit(X, y, treated)
    # Ids that are the numbers of other rows: matched by id, most customers would get another's.
    table = X.reset_index(drop=True).assign(y=y.to_numpy(), treated=treated.to_numpy())
    ids = np.random.default_rng(0).permutation(len(table))
    features = table[X.columns].assign(customer_id=ids)
    model = UpliftModel(propensity=0.5).fit(features, table["y"], table["treated"])
    same = UpliftModel(propensity=0.5).fit(
        X.set_axis(pd.Index(ids, name="customer_id")), y.to_numpy(), treated.to_numpy()
    )
    pd.testing.assert_series_equal(model.uplift_, same.uplift_)
    assert np.corrcoef(model.uplift_, expected.uplift_)[0, 1] > 0.9


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object"])
def test_every_type_of_id_has_the_same_folds(dtype: str) -> None:
    X, y, treated, _ = experiment(n=200)
    X = X.set_axis(pd.Index(range(200), name="customer_id"))
    columns = y.to_numpy(), treated.to_numpy()
    expected = UpliftModel(propensity=0.5).fit(X, *columns).uplift_.to_numpy()
    typed = X.set_axis(X.index.astype(dtype))
    assert (UpliftModel(propensity=0.5).fit(typed, *columns).uplift_.to_numpy() == expected).all()


def test_a_fit_that_is_interrupted_or_refused_leaves_the_earlier_one() -> None:
    X, y, treated, _ = experiment(n=100)
    model = UpliftModel(propensity=0.5).fit(X, y, treated)
    state, before = vars(model).copy(), model.predict(X)
    with pytest.raises(DataError):
        model.fit(X.assign(more=1.0), y, treated * 2)
    calls = [0]

    class Interrupted(Ridge):
        def fit(self, *data: object) -> "Interrupted":
            calls[0] -= 1
            if calls[0] < 0:
                raise KeyboardInterrupt
            return super().fit(*data)

    for after in range(12):
        calls[0] = after
        model.set_params(estimator=Interrupted())
        with pytest.raises(KeyboardInterrupt):
            model.fit(X.assign(more=1.0), y, treated)
        model.set_params(estimator=None)
        assert vars(model) == state
        assert (model.predict(X) == before).all()


@pytest.mark.parametrize("learner", ["t", "x", "dr"])
def test_an_estimator_must_be_one(learner: str) -> None:
    X = pd.DataFrame({"orders": np.arange(40.0)})
    y, treatment = X["orders"] % 7, pd.Series(np.arange(40) % 2)
    with pytest.raises(TypeError, match="estimator must be a scikit-learn estimator, not 'rf'"):
        UpliftModel(learner, "rf", propensity=0.5).fit(X, y, treatment)
