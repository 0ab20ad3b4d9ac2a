"""ChurnModel: a feature table in, the probability of churn out, and what it rests on."""

import warnings
from collections.abc import Collection
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_X_y, validate_data

from cemkit.checks import check_choice, check_columns, check_fraction, check_number
from cemkit.errors import CemkitWarning, ConvergenceError, DataError, NotEnoughDataError
from cemkit.prediction.churn.diagnosis import ChurnDiagnosis, ColumnSums, diagnosis_of, problems_of
from cemkit.prediction.churn.encoding import FeatureEncoding
from cemkit.prediction.churn.explanation import reasons
from cemkit.prediction.churn.inference import (
    ChurnCoefficients,
    coefficients_of,
    likelihood_ratios,
)
from cemkit.prediction.churn.logistic import Array, LogisticFit, fit_logistic
from cemkit.prediction.churn.recalibration import Recalibration, recalibrate
from cemkit.prediction.churn.scoring import effects_of, score_of
from cemkit.prediction.churn.screening import (
    check_names,
    on_customer_index,
    row_weights,
    two_classes,
    with_outcome,
)
from cemkit.prediction.churn.separation import (
    Separation,
    find_separation,
    proves_overlap,
    separation_in_words,
)
from cemkit.prediction.churn.storage import model_from_json, model_to_json
from cemkit.results import Language

FOLDS = 5


class ChurnModel(ClassifierMixin, BaseEstimator):
    """The probability of churn, by logistic regression or any scikit-learn classifier.

    Columns of text become indicators, missing numbers count as the mean, and features are scaled to
    standard deviation 1 so that the penalty weighs them alike; see `FeatureEncoding`.

    Args:
        penalty: Strength of the squared penalty on the coefficients; 0 for none. The objective is
            the negative log-likelihood + penalty / 2 * sum of squared coefficients.
        scale: Whether to scale the features.
        calibrate: How to turn scores into probabilities, fitted on scores of five-fold
            cross-validation: `"sigmoid"`, `"isotonic"`, or None to take them as they are.
        threshold: `predict` answers 1 where the probability lies strictly above it.
        class_weight: As in scikit-learn: None, `"balanced"`, or a weight per class. It moves the
            probabilities; to weigh two kinds of error, move the threshold instead.
        classifier: A scikit-learn classifier to take the place of the logistic regression, on the
            same encoded and scaled features. `penalty` and `class_weight` are then its own affair.
        allow_sensitive: Columns such as `age` or `gender` that may be used on purpose.

    Attributes:
        classes_: The two outcomes, in order; the probability is that of the second.
        coefficients_: Shape (n_terms,), log-odds per standard deviation where scaled, else per
            unit; without a classifier of your own.
        intercept_: The log-odds where every (scaled) feature is 0.
        logistic_: The fit behind them; None around a classifier of your own.
        classifier_: Your own classifier, fitted; None without one.
        encoding_: How features became terms.
        center_, scale_: What was subtracted from each term, and what it was divided by.
        n_features_in_: Number of features.
        feature_names_in_: Their names, where the fit saw a DataFrame.

    Warns:
        CemkitWarning: A combination of features tells outcomes without exception (separation), or
            there are fewer than ten customers of the rarer outcome for each term: the data cannot
            carry the model.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> features = pd.DataFrame({"recency_days": rng.integers(0, 200, 500)})
        >>> churned = pd.Series(rng.random(500) < features["recency_days"] / 200, dtype=int)
        >>> model = ChurnModel().fit(features, churned)
        >>> model.predict(pd.DataFrame({"recency_days": [20, 180]})).tolist()
        [0, 1]
    """

    def __init__(
        self,
        *,
        penalty: float = 1.0,
        scale: bool = True,
        calibrate: Literal["sigmoid", "isotonic"] | None = None,
        threshold: float = 0.5,
        class_weight: str | dict[Any, float] | None = None,
        classifier: Any = None,
        allow_sensitive: Collection[str] = (),
    ) -> None:
        self.penalty = penalty
        self.scale = scale
        self.calibrate = calibrate
        self.threshold = threshold
        self.class_weight = class_weight
        self.classifier = classifier
        self.allow_sensitive = allow_sensitive

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Estimate the model.

        Args:
            X: Features, one row per customer; `customer_id` may be the index or a column.
            y: The outcome, two values. Where X and y both carry an index they must hold the same
                ids, and y is brought into the order of X; columns of one table stay in its order.

        Raises:
            DataError: X and y hold different ids, an id occurs twice, or the label or a sensitive
                column is among the features.
            NotEnoughDataError: The outcome has one value only.
            ConvergenceError: There is no penalty, and no optimum either: outcomes are separated, or
                terms follow from others.
            ValueError: Values are infinite, the outcome is missing or has more than two values, or
                a class weight is not above 0.
        """
        self._check_parameters()
        X, y = with_outcome(X, y)
        if isinstance(X, pd.DataFrame):
            check_names(X, self.allow_sensitive, y)
        matrix, outcome = self._fit_encoding(X, y)
        self.classes_ = two_classes(outcome)
        churned = (outcome == self.classes_[1]).astype(np.float64)
        sums = ColumnSums.of(matrix, churned)
        self.center_ = sums.means if self.scale else np.zeros(matrix.shape[1])
        self.scale_ = sums.sizes if self.scale else np.ones(matrix.shape[1])
        self._scorer = self._fit_scorer(matrix, outcome)
        self._recalibration = self._fit_calibration(matrix, outcome, churned)
        self._set_fitted()
        separation = self._separation(matrix, churned, sums)
        self.diagnosis_ = diagnosis_of(self.encoding_.terms, sums, self.logistic_, separation)
        for problem in problems_of(self.diagnosis_):
            warnings.warn(problem, CemkitWarning, stacklevel=2)
        return self

    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """The probabilities of the two `classes_`, shape (n, 2); rows sum to 1.

        Warns:
            CemkitWarning: A category that the fit has not seen; it counts as the first level.
        """
        probability = self._probability(self._matrix(X))
        return np.column_stack([1 - probability, probability])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The second class where its probability lies strictly above `threshold`."""
        fires = self.predict_proba(X)[:, 1] > self.threshold
        predicted: npt.NDArray[Any] = self.classes_[fires.astype(np.intp)]
        return predicted

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same rows with `churn_probability` added, from the features of the fit by name."""
        features = self._named_features(customers)
        return customers.assign(churn_probability=self.predict_proba(features)[:, 1])

    def explain(
        self, customers: pd.DataFrame, top: int = 3, language: Language = "en"
    ) -> pd.DataFrame:
        """The few features that move each customer's odds of churn most, in words.

        A feature's effect is the change in log-odds from the average customer's value (the most
        common category) to the customer's own, the other features left as they are. With isotonic
        calibration it is the effect on the score before it.

        Args:
            customers: One row per customer with the features of the fit.
            top: How many features to name.
            language: `"en"` or `"zh"`.

        Returns:
            On the index of `customers`: `churn_probability, reason_1, ...`; a reason is empty where
            fewer features have any effect.
        """
        features = self._named_features(customers)
        matrix = self.encoding_.matrix(features)
        effects = effects_of(
            self._scorer,
            self._scaled(matrix),
            self._scaled(self.encoding_.average_terms()[None, :])[0],
            self.encoding_.terms_of(),
        )
        average = dict(zip(self.encoding_.columns, self.encoding_.average, strict=True))
        slope = 1.0 if self._recalibration is None else self._recalibration.slope
        moved = slope * pd.DataFrame(effects, index=features.index)
        words = reasons(moved, features, average, top, language)
        words.insert(0, "churn_probability", self._probability(matrix))
        return words

    def coefficients(self, confidence_level: float = 0.95) -> ChurnCoefficients:
        """Log-odds, odds ratios and marginal effects per unit, with errors and intervals.

        Without a penalty they are those of R's `glm`. With one, the intervals are of the posterior
        whose prior is the penalty, and p values tell how far from 0 it lies.

        Raises:
            ValueError: The fit weighed classes, or is not a logistic regression.
        """
        check_is_fitted(self)
        fit = self._own_fit()
        if self.class_weight is not None:
            raise ValueError(
                f"class_weight={self.class_weight!r} changes the odds that the model describes, so "
                "standard errors do not hold; fit with class_weight=None and move the threshold"
            )
        return coefficients_of(
            self.encoding_.terms,
            fit,
            self.center_,
            self.scale_,
            penalty=float(self.penalty),
            counts=(self.diagnosis_.customers, self.diagnosis_.events),
            confidence_level=check_fraction(confidence_level, "confidence_level"),
        )

    def likelihood_ratio_tests(self, X: Any, y: Any) -> pd.DataFrame:
        """What each feature adds: the fit without it against the fit with all of them.

        Args:
            X: The features of the fit.
            y: Its outcome.

        Returns:
            On the index `feature`: `statistic` (twice the difference in log-likelihood), `df`
            (terms of the feature) and `p_value` (chi-squared).

        Raises:
            ValueError: The model has a penalty, with which the statistic has no known distribution.
            DataError: Ids differ, or an outcome is none of the fit's.
        """
        check_is_fitted(self)
        self._own_fit()
        if self.penalty > 0 or self.class_weight is not None:
            raise ValueError(
                "likelihood-ratio tests need penalty=0 and class_weight=None, not "
                f"penalty={self.penalty!r} and class_weight={self.class_weight!r}"
            )
        X, y = with_outcome(X, y)
        matrix, outcome = check_X_y(self._matrix(X), y, estimator=self)
        if not np.isin(outcome, self.classes_).all():
            raise DataError(
                f"the outcome has the values {np.unique(outcome).tolist()}; the fit saw "
                f"{self.classes_.tolist()}"
            )
        churned = (outcome == self.classes_[1]).astype(np.float64)
        return likelihood_ratios(
            matrix, churned, self.encoding_.terms_of(), self.center_, self.scale_
        )

    def diagnose(self) -> ChurnDiagnosis:
        """Separation, collinearity and events per term, as the fit met them."""
        check_is_fitted(self)
        diagnosis: ChurnDiagnosis = self.diagnosis_
        return diagnosis

    def to_json(self) -> str:
        """The fitted model as JSON text, from which `from_json` makes it again to the last digit.

        Raises:
            TypeError: The model is built around a classifier of your own; save it with skops.
        """
        check_is_fitted(self)
        return model_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The fitted model from the text of `to_json`; nothing in it is run.

        Raises:
            DataError: The text is not such a model.
        """
        model: Self = model_from_json(cls, text)
        return model

    def _check_parameters(self) -> None:
        check_number(self.penalty, "penalty", minimum=0)
        check_fraction(self.threshold, "threshold")
        if self.calibrate is not None:
            check_choice(self.calibrate, "calibrate", ["sigmoid", "isotonic"])

    def _fit_encoding(self, X: Any, y: Any) -> tuple[Array, npt.NDArray[Any]]:
        if isinstance(X, pd.DataFrame) and len(X) and all(isinstance(name, str) for name in X):
            validate_data(self, X, y, skip_check_array=True)
            self.encoding_ = FeatureEncoding.of(X)
            matrix, outcome = check_X_y(self.encoding_.matrix(X), y, estimator=self)
        else:
            matrix, outcome = validate_data(
                self, X, y, dtype=np.float64, ensure_all_finite="allow-nan"
            )
            self.encoding_, matrix = FeatureEncoding.of_numbers(matrix)
        check_classification_targets(outcome)
        return matrix, outcome

    def _matrix(self, X: Any) -> Array:
        check_is_fitted(self)
        X = on_customer_index(X)
        if isinstance(X, pd.DataFrame) and hasattr(self, "feature_names_in_"):
            validate_data(self, X, skip_check_array=True, reset=False)
            matrix: Array = self.encoding_.matrix(X)
            return matrix
        values = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        if any(known is not None for known in self.encoding_.levels):
            raise DataError("the fit saw columns of categories; pass a DataFrame with their names")
        if not np.isnan(values.sum()):
            numbers: Array = values
            return numbers
        return self.encoding_.matrix(pd.DataFrame(values, columns=self.encoding_.columns))

    def _fit_scorer(self, matrix: Array, outcome: npt.NDArray[Any]) -> Any:
        """A LogisticFit, or the user's classifier, fitted."""
        if self.classifier is not None:
            fitted = clone(self.classifier).fit(self._scaled(matrix), outcome)
            if not hasattr(fitted, "predict_proba") and self.calibrate is None:
                raise ValueError(
                    f"{type(fitted).__name__} has no predict_proba; choose calibrate='sigmoid' "
                    "to turn its scores into probabilities"
                )
            return fitted
        churned = (outcome == self.classes_[1]).astype(np.float64)
        weights = row_weights(self.class_weight, self.classes_, outcome)
        try:
            return fit_logistic(
                matrix, churned, weights, self.center_, self.scale_, penalty=float(self.penalty)
            )
        except ConvergenceError as error:
            reason = self._why_unbounded(matrix, churned) or str(error)
            raise ConvergenceError(reason) from error

    def _why_unbounded(self, matrix: Array, churned: Array) -> str:
        sums = ColumnSums.of(matrix, churned)
        found = find_separation(matrix, churned, sums.means, sums.sizes)
        if found.kind == "none":
            return ""
        terms = [name for name, of in zip(self.encoding_.terms, found.terms, strict=True) if of]
        words = separation_in_words(found.kind, terms, found.customers, sums.customers)
        return f"{words}, so their coefficients grow without bound; set penalty above 0"

    def _separation(self, matrix: Array, churned: Array, sums: ColumnSums) -> Separation | None:
        if self.logistic_ is None:
            return None
        ends = np.abs(np.vstack([sums.lowest, sums.highest]) - self.center_) / self.scale_
        if proves_overlap(self.logistic_, ends.max(axis=0), float(self.penalty)):
            return Separation("none", 0, np.zeros(matrix.shape[1], dtype=bool))
        return find_separation(matrix, churned, sums.means, sums.sizes)

    def _fit_calibration(
        self, matrix: Array, outcome: npt.NDArray[Any], churned: Array
    ) -> Recalibration | None:
        if self.calibrate is None:
            return None
        rarer = int(min(churned.sum(), (1 - churned).sum()))
        if rarer < FOLDS:
            raise NotEnoughDataError(
                "customers of the rarer outcome", rarer, FOLDS, "set calibrate=None"
            )
        score = np.empty(len(churned))
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
        for train, test in folds.split(matrix, churned):
            scorer = self._fit_scorer(matrix[train], outcome[train])
            score[test] = score_of(scorer, self._scaled(matrix[test]))
        return recalibrate(self.calibrate, score, churned)

    def _set_fitted(self) -> None:
        own = isinstance(self._scorer, LogisticFit)
        self.logistic_: LogisticFit | None = self._scorer if own else None
        self.classifier_: Any = None if own else self._scorer
        if self.logistic_ is not None:
            self.intercept_ = float(self.logistic_.parameters[0])
            self.coefficients_ = self.logistic_.parameters[1:]

    def _scaled(self, matrix: Array) -> Array:
        scaled: Array = (matrix - self.center_) / self.scale_
        return scaled

    def _probability(self, matrix: Array) -> Array:
        scaled = self._scaled(matrix)
        if self._recalibration is not None:
            return self._recalibration.probability(score_of(self._scorer, scaled))
        if self.logistic_ is None:
            given: Array = self.classifier_.predict_proba(scaled)[:, 1]
            return given
        probability: Array = expit(score_of(self._scorer, scaled))
        return probability

    def _own_fit(self) -> LogisticFit:
        if self.logistic_ is None:
            raise ValueError(
                f"{type(self.classifier_).__name__} has no coefficients; explain() tells what "
                "moves its probabilities"
            )
        return self.logistic_

    def _named_features(self, customers: pd.DataFrame) -> pd.DataFrame:
        check_is_fitted(self)
        check_columns(customers.columns, self.encoding_.columns, "pass the features of the fit")
        return customers[self.encoding_.columns]
