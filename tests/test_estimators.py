"""The contract that every estimator keeps, whatever it estimates."""

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
    ParetoNBDModel,
    RFMSegmenter,
    customer_table,
    load_cdnow,
)
from cemkit.clv import ModifiedBetaGeoModel

# scikit-learn's toy data, and repeat buyers told by their order count, are separable: that is said.
pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")

FEATURES = ["recency_days", "order_count", "total_amount"]
# What each answers with; estimators that name their own columns take any customer table.
ANSWERS: dict[BaseEstimator, Callable] = {
    RFMSegmenter(): lambda model, table: model.transform(table),
    CustomerClusters(n_clusters=3): lambda model, table: model.add_to(table)["cluster"],
    ChurnModel(): lambda model, table: model.add_to(table)["churn_probability"],
    BetaGeoModel(): lambda model, table: model.expected_purchases(table, 90),
    ModifiedBetaGeoModel(): lambda model, table: model.expected_purchases(table, 90),
    ParetoNBDModel(): lambda model, table: model.expected_purchases(table, 90),
    GammaGammaModel(): lambda model, table: model.expected_mean_amount(table),
    CustomerLifetimeValue(): lambda model, table: model.add_to(table)["clv"],
}
every_estimator = pytest.mark.parametrize(
    ("model", "answer"), ANSWERS.items(), ids=[type(model).__name__ for model in ANSWERS]
)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1997-09-30")


def fitted(model: BaseEstimator, customers: pd.DataFrame) -> BaseEstimator:
    model = clone(model)
    if isinstance(model, CustomerClusters):
        return model.fit(customers[FEATURES])
    if isinstance(model, ChurnModel):
        return model.fit(customers[FEATURES], (customers["repeat_count"] == 0).astype(int))
    return model.fit(customers)


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
    adds = getattr(answers, "name", "") in {"cluster", "churn_probability", "clv"}
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


def test_every_estimator_is_held_to_the_contract(estimators: dict[str, type]) -> None:
    # A series, orders, an experiment, donations, subscriptions, a roster: in their own test files.
    of_other_tables = {
        "ARIMAForecaster",
        "BetaGeoBinomialModel",
        "CrossSell",
        "LifecycleStages",
        "RepurchaseCycle",
        "ShiftedBetaGeoModel",
        "UpliftModel",
    }
    assert set(estimators) - of_other_tables == {type(model).__name__ for model in ANSWERS}
