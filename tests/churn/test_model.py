"""ChurnModel: scikit-learn's contract, the source article, calibration, and what it refuses."""

import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from cemkit import ChurnModel
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError

article_warnings = pytest.mark.filterwarnings("ignore:complete separation", "ignore:too few events")


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
@parametrize_with_checks([ChurnModel()])
def test_is_a_scikit_learn_classifier(estimator: Any, check: Any) -> None:
    check(estimator)


@article_warnings
@pytest.mark.parametrize(("scale", "probability", "fires"), [(False, 0.594, 1), (True, 0.342, 0)])
def test_the_article(article: pd.DataFrame, scale: bool, probability: float, fires: int) -> None:
    X, y = article.drop(columns="churn"), article["churn"]
    train, _, outcome, _ = train_test_split(X, y, test_size=0.3, random_state=42)
    model = ChurnModel(scale=scale).fit(train, outcome)
    customer = pd.DataFrame([[2, 20, 60]], columns=X.columns)
    assert model.predict_proba(customer)[0, 1] == pytest.approx(probability, abs=5e-4)
    assert model.predict(customer)[0] == fires


@article_warnings
def test_fires_strictly_above_the_threshold() -> None:
    X, y = pd.DataFrame({"x": [-1.0, 1.0]}), pd.Series([0, 1])
    middle = pd.DataFrame({"x": [0.0, 1e-6]})
    model = ChurnModel().fit(X, y)
    assert model.predict_proba(middle)[0, 1] == 0.5
    assert model.predict(middle).tolist() == [0, 1]


def test_telco_with_its_own_encoding(telco: pd.DataFrame) -> None:
    X = telco.drop(columns="Churn")
    train, test, churned, _ = train_test_split(
        X, telco["Churn"], test_size=0.3, random_state=0, stratify=telco["Churn"]
    )
    model = ChurnModel(allow_sensitive=["gender", "SeniorCitizen"]).fit(train, churned)
    terms = pd.get_dummies(X.fillna(train["TotalCharges"].mean()), drop_first=True).astype(float)
    peer = make_pipeline(
        StandardScaler(), LogisticRegression(solver="newton-cholesky", tol=1e-12)
    ).fit(terms.loc[train.index], churned)
    expected = peer.predict_proba(terms.loc[test.index])
    np.testing.assert_allclose(model.predict_proba(test), expected, rtol=1e-8)
    assert len(model.encoding_.terms) == 30


def test_y_is_matched_by_id_and_never_by_place(known: pd.DataFrame, churned: pd.Series) -> None:
    X = known[["recency_days", "order_count"]]
    mixed = ChurnModel().fit(X, churned.sample(frac=1, random_state=0))
    assert (mixed.coefficients_ == ChurnModel().fit(X, churned).coefficients_).all()
    column = ChurnModel().fit(X.reset_index(), churned)
    assert (column.coefficients_ == mixed.coefficients_).all()
    with pytest.raises(DataError, match="X and y must hold the same ids"):
        ChurnModel().fit(X, churned.rename(lambda customer: customer + 1))


def test_columns_of_one_table_are_matched_by_its_rows(
    known: pd.DataFrame, churned: pd.Series
) -> None:
    X, y = known[["recency_days", "order_count"]].head(2000), churned.head(2000)
    # Ids that are the numbers of other rows: matched by id, most customers would get another's.
    ids = np.random.default_rng(0).permutation(len(X))
    table = X.reset_index(drop=True).assign(customer_id=ids, outcome=y.to_numpy())
    expected = ChurnModel(penalty=0).fit(X.to_numpy(), y.to_numpy())
    features = table.drop(columns="outcome")
    model = ChurnModel(penalty=0).fit(features, table["outcome"])
    np.testing.assert_allclose(model.coefficients_, expected.coefficients_, rtol=1e-8)
    tests = model.likelihood_ratio_tests(features, table["outcome"])
    statistics = expected.likelihood_ratio_tests(X.to_numpy(), y.to_numpy())["statistic"]
    np.testing.assert_allclose(tests["statistic"], statistics, rtol=1e-8)
    # An outcome that names its customers is matched by them, wherever their rows are.
    named = table.set_index("customer_id")["outcome"].sort_index()
    by_id = ChurnModel(penalty=0).fit(features, named)
    np.testing.assert_allclose(by_id.coefficients_, expected.coefficients_, rtol=1e-8)


def test_rows_and_columns_may_come_in_any_order(known: pd.DataFrame, churned: pd.Series) -> None:
    model = ChurnModel().fit(known, churned)
    mixed = ChurnModel().fit(known.sample(frac=1, random_state=0), churned)
    np.testing.assert_allclose(model.coefficients_, mixed.coefficients_, rtol=1e-8, atol=1e-12)
    turned = known[known.columns[::-1]].assign(further="x")
    expected = model.predict_proba(known)[:, 1]
    assert (model.add_to(turned)["churn_probability"].to_numpy() == expected).all()


def test_missing_numbers_count_as_the_mean() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=200), "b": rng.normal(size=200)})
    y = pd.Series(rng.random(200) < 0.4)
    model = ChurnModel().fit(X, y)
    gap, mean = X.iloc[[0]].assign(b=np.nan), X.iloc[[0]].assign(b=X["b"].mean())
    with pytest.warns(CemkitWarning, match="b is missing in 1 row, and was in none of the fit"):
        filled = model.predict_proba(gap)
    assert (filled == model.predict_proba(mean)).all()


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_undoes_class_weights(
    known: pd.DataFrame, churned: pd.Series, method: Any
) -> None:
    tilted = ChurnModel(class_weight="balanced").fit(known, churned)
    mended = ChurnModel(class_weight="balanced", calibrate=method).fit(known, churned)
    assert tilted.predict_proba(known)[:, 1].mean() < 0.6
    assert mended.predict_proba(known)[:, 1].mean() == pytest.approx(churned.mean(), abs=0.005)


@pytest.mark.parametrize(
    ("classifier", "calibrate"),
    [
        (RandomForestClassifier(20, min_samples_leaf=20, random_state=0), None),
        (LinearSVC(), "sigmoid"),
        (MLPClassifier((4,), max_iter=200, tol=1e-2, random_state=0), None),
    ],
)
def test_any_classifier_can_stand_in(
    known: pd.DataFrame, churned: pd.Series, classifier: Any, calibrate: Any
) -> None:
    some = known.iloc[:3000]
    model = ChurnModel(classifier=classifier, calibrate=calibrate).fit(
        some, churned.loc[some.index]
    )
    told = model.explain(some.head(3))
    assert told["churn_probability"].between(0, 1).all()
    assert told["reason_1"].str.contains("odds of churn x").any()
    with pytest.raises(ValueError, match="has no coefficients"):
        model.coefficients()


def test_a_classifier_without_probabilities_needs_calibration(
    known: pd.DataFrame, churned: pd.Series
) -> None:
    with pytest.raises(ValueError, match="LinearSVC has no predict_proba; choose calibrate"):
        ChurnModel(classifier=LinearSVC()).fit(known, churned)


def test_what_is_refused(known: pd.DataFrame, churned: pd.Series) -> None:
    X = known[["recency_days"]]
    with pytest.raises(NotEnoughDataError, match="one class only"):
        ChurnModel().fit(X, 0 * churned)
    with pytest.raises(ValueError, match="Only binary classification"):
        ChurnModel().fit(X, churned.where(churned.index > 5, 2))
    with pytest.raises(ValueError, match="NaN"):
        ChurnModel().fit(X, churned.where(churned.index > 5))
    with pytest.raises(NotFittedError):
        ChurnModel().predict(X)
    for weight in (0, -1):
        with pytest.raises(ValueError, match="class_weight must be above 0 for both classes"):
            ChurnModel(class_weight={0: weight, 1: 1}).fit(X, churned)
    one = pd.Series([1] + [0] * 19, index=X.index[:20])
    with pytest.raises(NotEnoughDataError, match="set calibrate=None"):
        ChurnModel(calibrate="sigmoid").fit(X.head(20), one)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"penalty": -1}, "penalty must be a finite number of at least 0, not -1"),
        ({"threshold": 1.5}, "threshold must lie strictly between 0 and 1, not 1.5"),
        ({"calibrate": "platt"}, "calibrate must be one of 'sigmoid', 'isotonic', not 'platt'"),
    ],
)
def test_bad_parameters(
    known: pd.DataFrame, churned: pd.Series, parameters: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ChurnModel(**parameters).fit(known, churned)


LABELS = [
    ("stayed", "churned"),
    ("Existing", "Attrited"),
    (2, 1),
    ("0", "1"),
    (0, 1),
    (False, True),
]


@pytest.mark.parametrize(("stays", "leaves"), LABELS)
def test_churn_is_what_positive_names_and_never_what_sorts_last(
    known: pd.DataFrame, churned: pd.Series, stays: Any, leaves: Any
) -> None:
    X, y = known[["recency_days", "order_count"]].head(3000), churned.head(3000)
    expected = ChurnModel().fit(X, y)
    labels = y.map({0: stays, 1: leaves})
    for dtype in (None, object, "category"):
        model = ChurnModel(positive=leaves).fit(X, labels.astype(dtype) if dtype else labels)
        pd.testing.assert_frame_equal(model.add_to(X), expected.add_to(X))
        pd.testing.assert_frame_equal(model.explain(X.head()), expected.explain(X.head()))
        table = model.coefficients().table
        pd.testing.assert_frame_equal(table, expected.coefficients().table)
        assert (model.predict(X) == np.where(expected.predict(X) == 1, leaves, stays)).all()
        columns = dict(zip(model.classes_.tolist(), model.predict_proba(X).T, strict=True))
        assert (columns[leaves] == expected.predict_proba(X)[:, 1]).all()
    loaded = ChurnModel.from_json(model.to_json())
    assert loaded.get_params()["positive"] == leaves
    pd.testing.assert_frame_equal(loaded.add_to(X), expected.add_to(X))
    assert clone(model).fit(X, labels).add_to(X).equals(expected.add_to(X))


@pytest.mark.parametrize(("stays", "leaves"), LABELS[:4])
def test_without_positive_it_classifies_and_does_not_speak_of_churn(
    known: pd.DataFrame, churned: pd.Series, stays: Any, leaves: Any
) -> None:
    X, y = known[["recency_days"]].head(2000), churned.head(2000).map({0: stays, 1: leaves})
    model = ChurnModel().fit(X, y)
    assert (model.classes_[model.predict_proba(X).argmax(axis=1)] == model.predict(X)).all()
    for speak in (lambda: model.add_to(X), lambda: model.explain(X), model.coefficients):
        with pytest.raises(DataError, match="it is unclear which one means churn; name it"):
            speak()
    with pytest.raises(ValueError, match="positive='gone' is not a label of y"):
        ChurnModel(positive="gone").fit(X, y)


@pytest.mark.parametrize(
    ("classifier", "calibrate"),
    [(RandomForestClassifier(5, random_state=0), None), (LinearSVC(), "sigmoid")],
)
def test_a_classifier_of_ones_own_follows_positive(
    known: pd.DataFrame, churned: pd.Series, classifier: Any, calibrate: Any
) -> None:
    X, y = known[["recency_days", "order_count"]].head(2000), churned.head(2000)
    one = ChurnModel(classifier=classifier, calibrate=calibrate).fit(X, y)
    other = ChurnModel(classifier=classifier, calibrate=calibrate, positive="churned")
    other.fit(X, y.map({0: "stayed", 1: "churned"}))
    np.testing.assert_allclose(other.predict_proba(X)[:, 0], one.predict_proba(X)[:, 1], rtol=1e-9)
    assert other.explain(X.head())["reason_1"].equals(one.explain(X.head())["reason_1"])


def test_telco_as_read_from_its_file(reference_data: Path) -> None:
    raw = pd.read_csv(reference_data / "Telco-Customer-Churn.csv")
    X, y = raw.drop(columns="Churn"), raw["Churn"]
    allowed = ["gender", "SeniorCitizen"]
    with pytest.raises(
        DataError, match=r"TotalCharges is text that holds numbers in 99.8% of .*nu"
    ):
        ChurnModel(allow_sensitive=allowed, positive="Yes").fit(X, y)
    X = X.assign(TotalCharges=pd.to_numeric(X["TotalCharges"], errors="coerce"))
    model = ChurnModel(allow_sensitive=allowed, positive="Yes").fit(X, y)
    assert model.ignored_columns_ == {"customerID": "identifiers or free text"}
    without = X.drop(columns="customerID")
    assert (model.predict_proba(X) == model.predict_proba(without)).all()
    assert ChurnModel.from_json(model.to_json()).ignored_columns_ == model.ignored_columns_
    plain = ChurnModel(allow_sensitive=allowed).fit(without, (y == "Yes").astype(int))
    assert model.add_to(X)["churn_probability"].equals(plain.add_to(X)["churn_probability"])


class Interrupting:
    """A trace that raises at the n-th line run in cemkit."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, frame: Any, event: str, argument: object) -> Any:
        if "cemkit" not in frame.f_code.co_filename:
            return None
        self.left -= event == "line"
        if self.left <= 0:
            sys.settrace(None)
            raise KeyboardInterrupt
        return self


@pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
def test_a_fit_that_is_interrupted_anywhere_leaves_the_earlier_one() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"a": rng.normal(size=40), "plan": rng.choice(["x", "y"], 40)})
    y = pd.Series(rng.integers(0, 2, 40))
    model = ChurnModel(calibrate="sigmoid").fit(X, y)
    before, state = model.predict_proba(X), vars(model).copy()
    other, outcome = rng.normal(size=(50, 3)), rng.integers(0, 2, 50).astype(str)
    tracer = sys.gettrace()
    for after in itertools.count(1, 97):  # until the fit ends before it is interrupted
        sys.settrace(Interrupting(after))
        try:
            model.fit(other, outcome)
        except KeyboardInterrupt:
            assert vars(model) == state
            assert (model.predict_proba(X) == before).all()
        else:
            break
        finally:
            sys.settrace(tracer)
    assert model.classes_.tolist() == ["0", "1"]
    assert not hasattr(model, "feature_names_in_")


def test_a_fit_that_is_refused_leaves_the_earlier_one() -> None:
    rng = np.random.default_rng(0)
    X, y = pd.DataFrame({"a": rng.normal(size=200)}), pd.Series(rng.integers(0, 2, 200))
    model = ChurnModel().fit(X, y)
    before = model.to_json()
    for bad_X, bad_y in (
        (X, 0 * y),
        (X.assign(b="1"), y),
        (X.assign(churned=y), y),
        (X, y.iloc[:9]),
    ):
        with pytest.raises(ValueError, match="."):
            model.fit(bad_X, bad_y)
        assert model.to_json() == before


def test_a_classifier_must_be_an_instance(known: pd.DataFrame, churned: pd.Series) -> None:
    with pytest.raises(TypeError, match="classifier must be an instance; call the class first"):
        ChurnModel(classifier=LogisticRegression).fit(known, churned)
