"""Columns that must not be features."""

import numpy as np
import pandas as pd
import pytest

from cemkit import ChurnModel
from cemkit.churn.inputs import plain_outcome, row_weights
from cemkit.errors import DataError


def test_sensitive_columns_are_refused_unless_named() -> None:
    X, y = pd.DataFrame({"Gender": [1, 2] * 99, "recency_days": range(198)}), [0, 0, 1] * 66
    with pytest.raises(DataError, match=r"allow_sensitive=\['Gender'\]"):
        ChurnModel().fit(X, y)
    ChurnModel(allow_sensitive=["Gender"]).fit(X, y)
    # A date of birth is no feature, so there is nothing to refuse.
    born = X[["recency_days"]].assign(birthday=pd.Timestamp("1990-05-01"))
    assert ChurnModel().fit(born, y).ignored_columns_ == {"birthday": "dates"}


def test_one_name_is_no_list_of_names() -> None:
    # Letter by letter, 'customer_age' would allow 'age'.
    X, y = pd.DataFrame({"age": [30.0, 40.0] * 9}), pd.Series([0, 1] * 9)
    with pytest.raises(TypeError, match=r"must be a list, as in allow_sensitive=\['"):
        ChurnModel(allow_sensitive="customer_age").fit(X, y)


def test_a_table_of_another_library_is_refused_before_its_names_are_lost() -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"age": [30.0, 40.0] * 9})
    with pytest.raises(TypeError, match=r"not polars\.DataFrame; bring it into pandas"):
        ChurnModel().fit(table, [0, 1] * 9)


def test_the_label_by_its_own_name_is_no_feature(telco: pd.DataFrame) -> None:
    X = telco[["tenure", "Churn"]]
    with pytest.raises(DataError, match="'Churn' is the outcome to predict; leave it out"):
        ChurnModel().fit(X, telco["Churn"])
    long = (telco["tenure"] > 40).astype(int) * telco["Churn"]  # pandas may name it 'tenure'
    ChurnModel().fit(X[["tenure"]], long.rename("tenure"))


@pytest.mark.parametrize("name", ["churned", "churn_probability"])
def test_the_label_is_no_feature(known: pd.DataFrame, churned: pd.Series, name: str) -> None:
    with pytest.raises(DataError, match=f"'{name}' is the outcome to predict"):
        ChurnModel().fit(known.assign(**{name: churned}), churned)


def test_an_outcome_of_lists_is_refused_by_name() -> None:
    X, y = pd.DataFrame({"orders": [3.0, 4.0, 5.0] * 9}), pd.Series([0, 1, 1] * 9)
    odd = pd.Series([[1], *y[1:]], dtype=object)
    with pytest.raises(DataError, match=r"y must hold two labels, numbers or text, not \[1\]"):
        ChurnModel().fit(X, odd)


@pytest.mark.parametrize("rows", [[0], range(27)])
def test_a_feature_too_large_to_scale_is_refused(rows: list[int]) -> None:
    X, y = pd.DataFrame({"orders": [3.0, 4.0, 5.0] * 9}), pd.Series([0, 1, 1] * 9)
    X.loc[rows, "orders"] *= 1e300
    with pytest.raises(DataError, match="orders has values up to .*, too large to compute with"):
        ChurnModel().fit(X, y)


@pytest.mark.parametrize("label", [[1], {1}, {1: 2}])
@pytest.mark.parametrize("kind", [list, pd.Series])
def test_a_label_that_is_a_container_is_named(label: object, kind: type) -> None:
    features = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(DataError, match="must hold two labels, numbers or text"):
        plain_outcome(features, kind([0, 1, 1, label]))


def test_class_weights_that_are_none_are_named() -> None:
    with pytest.raises(ValueError, match="class_weight must be None, 'balanced' or a weight for"):
        row_weights("even", np.array([0, 1]), np.array([0, 1, 1]))
