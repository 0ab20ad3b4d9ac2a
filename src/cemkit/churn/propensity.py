"""PropensityModel: a feature table in, the probability of an outcome out, and what it rests on."""

import warnings
from collections.abc import Collection
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.base import ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, check_X_y, validate_data

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_choice,
    check_columns,
    check_estimator,
    check_flag,
    check_fraction,
    check_frame,
    check_number,
)
from cemkit.churn.diagnosis import ColumnSums, PropensityDiagnosis, diagnosis_of, problems_of
from cemkit.churn.explanation import reasons
from cemkit.churn.importance import FeatureImportance, importance_of
from cemkit.churn.inference import PropensityCoefficients, coefficients_of, likelihood_ratios
from cemkit.churn.inputs import (
    check_event_is_named,
    check_no_label,
    customers_of,
    event_place,
    is_fitted_state,
    plain_outcome,
    row_weights,
    two_classes,
    with_outcome,
)
from cemkit.churn.logistic import LogisticFit, fit_logistic
from cemkit.churn.outcomes import Outcome
from cemkit.churn.overlap import separation_of, why_unbounded
from cemkit.churn.recalibration import Recalibration, folds_of, recalibrate
from cemkit.churn.saved_model import model_from_json, model_to_json
from cemkit.churn.scoring import check_scores, effects_of, score_of
from cemkit.churn.separation import Separation, proves_overlap
from cemkit.data.encoding import FeatureEncoding, takes_names
from cemkit.data.score_columns import ScoreColumns
from cemkit.data.sensitive import check_sensitive
from cemkit.described import Described, left_out_text
from cemkit.errors import CemkitWarning, ConvergenceError, DataError
from cemkit.pictures import Drawn


class PropensityModel(Drawn, ClassifierMixin, Described):
    """Probability model of any outcome, by logistic regression or any scikit-learn classifier.

    The outcome is anything that did or did not happen to each customer: an upgrade, a repurchase, a
    first purchase, an answer. `add_to` names its column after the outcome, as in
    `upgrade_probability`, and so do `explain`, errors, coefficients and the model card.
    `ChurnModel` is the same model with the outcome churn.

    It takes the customer table as it is. Text columns become indicators, missing numbers count as
    the mean, and features are scaled to standard deviation 1, so that the penalty treats them
    alike. Columns that cannot be used for new customers are left out and listed in
    `ignored_columns_`:

    - dates (turn them into days before `as_of` to use them),
    - identifiers and free text: text of which at least 95 % of the values differ, and distinct
      whole numbers whose name ends in `id`,
    - text with too many levels (group them to use them),
    - columns without a value.

    Customers who never ordered are left out of the fit, counted in `left_out_`, and have missing
    predictions. If nobody in the table has ordered, as for a first purchase, leave out
    `order_count` and `recency_days`.

    Args:
        outcome: Name of the outcome, such as `"upgrade"`. None uses the name of `y` in the fit, or
            `"outcome"` if it has no name. The labels of `label_upgrade`, `label_repurchase` and
            `label_first_purchase` have their names.
        penalty: Strength of the squared penalty on the coefficients; 0 for none. The objective is
            the negative log-likelihood + penalty / 2 * sum of squared coefficients.
        scale: Whether to scale the features.
        calibrate: How to turn scores into probabilities, fitted on scores of five-fold
            cross-validation: `"sigmoid"`, `"isotonic"`, or None to take them as they are.
        threshold: Threshold of `predict`, which returns 1 where the probability lies strictly above
            it.
        class_weight: Weights of the classes, as in scikit-learn: None, `"balanced"`, or a weight
            per class. Weights distort the probabilities; to weigh the two kinds of error, move the
            threshold instead.
        classifier: A scikit-learn classifier to use instead of the logistic regression, on the same
            encoded and scaled features. `penalty` and `class_weight` are then not used. None for
            logistic regression.
        allow_sensitive: Sensitive columns, such as `age` or `gender`, that may be used as features.
        positive: Label that means the outcome, such as `"upgraded"`. By default it is 1 or True.
            With other labels and no `positive` the model classifies as scikit-learn does, but
            `add_to`, `explain`, `coefficients` and `model_card` raise an error.

    Attributes:
        outcome_: Name of the outcome.
        classes_: The two labels, in order.
        coefficients_: Log-odds of shape (n_terms,), per standard deviation if scaled, else per
            unit. Not available with a classifier of your own.
        intercept_: Log-odds where every (scaled) feature is 0.
        logistic_: Fitted logistic regression; None with a classifier of your own.
        classifier_: Your own classifier, fitted; None without one.
        encoding_: Encoding of features as terms (numbers and indicators).
        ignored_columns_: Columns left out of the fit, each with its reason.
        left_out_: Number of customers left out of the fit, by reason.
        center_, scale_: Number subtracted from each term, and number it was divided by.
        n_features_in_: Number of features used.
        feature_names_in_: Names of the features, when fitted on a DataFrame.

    Warns:
        CemkitWarning: A combination of features perfectly predicts outcomes (separation), or there
            are fewer than ten customers with the rarer outcome per term, so the data do not support
            the model. Also if columns are left out because they have no value, more than 1,000
            levels, or more levels than both 50 and a tenth of the rows.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> features = pd.DataFrame({"order_count": rng.integers(1, 20, 500)})
        >>> upgraded = pd.Series(rng.random(500) < features["order_count"] / 20, dtype=int)
        >>> model = PropensityModel(outcome="upgrade").fit(features, upgraded)
        >>> model.add_to(pd.DataFrame({"order_count": [2, 18]})).round(2)
           order_count  upgrade_probability
        0            2                 0.09
        1           18                 0.87
    """

    _pictures = ("churn.coefficients",)

    def __init__(
        self,
        *,
        outcome: str | None = None,
        penalty: float = 1.0,
        scale: bool = True,
        calibrate: Literal["sigmoid", "isotonic"] | None = None,
        threshold: float = 0.5,
        class_weight: str | dict[Any, float] | None = None,
        classifier: Any = None,
        allow_sensitive: Collection[str] = (),
        positive: Any = None,
    ) -> None:
        self.outcome = outcome
        self.penalty = penalty
        self.scale = scale
        self.calibrate = calibrate
        self.threshold = threshold
        self.class_weight = class_weight
        self.classifier = classifier
        self.allow_sensitive = allow_sensitive
        self.positive = positive

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Estimate the model.

        Args:
            X: Features, one row per customer; `customer_id` may be the index or a column.
            y: Outcome with two values of any kind. If X and y both have an index, they must hold
                the same ids, and y is aligned with X.

        Returns:
            The fitted model itself.

        Raises:
            DataError: X and y hold different ids, an id occurs twice, the label or a sensitive
                column is among the features, or a column of text holds numbers.
            NotEnoughDataError: The outcome has one value only.
            ConvergenceError: There is no penalty and no finite optimum: outcomes are separated, or
                terms are linear combinations of others.
            ValueError: Values are infinite, the outcome is missing or has more than two values,
                `positive` is not one of them, or a class weight is not above 0.

        A fit that raises or is interrupted leaves an earlier one as it was.
        """
        draft = type(self)(**self.get_params(deep=False))
        draft._estimate(X, y)
        for problem in problems_of(draft.diagnosis_):
            warnings.warn(problem, CemkitWarning, stacklevel=2)
        kept = {name: value for name, value in vars(self).items() if not is_fitted_state(name)}
        self.__dict__ = kept | vars(draft)  # in one step, so that no half of a fit is ever there
        return self

    def _estimate(self, X: Any, y: Any) -> None:
        self._check_parameters()
        self._outcome = self._named_outcome(y)
        self.outcome_ = self._outcome.noun
        rows, y = with_outcome(X, y)
        X, self.left_out_ = rows.table, rows.left_out()
        if isinstance(X, pd.DataFrame):
            check_no_label(X, y, self._outcome)
        matrix, outcome = self._fit_encoding(X, plain_outcome(X, y))
        self.classes_ = two_classes(outcome)
        self._event = event_place(self.classes_, self.positive)
        events = self._events(outcome)
        sums = ColumnSums.of(matrix, events)
        self.center_ = sums.means if self.scale else np.zeros(matrix.shape[1])
        self.scale_ = sums.sizes if self.scale else np.ones(matrix.shape[1])
        self._scorer = self._fit_scorer(matrix, outcome)
        self._recalibration = self._fit_calibration(matrix, outcome, events)
        self._set_fitted()
        separation = self._separation(matrix, events, sums)
        self.diagnosis_ = diagnosis_of(
            self.encoding_.terms, sums, self.logistic_, separation, self._outcome
        )

    def _named_outcome(self, outcome: Any) -> Outcome:
        """The outcome as the model or the labels name it."""
        if self.outcome is not None:
            return Outcome.named(self.outcome)
        return Outcome.of(outcome)

    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of the two `classes_`, of shape (n, 2); rows sum to 1.

        Warns:
            CemkitWarning: A category was not in the fit and counts as the first level, or numbers
                are missing in a column that had none missing in the fit and count as its mean.
        """
        rows = customers_of(X)
        probability = rows.spread(self._probability(self._matrix(rows.table)))
        columns = [1 - probability, probability]
        return np.column_stack(columns if self._event == 1 else columns[::-1])

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """Return `positive` where its probability lies strictly above `threshold`.

        Without `positive` the probability of the second class counts.
        """
        rows = customers_of(X)
        fires = self._probability(self._matrix(rows.table)) > self.threshold
        predicted = self.classes_[np.where(fires, self._event, 1 - self._event)]
        return np.asarray(rows.spread(predicted))

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with `<outcome>_probability` added; features are found by name.

        Raises:
            DataError: The labels of the fit were not 0 and 1, and `positive` was not given.
        """
        rows, features = self._named_features(customers)
        probability = self._probability(self._matrix(features))
        return rows.added({self._outcome.probability: probability})

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self)
        check_event_is_named(self)
        return ScoreColumns(self.encoding_.reads(), {self._outcome.probability: "number"})

    def explain(self, customers: pd.DataFrame, top: int = 3, language: str = "en") -> pd.DataFrame:
        """Name the features that change each customer's odds of the outcome most, in words.

        The effect of a feature is the change in log-odds from the average customer's value (or the
        most common category) to the customer's own, with the other features unchanged. With
        isotonic calibration it is the effect on the score before calibration.

        Args:
            customers: Table with one row per customer and the features of the fit.
            top: Number of features to name.
            language: Language of the reasons, such as `"en"` or `"zh"`.

        Returns:
            Table on the index of `customers` with `<outcome>_probability, reason_1, ...`. A reason
            is empty where fewer features have an effect.
        """
        rows, features = self._named_features(customers)
        matrix = self.encoding_.matrix(features)
        moved = self._moved(matrix, features.index)
        average = dict(zip(self.encoding_.columns, self.encoding_.average, strict=True))
        words = reasons(moved, features, average, top=top, language=language, outcome=self.outcome_)
        words.insert(0, self._outcome.probability, self._probability(matrix))
        return pd.DataFrame({name: rows.spread(words[name]) for name in words}, customers.index)

    def importance(self, customers: pd.DataFrame) -> FeatureImportance:
        """Measure the mean effect of each feature on the predicted odds of these customers.

        It is the mean over customers of the absolute effect that `explain` reports for each.

        Args:
            customers: Table with one row per customer and the features of the fit.

        Returns:
            A `FeatureImportance`, whose table has one row per feature.

        Raises:
            DataError: The labels of the fit were not 0 and 1, and `positive` was not given.
        """
        _, features = self._named_features(customers)
        moved = self._moved(self.encoding_.matrix(features), features.index)
        return importance_of(moved, self.outcome_)

    def coefficients(self, confidence_level: float = 0.95) -> PropensityCoefficients:
        """Return log-odds, odds ratios and marginal effects per unit, with errors and intervals.

        Without a penalty they equal those of R's `glm`. With a penalty the intervals are posterior
        intervals with the penalty as prior, and the p-values measure how far the posterior lies
        from 0.

        Returns:
            A `PropensityCoefficients` (`ChurnCoefficients` for a `ChurnModel`), whose table has one
            row per term.

        Raises:
            ValueError: The fit used `class_weight`, or is not a logistic regression.
            DataError: The labels of the fit were not 0 and 1, and `positive` was not given.
        """
        check_is_fitted(self)
        check_event_is_named(self)
        fit = self._own_fit()
        if self.class_weight is not None:
            raise ValueError(
                f"class_weight={self.class_weight!r} changes the odds that the model "
                "describes, so standard errors are not valid; fit with class_weight=None "
                "and move the threshold"
            )
        return coefficients_of(
            self.encoding_.terms,
            fit,
            self.center_,
            self.scale_,
            penalty=float(self.penalty),
            counts=(self.diagnosis_.customers, self.diagnosis_.events),
            confidence_level=check_fraction(confidence_level, "confidence_level"),
            outcome=self._outcome,
        )

    def _moved(self, matrix: Floats, index: pd.Index) -> pd.DataFrame:
        """What each feature adds to the log-odds of each customer, against the average one."""
        effects = effects_of(
            self._scorer,
            self._scaled(matrix),
            self._scaled(self.encoding_.average_terms()[None, :])[0],
            self.encoding_.terms_of(),
            self._event,
        )
        slope = 1.0 if self._recalibration is None else self._recalibration.slope
        return slope * pd.DataFrame(effects, index=index)

    def _facts(self) -> dict[str, Any]:
        found = self.diagnosis_
        facts = {
            "customers": found.customers,
            "events": found.events,
            "left_out": left_out_text(self.left_out_),
            "outcome": self.outcome_,
            "separation": found.separation,
            "ignored_columns": tuple(self.ignored_columns_) or "none",
        }
        if self.logistic_ is None:
            return facts | {"classifier": type(self.classifier_).__name__}
        return facts | self._fitted_terms()

    def _fitted_terms(self) -> dict[str, Any]:
        """The coefficients, with intervals where there are some."""
        if self.class_weight is not None or self._event is None:
            terms = pd.Index(self.encoding_.terms, name="term")
            name = "coefficient_per_deviation" if self.scale else "coefficient"
            return {"table": pd.DataFrame({name: self.coefficients_}, index=terms)}
        return {"confidence_level": 0.95, "table": self.coefficients().table}

    def _pictured(self, options: dict[str, Any]) -> tuple[Any, ...]:
        return (self.coefficients(options.pop("confidence_level", 0.95)),)

    def likelihood_ratio_tests(self, X: Any, y: Any) -> pd.DataFrame:
        """Test each feature by comparing the fit without it with the fit of all features.

        Args:
            X: Features of the fit.
            y: Outcome of the fit.

        Returns:
            One row per `feature`: `statistic` (twice the difference in log-likelihood), `df`
            (number of terms of the feature) and `p_value` (chi-squared).

        Raises:
            ValueError: The model has a penalty, with which the statistic has no known distribution,
                or class weights.
            DataError: The ids differ, or the outcome has other values than in the fit.
        """
        check_is_fitted(self)
        self._own_fit()
        if self.penalty > 0 or self.class_weight is not None:
            raise ValueError(
                "likelihood-ratio tests need penalty=0 and class_weight=None, not "
                f"penalty={self.penalty!r} and class_weight={self.class_weight!r}"
            )
        rows, y = with_outcome(X, y)
        outcome = plain_outcome(rows.table, y)
        matrix, outcome = check_X_y(self._matrix(rows.table), outcome, estimator=self)
        if not np.isin(outcome, self.classes_).all():
            raise DataError(
                f"the outcome has the values {np.unique(outcome).tolist()}, but the fit had "
                f"{self.classes_.tolist()}; pass the outcome of the fit"
            )
        return likelihood_ratios(
            matrix, self._events(outcome), self.encoding_.terms_of(), self.center_, self.scale_
        )

    @property
    def ignored_columns_(self) -> dict[str, str]:
        """Columns left out of the fit, each with its reason."""
        return dict(self.encoding_.ignored)

    def diagnose(self) -> PropensityDiagnosis:
        """Return the separation, collinearity and events per term of the fit."""
        check_is_fitted(self)
        diagnosis: PropensityDiagnosis = self.diagnosis_
        return diagnosis

    def to_sql(self, dialect: str = "duckdb", table: str = "customers") -> str:
        """Return a SQL query that computes each customer's probability in the database.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id` and the features of the fit, one row per
                customer, with its schema where needed, as in `"shop.customers"`.

        Returns:
            A query that returns `customer_id` and `<outcome>_probability`. Missing numbers and new
            categories count as in `add_to`. The probability is NULL for infinite numbers. It is
            also NULL for customers who never ordered, if the fit used `order_count` and
            `recency_days` or left such customers out.

        Raises:
            ValueError: The model uses a classifier of your own, which has no formula, the dialect
                is unknown, or `table` is not a name.
            TypeError: The model was fitted on an array, so the features have no names.
            DataError: The labels of the fit were not 0 and 1, and `positive` was not given.
            MissingDependencyError: sqlglot is not installed.
        """
        from cemkit.churn.sql_scores import probability_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self)
        check_event_is_named(self)
        if self.logistic_ is None:
            raise ValueError(
                f"{type(self).__name__} around {type(self.classifier_).__name__} has no formula "
                "for SQL; score with add_to, or fit without classifier="
            )
        return probability_query(self, self._outcome.probability, table, dialect).sql(dialect)

    def to_json(self) -> str:
        """Return the fitted model as JSON text, which `from_json` reads back to the last digit.

        Raises:
            TypeError: The model uses a classifier of your own; save it with skops.
        """
        check_is_fitted(self)
        return model_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the fitted model from the text of `to_json`. No code in the text is executed.

        Raises:
            DataError: The text is not a saved model of this class.
        """
        model: Self = model_from_json(cls, text)
        return model

    def _check_parameters(self) -> None:
        check_number(self.penalty, "penalty", minimum=0)
        check_flag(self.scale, "scale")
        check_fraction(self.threshold, "threshold")
        if self.calibrate is not None:
            check_choice(self.calibrate, "calibrate", ["sigmoid", "isotonic"])

    def _fit_encoding(self, X: Any, y: Any) -> tuple[Floats, npt.NDArray[Any]]:
        if takes_names(X):
            self.encoding_ = FeatureEncoding.of(X)
            check_sensitive(self.encoding_.columns, self.allow_sensitive)
            X = X[self.encoding_.columns]
            validate_data(self, X, y, skip_check_array=True)
            matrix, outcome = check_X_y(self.encoding_.matrix(X), y, estimator=self)
        else:
            matrix, outcome = validate_data(
                self, X, y, dtype=np.float64, ensure_all_finite="allow-nan"
            )
            self.encoding_, matrix = FeatureEncoding.of_numbers(matrix)
        check_classification_targets(outcome)
        return matrix, outcome

    def _matrix(self, X: Any) -> Floats:
        check_is_fitted(self)
        if isinstance(X, pd.DataFrame) and hasattr(self, "feature_names_in_"):
            check_columns(X.columns, self.encoding_.columns, "pass the features of the fit")
            X = X.drop(columns=[name for name in self.encoding_.ignored if name in X])
            validate_data(self, X, skip_check_array=True, reset=False)
            matrix: Floats = self.encoding_.matrix(X)
            return matrix
        values = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        if any(known is not None for known in self.encoding_.levels):
            raise DataError("the fit had categorical columns; pass a DataFrame with the same names")
        return self.encoding_.matrix(pd.DataFrame(values, columns=self.encoding_.columns))

    def _fit_scorer(self, matrix: Floats, outcome: npt.NDArray[Any]) -> Any:
        """A LogisticFit, or the user's classifier, fitted."""
        if self.classifier is not None:
            own = clone(check_estimator(self.classifier, "classifier"))
            fitted = own.fit(self._scaled(matrix), outcome)
            check_scores(fitted, calibrated=self.calibrate is not None)
            return fitted
        events = self._events(outcome)
        weights = row_weights(self.class_weight, self.classes_, outcome)
        try:
            return fit_logistic(
                matrix, events, weights, self.center_, self.scale_, penalty=float(self.penalty)
            )
        except ConvergenceError as error:
            groups = self.encoding_.level_groups()
            reason = why_unbounded(matrix, events, self.encoding_.terms, groups) or str(error)
            raise ConvergenceError(reason) from error

    def _separation(self, matrix: Floats, events: Floats, sums: ColumnSums) -> Separation | None:
        if self.logistic_ is None:
            return None
        ends = np.abs(np.vstack([sums.lowest, sums.highest]) - self.center_) / self.scale_
        if proves_overlap(self.logistic_, ends.max(axis=0), float(self.penalty)):
            return Separation("none", 0, np.zeros(matrix.shape[1], dtype=bool))
        groups = self.encoding_.level_groups()
        return separation_of(
            self.logistic_, matrix, events, self.center_, self.scale_, groups=groups
        )

    def _fit_calibration(
        self, matrix: Floats, outcome: npt.NDArray[Any], events: Floats
    ) -> Recalibration | None:
        if self.calibrate is None:
            return None
        score = np.empty(len(events))
        for train, test in folds_of(events):
            scorer = self._fit_scorer(matrix[train], outcome[train])
            score[test] = score_of(scorer, self._scaled(matrix[test]), self._event)
        return recalibrate(self.calibrate, score, events)

    def _set_fitted(self) -> None:
        self._event = event_place(self.classes_, self.positive)
        own = isinstance(self._scorer, LogisticFit)
        self.logistic_: LogisticFit | None = self._scorer if own else None
        self.classifier_: Any = None if own else self._scorer
        if self.logistic_ is not None:
            self.intercept_ = float(self.logistic_.parameters[0])
            self.coefficients_ = self.logistic_.parameters[1:]

    def _events(self, outcome: npt.NDArray[Any]) -> Floats:
        events: Floats = (outcome == self.classes_[self._event]).astype(np.float64)
        return events

    def _scaled(self, matrix: Floats) -> Floats:
        scaled: Floats = (matrix - self.center_) / self.scale_
        return scaled

    def _probability(self, matrix: Floats) -> Floats:
        scaled = self._scaled(matrix)
        if self._recalibration is not None:
            return self._recalibration.probability(score_of(self._scorer, scaled, self._event))
        if self.logistic_ is None:
            given: Floats = self.classifier_.predict_proba(scaled)[:, self._event]
            return given
        probability: Floats = expit(score_of(self._scorer, scaled, self._event))
        return probability

    def _own_fit(self) -> LogisticFit:
        if self.logistic_ is None:
            name = type(self.classifier_).__name__
            raise ValueError(
                f"{name} has no coefficients; use explain() for the effects of its features"
            )
        return self.logistic_

    def _named_features(self, customers: pd.DataFrame) -> tuple[Customers, pd.DataFrame]:
        check_is_fitted(self)
        check_event_is_named(self)
        check_frame(customers, "customers")
        check_columns(customers.columns, self.encoding_.columns, "pass the features of the fit")
        rows = Customers.of(customers)
        return rows, rows.table[self.encoding_.columns]
