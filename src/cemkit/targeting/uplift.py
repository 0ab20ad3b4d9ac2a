"""UpliftModel: how much an offer changes each customer's outcome, by cross-fitted learners."""

import warnings
from collections.abc import Collection
from numbers import Real
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, is_classifier
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_choice,
    check_columns,
    check_estimator,
    check_frame,
    check_integer,
    check_number,
    check_random_state,
    finite_values,
)
from cemkit.data.encoding import FeatureEncoding
from cemkit.data.sensitive import check_sensitive
from cemkit.errors import CemkitWarning, DataError
from cemkit.targeting.learners import Trial, effects, fit_learners
from cemkit.targeting.treatment import hashed_order, treated_rows, trial_outcome

Mask = npt.NDArray[np.bool_]
RARE = 0.01  # propensities nearer to 0 or 1 leave hardly anyone to compare with


class UpliftModel(BaseEstimator):
    """What an offer changes in each customer's outcome: learnt where it was given at random.

    The customers are split into folds, and one learner is fitted without each fold, so that
    `uplift_` of a customer never saw that customer's outcome. With m1, m0 the expected outcome with
    and without the offer, e the propensity, each fitted on the customers of the other folds:

    - `"t"`: m1(x) - m0(x);
    - `"x"`: (1 - e) * g1(x) + e * g0(x), where g1 regresses y - m0(x) of those treated and g0
      regresses m1(x) - y of the others;
    - `"dr"`: the regression of m1(x) - m0(x) + t (y - m1(x)) / e - (1 - t) (y - m0(x)) / (1 - e),
      right where either the outcomes or the propensities are.

    It takes the customer table as it is. Each category but the first becomes an indicator, and
    missing numbers count as the mean. Columns that say nothing of other customers are left out and
    listed in `ignored_columns_`: dates, identifiers and free text (text of which at least 95 % of
    the values differ; whole numbers, all different, whose name ends in `id`), text of too many
    levels, and columns without a value. Turn dates into days before the offer, and group levels,
    to use them.

    Customers who never ordered are left out of the fit, counted in `left_out_`, and have a missing
    uplift.

    Args:
        learner: `"t"`, `"x"` or `"dr"`.
        estimator: Any scikit-learn regressor; for `"t"` a classifier of a 0/1 outcome too. Ridge
            regression on scaled features where not given.
        propensity: The probability of treatment: a number, as in a randomised experiment; the name
            of a column of X, which then is no feature; None to estimate it by logistic regression.
        n_folds: Number of folds, at least 3.
        allow_sensitive: Names of sensitive columns (such as `gender`, `age`) that may be features;
            without it they, and columns made from them (`gender_F`), are refused.
        random_state: Seed of the folds, which do not depend on the order of the rows.
        positive: The label of y that means success, such as `"yes"`, where y holds two labels;
            without it y is taken as numbers.
        treated: The label of `treatment` that means the offer was given, such as `"offer"`; not
            needed where it holds 0 and 1, or False and True.

    Attributes:
        uplift_: For each customer of the fit, by the learner that did not see them; on the index.
            This is what `uplift_curve` and `qini_score` should judge.
        feature_names_in_: The features, without those left out.
        encoding_: How features became terms.
        ignored_columns_: Columns left out of the fit, each with its reason.
        left_out_: How many customers the fit left out, by reason.
        binary_outcome_: Whether the outcome was 0 or 1, so that uplift is one of a probability.
        learners_: One per fold; `predict` is their mean.
        propensity_: As used, for each customer of the fit.

    It holds scikit-learn's estimators, so it has no `to_json`: save it with skops.io.dump, whose
    files run no code when they are read.

    References:
        Künzel, Sekhon, Bickel, Yu (2019), Metalearners, PNAS 116; Kennedy (2023), Towards optimal
        doubly robust estimation of heterogeneous causal effects, EJS 17.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> X = pd.DataFrame({"recency_days": rng.uniform(0, 100, 4000)})
        >>> treated = rng.integers(0, 2, 4000)
        >>> y = rng.normal(treated * X["recency_days"] / 100, 0.1)
        >>> model = UpliftModel(propensity=0.5).fit(X, y, treated)
        >>> model.predict(pd.DataFrame({"recency_days": [0.0, 100.0]})).round(1).tolist()
        [0.0, 1.0]
    """

    def __init__(
        self,
        learner: Literal["t", "x", "dr"] = "dr",
        estimator: Any = None,
        *,
        propensity: float | str | None = None,
        n_folds: int = 5,
        allow_sensitive: Collection[str] = (),
        random_state: int = 0,
        positive: Any = None,
        treated: Any = None,
    ) -> None:
        self.learner = learner
        self.estimator = estimator
        self.propensity = propensity
        self.n_folds = n_folds
        self.allow_sensitive = allow_sensitive
        self.random_state = random_state
        self.positive = positive
        self.treated = treated

    def fit(self, X: pd.DataFrame, y: Any, treatment: Any) -> Self:
        """Fit one learner per fold.

        Args:
            X: Features known before the offer, one row per customer; `customer_id` may be the index
                or a column.
            y: The outcome, such as `converted` or `amount`.
            treatment: 1 or True where the offer was given, or the label `treated`. Series with
                other indexes than X must hold the same ids, and are brought into its order;
                columns of the same table as X stay in its order.

        Raises:
            ValueError: A parameter, or a propensity given as a number, is outside its range; the
                estimator cannot do what the learner needs, or is a classifier and y is not 0 or 1.
            DataError: A feature is sensitive, or text that holds numbers; treatment is not 0 or 1;
                a propensity of the column is not strictly between 0 and 1.
            NotEnoughDataError: Fewer than `n_folds` customers were treated, or were not.

        A fit that raises or is interrupted leaves an earlier one as it was.
        """
        self._check_parameters()
        rows = Customers.of(check_frame(X, "X"), "X")
        X = rows.table
        encoding = FeatureEncoding.of(X.drop(columns=[self.propensity], errors="ignore"))
        check_sensitive(encoding.columns, self.allow_sensitive)
        features = encoding.matrix(X)
        outcome = trial_outcome(rows.column(y, "y"), "y", self.positive)
        self._check_outcome(outcome)
        treated = treated_rows(rows.column(treatment, "treatment"), self.treated, self.n_folds)
        order = _canonical_order(X.index, features, outcome, treated)
        fold = np.empty(len(X), dtype=np.intp)
        fold[order] = _folds(treated[order], self.n_folds, self.random_state)
        trial = Trial(
            features=features,
            outcome=outcome,
            treated=treated,
            propensity=self._propensities(X, features, treated, fold, order),
            fold=fold,
            order=order,
        )
        estimator = _default_estimator() if self.estimator is None else self.estimator
        learners = list(fit_learners(trial, self.learner, estimator))
        uplift = np.empty(len(X))
        for held_out, models in enumerate(learners):
            own = fold == held_out
            uplift[own] = effects(self.learner, models, features[own], trial.propensity[own])
        fitted = {
            "feature_names_in_": np.array(encoding.columns, dtype=object),
            "n_features_in_": len(encoding.columns),
            "encoding_": encoding,
            "left_out_": rows.left_out(),
            "binary_outcome_": bool(np.isin(outcome, (0.0, 1.0)).all()),
            "propensity_": trial.propensity,
            "learners_": learners,
            "uplift_": pd.Series(uplift, index=X.index, name="uplift"),
        }
        self.__dict__ = vars(self) | fitted  # in one step, so that no half of a fit is ever there
        return self

    def predict(self, X: pd.DataFrame) -> Floats:
        """The uplift of each row, in units of the outcome: the mean of the learners.

        Where propensities were estimated, the X-learner weighs new customers by their mean.
        """
        rows, predictions = self._predictions(X)
        return np.asarray(rows.spread(predictions.mean(axis=0)))

    def standard_error(self, X: pd.DataFrame) -> Floats:
        """The standard error of `predict`, by the jackknife over the folds (a rough one)."""
        rows, predictions = self._predictions(X)
        errors = np.sqrt((len(predictions) - 1) * predictions.var(axis=0))
        return np.asarray(rows.spread(errors))

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same rows with `uplift` added, from the features of the fit by name."""
        uplift = self.predict(customers)
        return customers.assign(uplift=uplift)

    @property
    def ignored_columns_(self) -> dict[str, str]:
        """Columns left out of the fit, each with its reason."""
        return dict(self.encoding_.ignored)

    def _predictions(self, X: pd.DataFrame) -> tuple[Customers, Floats]:
        """The customers who ordered, and what each learner predicts of them."""
        check_is_fitted(self)
        rows = Customers.of(check_frame(X, "X"), "X")
        check_columns(X.columns, self.encoding_.columns, "the features of the fit are needed")
        features, propensity = self.encoding_.matrix(rows.table), self._propensities_of(rows.table)
        predicted = [
            effects(self.learner, models, features, propensity) for models in self.learners_
        ]
        return rows, np.array(predicted)

    def _propensities_of(self, X: pd.DataFrame) -> Floats:
        # Only the x-learner weighs by the propensity of a new customer.
        if self.learner == "x" and isinstance(self.propensity, str):
            check_columns(X.columns, [self.propensity], "the x-learner weighs by the propensity")
            return _propensity_column(X[self.propensity])
        return np.full(len(X), float(self.propensity_.mean()))

    def _check_parameters(self) -> None:
        check_choice(self.learner, "learner", ["t", "x", "dr"])
        check_integer(self.n_folds, "n_folds", minimum=3)
        check_random_state(self.random_state)
        if self.estimator is not None:
            check_estimator(self.estimator, "estimator")
        if self.estimator is not None and is_classifier(self.estimator) and self.learner != "t":
            raise ValueError(
                f"learner={self.learner!r} regresses effects, which a classifier cannot; give a "
                "regressor (of a 0/1 outcome it estimates the probability) or learner='t'"
            )
        if self.propensity is None or isinstance(self.propensity, str):
            return
        if not isinstance(self.propensity, Real):
            raise TypeError(
                "propensity must be a number, the name of a column of X, or None, not "
                f"{type(self.propensity).__name__}; put one per customer into a column of X"
            )
        number = check_number(self.propensity, "propensity")
        if not 0 < number < 1:
            raise ValueError(
                f"propensity must lie strictly between 0 and 1, not {number:g}: "
                "where everyone or nobody is treated there is nobody to compare with"
            )

    def _check_outcome(self, outcome: Floats) -> None:
        if self.estimator is None or not is_classifier(self.estimator):
            return
        if not np.isin(outcome, (0, 1)).all():
            other = outcome[~np.isin(outcome, (0, 1))][0]
            raise ValueError(
                f"y holds {other:g}, but a classifier gives the probability that y is 1, not 0; "
                "give a regressor"
            )
        if not hasattr(self.estimator, "predict_proba"):
            raise ValueError(
                f"{type(self.estimator).__name__} has no predict_proba, and uplift is a difference "
                "of probabilities; give a classifier that has, or a regressor"
            )

    def _propensities(
        self,
        X: pd.DataFrame,
        features: Floats,
        treated: Mask,
        fold: npt.NDArray[np.intp],
        order: npt.NDArray[np.intp],
    ) -> Floats:
        if isinstance(self.propensity, str):
            check_columns(X.columns, [self.propensity], "propensity names a column of X")
            return _propensity_column(X[self.propensity])
        if self.propensity is not None:
            return np.full(len(X), float(self.propensity))
        estimated = np.empty(len(X))
        for held_out in range(self.n_folds):
            rows = order[fold[order] != held_out]
            model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
            model.fit(features[rows], treated[rows])
            estimated[fold == held_out] = model.predict_proba(features[fold == held_out])[:, 1]
        rare = int(np.count_nonzero((estimated < RARE) | (estimated > 1 - RARE)))
        if rare:
            warnings.warn(
                f"{rare:,} customers have an estimated propensity below {RARE} or above "
                f"{1 - RARE}: hardly anyone like them is in the other group, and their uplift is "
                "a guess",
                CemkitWarning,
                stacklevel=3,
            )
        return estimated


def _default_estimator() -> Any:
    return make_pipeline(StandardScaler(), RidgeCV(alphas=np.logspace(-2, 4, 13)))


def _propensity_column(values: pd.Series) -> Floats:
    numbers = finite_values(values, str(values.name))
    bad = (numbers <= 0) | (numbers >= 1)
    if bad.any():
        raise DataError(
            f"{values.name} has {int(bad.sum())} propensities that are not strictly between 0 and "
            f"1 (the first at {values.index[int(np.argmax(bad))]!r}): such customers have nobody "
            "to be compared with; leave them out"
        )
    return numbers


def _canonical_order(
    ids: pd.Index, features: Floats, outcome: Floats, treated: Mask
) -> npt.NDArray[np.intp]:
    """The rows by a hash of their id where ids are unique and named, else by their values."""
    if ids.name is not None and ids.is_unique:
        return hashed_order(ids)
    return np.lexsort((*features.T, outcome, treated))


def _folds(treated: Mask, n_folds: int, seed: int) -> npt.NDArray[np.intp]:
    """Random folds with equal shares of treated customers."""
    rng = np.random.default_rng(seed)
    fold = np.empty(len(treated), dtype=np.intp)
    for arm in (False, True):
        rows = rng.permutation(np.flatnonzero(treated == arm))
        fold[rows] = np.arange(len(rows)) % n_folds
    return fold
