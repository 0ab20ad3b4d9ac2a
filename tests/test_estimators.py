"""The contract that every estimator keeps, whatever it estimates."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from cemkit import (
    BetaGeoModel,
    ChurnModel,
    CustomerClusters,
    CustomerLifetimeValue,
    GammaGammaModel,
    LifecycleStages,
    ParetoNBDModel,
    RFMSegmenter,
    UpliftModel,
    customer_table,
    load_cdnow,
)
from cemkit.churn import PropensityModel
from cemkit.clv import FrequencyGammaGammaModel, ModifiedBetaGeoModel, NetSpendModel
from cemkit.described import Described

# scikit-learn's toy data, and repeat buyers told by their order count, are separable: that is said.
pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")

FEATURES = ["recency_days", "order_count", "total_amount"]
# What each answers with; estimators that name their own columns take any customer table.
ANSWERS: dict[BaseEstimator, Callable] = {
    RFMSegmenter(): lambda model, table: model.transform(table),
    CustomerClusters(n_clusters=3): lambda model, table: model.add_to(table)["cluster"],
    ChurnModel(): lambda model, table: model.add_to(table)["churn_probability"],
    PropensityModel(outcome="rest"): lambda model, table: model.add_to(table)["rest_probability"],
    BetaGeoModel(): lambda model, table: model.expected_purchases(table, 90),
    ModifiedBetaGeoModel(): lambda model, table: model.expected_purchases(table, 90),
    ParetoNBDModel(): lambda model, table: model.expected_purchases(table, 90),
    GammaGammaModel(): lambda model, table: model.expected_mean_amount(table),
    FrequencyGammaGammaModel(): lambda model, table: model.expected_mean_amount(table),
    NetSpendModel(): lambda model, table: model.expected_mean_amount(table),
    CustomerLifetimeValue(): lambda model, table: model.add_to(table)["clv"],
    UpliftModel(propensity=0.5): lambda model, table: model.add_to(table)["uplift"],
}
ADDED = {"cluster", "churn_probability", "rest_probability", "clv", "uplift"}
every_estimator = pytest.mark.parametrize(
    ("model", "answer"), ANSWERS.items(), ids=[type(model).__name__ for model in ANSWERS]
)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1997-09-30")


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    """A customer table of every block, with dates, names, an identifier and a category."""
    orders = load_cdnow("sample")
    customers = customer_table(orders, as_of="1997-09-30", include="all")
    names = [f"Customer {number}" for number in range(len(customers))]
    return customers.assign(
        name=names,
        phone=[f"138{number:08}" for number in range(len(customers))],
        household_id=range(len(customers)),
        plan=np.where(np.arange(len(customers)) % 3, "basic", "gold"),
    )


def fitted(
    model: BaseEstimator, customers: pd.DataFrame, features: list[str] | None = FEATURES
) -> BaseEstimator:
    model, chosen = clone(model), customers if features is None else customers[features]
    if isinstance(model, CustomerClusters):
        return model.fit(chosen)
    once = (customers["repeat_count"] == 0).astype(int)
    if isinstance(model, PropensityModel):
        return model.fit(chosen, once.rename("churned"))
    if isinstance(model, UpliftModel):
        treated = pd.Series(customers.index % 2, index=customers.index)
        paid = (customers["total_amount"].fillna(0) + treated).rename("paid")
        return model.fit(chosen, paid, treated)
    return model.fit(customers)


@every_estimator
def test_the_customer_table_is_taken_as_it_is(
    model: BaseEstimator, answer: Callable, wide: pd.DataFrame
) -> None:
    estimator = fitted(model, wide, features=None)
    assert np.isfinite(np.asarray(answer(estimator, wide), dtype=float)).all()
    if hasattr(estimator, "ignored_columns_"):
        assert estimator.ignored_columns_ == {
            "first_order_date": "dates",
            "last_order_date": "dates",
            "last_return_date": "dates",
            "habitual_hour": "no values",  # the orders have no time of day
            "habitual_hour_share": "no values",
            "name": "identifiers or free text",
            "phone": "identifiers or free text",
            "household_id": "identifiers or free text",
        }


def with_others(customers: pd.DataFrame) -> pd.DataFrame:
    """The table with people who never ordered before, among and after those who did."""
    first, last = np.array_split(customers.index.to_numpy(), 2)
    roster = customers.reindex(pd.Index([-1, *first, -2, *last, -3], name="customer_id"))
    return roster.fillna({"order_count": 0})


@every_estimator
def test_who_never_ordered_is_left_out_counted_and_has_no_prediction(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    roster = with_others(customers)
    estimator, other = fitted(model, customers), fitted(model, roster)
    assert estimator.left_out_["never ordered"] == 0
    assert other.left_out_["never ordered"] == 3
    expected, found = answer(estimator, customers), answer(other, roster)
    assert found.index.equals(roster.index)
    assert np.isnan(np.asarray(found.loc[[-1, -2, -3]], dtype=float)).all()
    assert np.array_equal(found.loc[customers.index], expected)
    if hasattr(model, "to_json"):
        assert type(model).from_json(other.to_json()).left_out_.equals(other.left_out_)


def test_who_never_ordered_has_a_stage(customers: pd.DataFrame) -> None:
    stages = LifecycleStages().fit(with_others(customers)).predict(with_others(customers))
    assert stages.loc[[-1, -2, -3]].tolist() == ["potential"] * 3
    assert stages.loc[customers.index].equals(LifecycleStages().fit().predict(customers))


def test_arrays_are_missing_where_nobody_ordered(customers: pd.DataFrame) -> None:
    roster = with_others(customers)[FEATURES]
    churn, clusters = (
        fitted(model, customers) for model in (ChurnModel(), CustomerClusters(n_clusters=3))
    )
    for answers in (
        churn.predict(roster),
        clusters.predict(roster),
        *churn.predict_proba(roster).T,
    ):
        assert np.flatnonzero(np.isnan(answers)).tolist() == [0, 1180, len(roster) - 1]


@parametrize_with_checks([CustomerClusters(), ChurnModel()])
def test_matrix_estimators_pass_scikit_learns_checks(
    estimator: BaseEstimator, check: Callable
) -> None:
    check(estimator)


@every_estimator
def test_clones_have_the_same_parameters(model: BaseEstimator, answer: Callable) -> None:
    assert repr(clone(model)) == repr(model)


@every_estimator
def test_unfitted_models_say_so(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    with pytest.raises(NotFittedError, match=type(model).__name__):
        answer(clone(model), customers)


@every_estimator
def test_answers_keep_the_index_of_the_table(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    some = customers.sample(50, random_state=1)
    pd.testing.assert_index_equal(answer(fitted(model, customers), some).index, some.index)


@every_estimator
def test_column_order_and_further_columns_do_not_matter(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    estimator = fitted(model, customers)
    turned = customers[customers.columns[::-1]].assign(channel="shop")
    expected = answer(estimator, customers)
    assert np.array_equal(answer(estimator, turned), expected)


@every_estimator
def test_customers_may_be_a_column(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    estimator = fitted(model, customers)
    answers = answer(estimator, customers.reset_index())
    assert np.array_equal(answers, answer(estimator, customers))
    # What is added to a table keeps its rows; an answer of its own bears the ids.
    adds = getattr(answers, "name", "") in ADDED
    expected = pd.RangeIndex(len(customers)) if adds else customers.index
    assert answers.index.equals(expected)


@every_estimator
def test_row_order_does_not_matter(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    if isinstance(model, CustomerClusters):
        pytest.skip("K-means is reproducible for a given row order, not between orders")
    shuffled = customers.sample(frac=1, random_state=2)
    one, other = (
        answer(fitted(model, table), customers).to_numpy(dtype=float)
        for table in (customers, shuffled)
    )
    np.testing.assert_allclose(other, one, rtol=1e-7)


@every_estimator
def test_fit_and_answer_leave_the_table_as_it_was(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    before = customers.copy(deep=True)
    answer(fitted(model, customers), customers)
    pd.testing.assert_frame_equal(customers, before)


@every_estimator
def test_the_same_data_give_the_same_answer_twice(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    one, other = (answer(fitted(model, customers), customers) for _ in range(2))
    assert np.array_equal(one, other)


@every_estimator
def test_a_fitted_one_shows_its_counts_and_what_it_left_out_and_no_customer(
    model: BaseEstimator, answer: Callable, customers: pd.DataFrame
) -> None:
    roster = with_others(customers)
    roster.index = (roster.index + 7_000_000_000).rename("customer_id")
    learnt = fitted(model, roster)
    # Spend is learnt from repeat buyers alone.
    of_repeat_buyers = isinstance(model, GammaGammaModel | NetSpendModel)
    count = int((customers["repeat_count"] > 0).sum()) if of_repeat_buyers else len(customers)
    shown = [line.split() for line in repr(learnt).splitlines()]
    assert ["customers", f"{count:,}"] in shown
    left_out = next(line for line in shown if line[0] == "left_out")
    assert left_out[-3:] == ["3", "never", "ordered"]
    for text in (repr(learnt), learnt._repr_html_()):
        assert not re.search(r"7,?000,?00", text)
        assert not re.search(r"\.0*[1-9]\d{3}", text.partition("<caption>")[2] or text)


@every_estimator
def test_an_unfitted_one_shows_its_call_alone(model: BaseEstimator, answer: Callable) -> None:
    assert re.fullmatch(rf"{type(model).__name__}\(.*\)", repr(clone(model)))
    assert "<caption>" not in clone(model)._repr_html_()


def test_every_estimator_describes_itself(estimators: dict[str, type]) -> None:
    for kind in estimators.values():
        assert issubclass(kind, Described)
        assert kind._facts is not Described._facts


def test_every_estimator_is_held_to_the_contract(estimators: dict[str, type]) -> None:
    # A series, orders, comments, donations, subscriptions, a roster, later spend: in files of their
    # own.
    of_other_tables = {
        "ARIMAForecaster",
        "BetaGeoBinomialModel",
        "CommentSentiment",
        "CrossSell",
        "LifecycleStages",
        "RepurchaseCycle",
        "SeasonalClock",
        "ShiftedBetaGeoModel",
        "SpendRegression",
    }
    assert set(estimators) - of_other_tables == {type(model).__name__ for model in ANSWERS}
