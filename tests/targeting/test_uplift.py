"""UpliftModel recovers planted effects, honestly and in any row order, and refuses what it must."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.tree import DecisionTreeRegressor

from cemkit import UpliftModel, allocate_offers, offer_profit, policy_value, qini_score
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
        scored = qini_score(
            model.uplift_.to_numpy(), y.to_numpy(), shuffled, cross_fitted=True, n_resamples=49
        )
        p_values.append(scored.p_value)
    assert (np.array(p_values) <= 0.1).sum() <= 19  # 10 expected, give or take 3


@pytest.mark.exhaustive
def test_an_effect_that_is_the_same_for_all_is_seldom_called_ranked() -> None:
    places = {False: [], True: []}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame(rng.normal(size=(1_000, 5)), columns=list("abcde"))
        treated = rng.integers(0, 2, 1_000)
        y = X["a"] + 0.3 * treated + rng.normal(size=1_000)
        model = UpliftModel(propensity=0.5).fit(X, y, treated)
        for cross_fitted, found in places.items():
            score = qini_score(model.uplift_, y, treated, cross_fitted=cross_fitted, n_resamples=99)
            found.append(score.place)
    # 5 expected, give or take 2; as if the scores came from other customers it is about 15.
    assert np.count_nonzero(places[True]) <= 12
    assert np.count_nonzero(places[True]) < np.count_nonzero(places[False])


def test_an_effect_that_is_the_same_for_all_is_ranked_no_worse_than_by_chance() -> None:
    scores = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        X = pd.DataFrame(rng.normal(size=(800, 3)), columns=list("abc"))
        treated = rng.integers(0, 2, 800)
        bought = (rng.random(800) < 0.2 + 0.1 * treated).astype(int)
        model = UpliftModel(propensity=0.5).fit(X, bought, treated)
        scores.append(qini_score(model.uplift_, bought, treated, n_resamples=1).qini)
    # Where folds keep their levels it is about -.1: who gained by chance is ranked low.
    assert np.mean(scores) > -0.05


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
    with pytest.raises(ValueError, match="needs a regressor, not a classifier"):
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
        ({"propensity": 1.0}, None, ValueError, "no comparison group"),
        ({"propensity": np.int64(1)}, None, ValueError, "strictly between 0 and 1, not 1"),
        ({"propensity": np.float32(0)}, None, ValueError, "strictly between 0 and 1, not 0"),
        ({"propensity": [0.5] * 100}, None, TypeError, "the name of a column of X.*not list"),
        (
            {"propensity": "chance"},
            bad_column(1),
            DataError,
            "1 propensity that is not strictly",
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
    with pytest.warns(CemkitWarning, match="orders is missing in 1 row, and was in none of the"):
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
        DataError,
        match=r"if it holds several offers, name the label of no offer with UpliftModel\(control=",
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


SHARES = {"none": 0.4, "mail": 0.35, "call": 0.25}


def several(n: int = 4000, seed: int = 0) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Features, outcome and variant; mail adds 1 + recency, a call 2 for the shop's customers."""
    rng = np.random.default_rng(seed)
    ids = pd.Index(rng.permutation(n), name="customer_id")
    X = pd.DataFrame(rng.normal(size=(n, 2)), columns=["recency", "orders"], index=ids)
    X["channel"] = rng.choice(["app", "shop", "web"], n)
    variant = pd.Series(rng.choice(list(SHARES), n, p=list(SHARES.values())), index=ids)
    outcome = (
        2 * X["orders"] + rng.normal(size=n) + effects_of(X).to_numpy()[np.arange(n), arm(variant)]
    )
    return X, outcome, variant


def effects_of(X: pd.DataFrame) -> pd.DataFrame:
    shop = 2.0 * (X["channel"] == "shop")
    return pd.DataFrame({"none": 0.0 * shop, "mail": 1 + X["recency"], "call": shop})


def arm(variant: pd.Series) -> np.ndarray:
    return pd.Index(list(SHARES)).get_indexer(variant)


@pytest.mark.parametrize("learner", LEARNERS)
@pytest.mark.parametrize("propensity", [SHARES, None])
def test_the_effects_of_several_offers_are_recovered(learner: str, propensity: object) -> None:
    X, y, variant = several()
    model = UpliftModel(learner, propensity=propensity, control="none").fit(X, y, variant)
    assert model.offers_ == ["call", "mail"]
    truth = effects_of(X)[model.offers_]
    # The standard errors of its five coefficients are at most .08.
    assert np.abs(model.predict(X) - truth).to_numpy().mean() < 0.12
    assert np.abs(model.uplift_ - truth.to_numpy()).to_numpy().mean() < 0.14
    assert model.uplift_.columns.tolist() == model.offers_
    assert model.standard_error(X).shape == (len(X), 2)


def test_offers_in_one_column_of_several_types() -> None:
    X, y, variant = several(n=600)
    expected = UpliftModel(control="none").fit(X, y, variant).uplift_
    for typed in (variant.astype("category"), variant.astype(object), variant.iloc[::-1]):
        pd.testing.assert_frame_equal(
            UpliftModel(control="none").fit(X, y, typed).uplift_, expected
        )
    numbers = variant.map({"none": 0, "call": 1, "mail": 2})
    found = UpliftModel(control=0).fit(X, y, numbers)
    assert found.offers_ == [1, 2]
    np.testing.assert_array_equal(found.uplift_, expected)


def test_one_offer_with_a_name_is_the_offer_without_one() -> None:
    X, y, treated, _ = experiment(n=400)
    plain = UpliftModel(propensity=0.5).fit(X, y, treated)
    named = UpliftModel(propensity=0.5, control="none")
    named.fit(X, y, treated.map({0: "none", 1: "mail"}))
    np.testing.assert_array_equal(named.uplift_["mail"], plain.uplift_)
    assert named.predict(X).shape == (len(X), 1)
    assert named.add_to(X).columns[-1] == "uplift_mail"


@pytest.mark.parametrize("named", [True, False])
def test_several_offers_in_any_order_of_rows(named: bool) -> None:
    X, y, variant = several(n=600)
    X = X.assign(orders=X["orders"].mask(X["orders"] > 1.5))
    if not named:
        X, y, variant = (data.reset_index(drop=True) for data in (X, y, variant))
    order = np.random.default_rng(3).permutation(len(X))
    one = UpliftModel(control="none").fit(X, y, variant)
    other = UpliftModel(control="none").fit(X.iloc[order], y.iloc[order], variant.iloc[order])
    np.testing.assert_allclose(other.uplift_.loc[X.index], one.uplift_, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(other.predict(X), one.predict(X), rtol=1e-8, atol=1e-10)


@pytest.mark.filterwarnings("ignore:the uplift of .* leads outside:cemkit.errors.CemkitWarning")
@pytest.mark.parametrize("outcome", ["conversion", "amount"])
def test_columns_and_model_lead_to_the_same_allocation(outcome: str) -> None:
    X, y, variant = several(n=2000)
    y = (y > 1).astype(int) if outcome == "conversion" else 20 + 5 * y
    model = UpliftModel(control="none", propensity=SHARES).fit(X, y, variant)
    customers = model.add_to(X).assign(churn_probability=0.5, expected_mean_amount=80.0)
    offers = pd.DataFrame({"offer": ["mail", "call"], "kind": "none", "contact_cost": [0.2, 3.0]})
    options = {"margin": 0.4, "uplift_of": outcome}
    profits = offer_profit(customers, offers, model, **options)
    names = model.uplift_columns_
    assert names == {"call": "uplift_call", "mail": "uplift_mail"}
    by_column = offer_profit(customers, offers, names, **options)
    pd.testing.assert_series_equal(profits["profit"], by_column["profit"])
    errors = dict(zip(model.offers_, model.standard_error(X).T, strict=True))
    with_errors = customers.assign(**{f"error_{offer}": one for offer, one in errors.items()})
    by_column = offer_profit(
        with_errors,
        offers,
        names,
        uplift_standard_error={offer: f"error_{offer}" for offer in names},
        **options,
    )
    pd.testing.assert_frame_equal(profits, by_column)
    allocation = allocate_offers(profits, budget=800)
    assert set(allocation.table["offer"]) == {"mail", "call"}
    assert allocation.total_cost <= 800
    other = {"conversion": "amount", "amount": "conversion"}[outcome]
    with pytest.raises(ValueError, match="the uplift of offer .mail. is from a"):
        offer_profit(customers, offers, model, margin=0.4, uplift_of=other)
    renamed = offers.assign(offer=["mails", "call"])
    with pytest.raises(ValueError, match=r"not on 'mails' \(did you mean 'mail'\?\); name the off"):
        offer_profit(customers, renamed, model, **options)


def test_the_policy_gives_the_best_offer_or_none() -> None:
    X, y, variant = several()
    model = UpliftModel(control="none", propensity=SHARES).fit(X, y, variant)
    policy = model.policy(X.reset_index())
    assert policy.index.equals(X.index)
    truth = effects_of(X)
    assert (policy == truth.idxmax(axis=1)).mean() > 0.9
    assert (model.predict(X).max(axis=1) <= 0)[policy == "none"].all()
    never = X.assign(order_count=1, recency_days=1.0)
    never.iloc[0, -2:] = [0, np.nan]
    assert model.policy(never).iloc[0] == "none"
    assert np.isnan(model.predict(never)[0]).all()
    with pytest.raises(ValueError, match="fit with control="):
        UpliftModel().fit(X, y, (variant == "mail").astype(int)).policy(X)


def test_propensities_of_each_arm_may_be_columns() -> None:
    X, y, variant = several(n=600)
    wide = X.assign(**{f"p_{name}": share for name, share in SHARES.items()})
    given = {"none": "p_none", "mail": "p_mail", "call": 0.25}
    for learner in LEARNERS:
        expected = UpliftModel(learner, control="none", propensity=SHARES).fit(X, y, variant)
        model = UpliftModel(learner, control="none", propensity=given)
        model.fit(wide.drop(columns="p_call"), y, variant)
        assert model.feature_names_in_.tolist() == ["recency", "orders", "channel"]
        np.testing.assert_allclose(model.uplift_, expected.uplift_)
        np.testing.assert_allclose(model.predict(wide), expected.predict(X))
    with pytest.raises(DataError, match="do not sum to 1 in 600 rows"):
        UpliftModel(control="none", propensity=given | {"call": 0.3}).fit(wide, y, variant)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        (
            {"control": "None"},
            ValueError,
            r"control='None' is not a label of treatment, .*mean 'none'",
        ),
        (
            {"control": 0},
            ValueError,
            r"control=0 is not a label of treatment, which has \['call', 'm",
        ),
        ({"control": ["none"]}, TypeError, "control must be one label"),
        ({"treated": "mail"}, ValueError, "treated='mail' is not needed; give only one of the two"),
        (
            {"propensity": 0.5},
            ValueError,
            "sum to 1.5, not 1; for an unequal split give one by tre",
        ),
        ({"propensity": "orders"}, ValueError, "is one column, but with control=.* give a dict"),
        ({"propensity": {"none": 0.5, "mail": 0.5}}, ValueError, "but not treatment 'call'"),
        ({"propensity": SHARES | {"mail": 0}}, ValueError, "of 'mail' must lie strictly between"),
        ({"propensity": SHARES | {"mail": "p"}}, DataError, "missing column 'p'"),
        ({"propensity": [0.4, 0.35, 0.25]}, TypeError, "a number, one by label, or None, not list"),
        ({"n_repeats": 0}, ValueError, "n_repeats must be at least 1, not 0"),
        ({"n_folds": 200}, NotEnoughDataError, "customers with treatment 'call', got"),
    ],
)
def test_bad_parameters_of_several_offers(
    parameters: dict, error: type[Exception], message: str
) -> None:
    X, y, variant = several(n=300)
    with pytest.raises(error, match=message):
        UpliftModel(**{"control": "none", **parameters}).fit(X, y, variant)


def test_bad_treatments_of_several_offers() -> None:
    X, y, variant = several(n=300)
    with pytest.raises(DataError, match="3 customers have no treatment .the first is"):
        UpliftModel(control="none").fit(X, y, variant.where(np.arange(300) > 2))
    with pytest.raises(DataError, match="'Mail' and 'mail' differ in case"):
        UpliftModel(control="none").fit(X, y, variant.where(np.arange(300) > 9, "Mail"))
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 treatment besides the control, got 0"
    ):
        UpliftModel(control="none").fit(X, y, ["none"] * 300)
    with pytest.raises(DataError, match="treatment must be 0 or 1, not .*UpliftModel.control="):
        UpliftModel().fit(X, y, variant)
    with pytest.warns(CemkitWarning, match="do not explain; check the assignment"):
        UpliftModel(control="none", propensity={"none": 0.8, "mail": 0.1, "call": 0.1}).fit(
            X, y, variant
        )


@pytest.mark.parametrize("labels", [{}, {"none": 0, "mail": 1, "call": 2}])
def test_the_treatment_is_no_feature(labels: dict) -> None:
    X, y, variant = several(n=2000)
    leaked = X.assign(sent=variant.map(labels) if labels else variant)
    with pytest.raises(DataError, match="the feature 'sent' contains the treatment"):
        UpliftModel(control="none", propensity=SHARES).fit(leaked, y, variant)
    other = leaked.assign(sent=leaked["sent"].where(np.arange(2000) < 1990, X["orders"] > 0))
    if labels:
        UpliftModel(control="none", propensity=SHARES).fit(
            other.astype({"sent": float}), y, variant
        )


def test_around_an_estimator_of_ones_own_it_is_not_saved() -> None:
    X, y, variant = several(n=300)
    model = UpliftModel(estimator=Ridge(), control="none", n_repeats=1).fit(X, y, variant)
    with pytest.raises(TypeError, match="Ridge cannot be saved to JSON; save it with skops"):
        model.to_json()


@pytest.mark.parametrize("kind", ["float64", "Int64", "bool"])
def test_the_outcome_is_no_feature(kind: str) -> None:
    X, y, variant = several(n=2000)
    bought = (y > y.median()).astype(float)
    leaked = X.assign(after=bought.astype("Int64").astype(kind))
    with pytest.raises(DataError, match="the feature 'after' is the outcome itself; leave it out"):
        UpliftModel(control="none", propensity=SHARES).fit(leaked, bought, variant)
    nearly = leaked.assign(after=bought.where(np.arange(2000) < 1990, 1 - bought))
    UpliftModel(control="none", propensity=SHARES, n_repeats=1).fit(nearly, bought, variant)


def test_hillstroms_emails(reference_data: Path) -> None:
    table = pd.read_parquet(reference_data / "hillstrom.parquet").rename_axis("customer_id")
    X = table[["recency", "history", "mens", "womens", "zip_code", "newbie", "channel"]]
    variant, visit = table["segment"], table["visit"]
    model = UpliftModel(control="No E-Mail", propensity=1 / 3).fit(X, visit, variant)
    scores = {}
    for offer in model.offers_:
        two = variant.isin([offer, "No E-Mail"])
        columns = model.uplift_.loc[two, offer], visit[two], variant[two]
        scores[offer] = qini_score(*columns, treated=offer, n_resamples=99)
    women, men = scores["Womens E-Mail"], scores["Mens E-Mail"]
    # The reference: women's Qini .057 (.042 to .071), and men's nothing to rank.
    assert women.qini == pytest.approx(0.057, abs=0.006)
    assert women.place == 1
    assert men.place == 0
    assert "not distinguishable from a random order" in men.sentence()
    held = np.arange(len(table)) % 2 == 1
    learnt = UpliftModel(control="No E-Mail", propensity=1 / 3)
    policy = learnt.fit(X[~held], visit[~held], variant[~held]).policy(X[held])
    judged = X[held].assign(variant=variant[held], visit=visit[held])
    value = policy_value(
        policy, judged, 1 / 3, outcome="visit", covariates=["recency", "history", "womens"]
    )
    # Visit rates of the arms as published: 10.6 %, 15.1 % and 18.3 %.
    rates = value.table.set_index("policy")
    for offer, rate in {"No E-Mail": 0.106, "Womens E-Mail": 0.151, "Mens E-Mail": 0.183}.items():
        row = rates.loc[f"everyone {offer}"]
        assert row["value_lower"] < rate < row["value_upper"]
    assert value.best_constant == "Mens E-Mail"
    assert value.verdict == 0
    assert "undecided" in value.sentence()
    assert "尚无定论" in value.sentence("zh")
