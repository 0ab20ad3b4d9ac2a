"""UpliftModel: how much offers change each customer's outcome, by cross-fitted learners."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_choice,
    check_columns,
    check_estimator,
    check_frame,
    check_integer,
    check_random_state,
)
from cemkit.data.encoding import FeatureEncoding
from cemkit.data.score_columns import ScoreColumns
from cemkit.data.sensitive import check_sensitive
from cemkit.described import Described, left_out_text
from cemkit.targeting.cross_fitting import Trial
from cemkit.targeting.learners import Models, cross_fitted, effects, fit_learners
from cemkit.targeting.propensities import (
    check_propensity,
    check_shares,
    columns_of,
    estimated_propensities,
    given_propensities,
    warn_of_rare,
)
from cemkit.targeting.ridge import SummedRidge, standardise
from cemkit.targeting.saved_uplift import uplift_from_json, uplift_to_json
from cemkit.targeting.treatment import (
    Arms,
    check_no_outcome,
    check_no_treatment,
    hashed_order,
    trial_outcome,
)

MOST_REPEATS = 100

Codes = npt.NDArray[np.intp]


class UpliftModel(Described):
    """Uplift model: the effect of offers on each customer's outcome, trained on an experiment.

    One offer is compared with no offer, or several with one control. The fit is cross-fitted:
    customers are split into folds, and one learner is fitted without each fold, so `uplift_` of a
    customer comes from learners that did not use that customer's outcome. Let m1, m0 be the
    expected outcomes with an offer and in the control, and e1, e0 the probabilities of these two,
    each fitted on the other folds. The learners are

    - `"t"`: m1(x) - m0(x);
    - `"x"`: (e0 g1(x) + e1 g0(x)) / (e0 + e1), where g1 regresses y - m0(x) of customers with the
      offer and g0 regresses m1(x) - y of the control;
    - `"dr"`: the regression of m1(x) - m0(x) + 1[offer] (y - m1(x)) / e1 - 1[control] (y - m0(x)) /
      e0 on all customers, which is consistent if either the outcomes or the propensities are
      correct.

    It takes the customer table as it is. Each category except the first becomes an indicator, and
    missing numbers count as the mean. Columns that cannot be used for new customers are left out
    and listed in `ignored_columns_`:

    - dates (turn them into days before the offer to use them),
    - identifiers and free text: text of which at least 95 % of the values differ, and distinct
      whole numbers whose name ends in `id`,
    - text with too many levels (group them to use them),
    - columns without a value.

    Customers who never ordered are left out of the fit, counted in `left_out_`, and have a missing
    uplift.

    Args:
        learner: Kind of learner: `"t"`, `"x"` or `"dr"`.
        estimator: Any scikit-learn regressor, or for `"t"` and a 0/1 outcome also a classifier.
            None for ridge regression on scaled features, with the penalty chosen by generalised
            cross-validation. It is fitted from sums of products, and can be saved to JSON.
        propensity: Probability of treatment. For one offer a number, as in a randomised experiment,
            or the name of a column of X, which is then not a feature. With `control` a dict by
            label, as in `{"none": 0.5, "mail": 0.3, "call": 0.2}`, in which a column of X can
            replace a number; or one number for an equal split. None estimates it by logistic
            regression.
        n_folds: Number of folds, at least 3.
        n_repeats: Number of splits into folds. Uplifts are the mean over the splits, so they depend
            less on a single split. The time grows with this number.
        allow_sensitive: Sensitive columns (such as `gender`, `age`) that may be features. Without
            it they, and columns made from them (`gender_F`), raise an error.
        random_state: Seed of the folds, which do not depend on the row order.
        positive: Label of y that means success, such as `"yes"`, if y holds two labels. None uses y
            as numbers.
        treated: Label of `treatment` that means the offer was given, such as `"offer"`. Not needed
            if it holds 0 and 1, or False and True.
        control: Label of `treatment` that means no offer, such as `"none"`. Every other label is
            then an offer, and predictions have a column for each. None for one offer without a
            name.

    Attributes:
        offers_: Offers in the order of the columns of `predict`, with `control`.
        uplift_: Out-of-fold uplift of each customer of the fit, on their index; with `control` a
            table with one column per offer. Evaluate this with `uplift_curve`, and with
            `qini_score(..., cross_fitted=True)`.
        feature_names_in_: Names of the features used.
        encoding_: Encoding of features as terms (numbers and indicators).
        ignored_columns_: Columns left out of the fit, each with its reason.
        left_out_: Number of customers left out of the fit, by reason.
        binary_outcome_: Whether the outcome was 0 or 1, so that uplift is a difference of
            probabilities.
        learners_: Fitted learners, one per split and fold; `predict` is their mean.
        propensity_: Propensity used for each customer of the fit; with `control` one column per
            arm, the control first.
        shares_: Mean propensity of each arm, the control first.

    References:
        Künzel, Sekhon, Bickel, Yu (2019), Metalearners, PNAS 116; Kennedy (2023), Towards optimal
        doubly robust estimation of heterogeneous causal effects, EJS 17; Golub, Heath, Wahba
        (1979), Generalized cross-validation, Technometrics 21.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> X = pd.DataFrame({"recency_days": rng.uniform(0, 100, 4000)})
        >>> variant = rng.choice(["none", "call", "mail"], 4000)
        >>> y = rng.normal((variant == "mail") * X["recency_days"] / 100, 0.1)
        >>> model = UpliftModel(control="none", propensity=1 / 3).fit(X, y, variant)
        >>> model.add_to(pd.DataFrame({"recency_days": [0.0, 100.0]})).round(1).abs()
           recency_days  uplift_call  uplift_mail
        0           0.0          0.0          0.0
        1         100.0          0.0          1.0
    """

    def __init__(
        self,
        learner: Literal["t", "x", "dr"] = "dr",
        estimator: Any = None,
        *,
        propensity: float | str | Mapping[Any, float | str] | None = None,
        n_folds: int = 5,
        n_repeats: int = 3,
        allow_sensitive: Collection[str] = (),
        random_state: int = 0,
        positive: Any = None,
        treated: Any = None,
        control: Any = None,
    ) -> None:
        self.learner = learner
        self.estimator = estimator
        self.propensity = propensity
        self.n_folds = n_folds
        self.n_repeats = n_repeats
        self.allow_sensitive = allow_sensitive
        self.random_state = random_state
        self.positive = positive
        self.treated = treated
        self.control = control

    def fit(self, X: pd.DataFrame, y: Any, treatment: Any) -> Self:
        """Fit one learner per split and fold.

        Args:
            X: Features known before the offer, one row per customer; `customer_id` may be the index
                or a column.
            y: Outcome, such as `converted` or `amount`.
            treatment: Treatment of each customer: 1 or True (or the label `treated`) if the offer
                was given. With `control` the label of each customer's variant. A Series with
                another index than X must have the same ids, and is aligned with X.

        Returns:
            The fitted model itself.

        Raises:
            ValueError: A parameter, or a propensity given as a number, is outside its range. The
                estimator does not support the learner, or is a classifier and y is not 0 or 1.
                `control` is not a label of the treatment.
            DataError: A feature is sensitive, is the treatment or the outcome itself, or is text
                that holds numbers. Treatment is missing, or not 0 or 1 without `control`. A
                propensity in a column is not strictly between 0 and 1.
            NotEnoughDataError: Fewer than `n_folds` customers got an offer, or got none.

        Warns:
            CemkitWarning: The sizes of the arms do not match the stated propensities, or an
                estimated propensity is below 0.01.

        A fit that raises or is interrupted leaves an earlier one as it was.
        """
        self._check_parameters()
        rows = Customers.of(check_frame(X, "X"), "X")
        apart = [name for name in columns_of(self.propensity) if name in rows.table]
        encoding = FeatureEncoding.of(rows.table.drop(columns=apart) if apart else rows.table)
        check_sensitive(encoding.columns, self.allow_sensitive)
        outcome = trial_outcome(rows.column(y, "y"), "y", self.positive)
        self._check_outcome(outcome)
        treatment = rows.column(treatment, "treatment")
        arms = Arms.of(treatment, self.control, self.treated, self.n_folds)
        check_no_treatment(rows.table[encoding.columns], treatment)
        check_no_outcome(rows.table[encoding.columns], outcome)
        features = encoding.matrix(rows.table)
        order = _canonical_order(rows.table.index, features, outcome, arms.codes)
        features = features[order]
        units = standardise(features) if self.estimator is None else None
        given = self._given_propensities(rows.table, arms, order)
        learners: list[Models] = []
        n_arms = 1 + int(arms.codes.max())
        uplift, shares = np.zeros((n_arms - 1, len(order))), np.zeros((n_arms, len(order)))
        for trial in self._trials(features, outcome[order], arms.codes[order], given):
            found = list(fit_learners(trial, self.learner))
            uplift += cross_fitted(trial, self.learner, found) / self.n_repeats
            shares += trial.propensity / self.n_repeats
            learners += found
        if given is None:
            warn_of_rare(shares)
        if units is not None:
            learners = [[one.in_units(*units) for one in models] for models in learners]
        uplift, propensity = _in_place(uplift, order), _in_place(shares, order)
        fitted = self._state(
            labels=arms.labels,
            encoding=encoding,
            left_out=rows.left_out(),
            binary_outcome=bool(np.isin(outcome, (0.0, 1.0)).all()),
            shares=propensity.mean(axis=1),
            learners=learners,
        )
        fitted["propensity_"] = propensity[1] if arms.labels is None else propensity.T
        fitted["uplift_"] = _per_customer(uplift, rows.table.index, fitted["offers_"])
        self.__dict__ = vars(self) | fitted  # in one step, so that no half of a fit is ever there
        return self

    def predict(self, X: pd.DataFrame) -> Floats:
        """Return the uplift of each row, in units of the outcome, as the mean of the learners.

        If propensities were estimated, the X-learner weights new customers by the mean propensity.

        Returns:
            Array of shape (n,); with `control` of shape (n, offers), in the order of `offers_`.
        """
        rows, features, propensity = self._read(X)
        mean = np.zeros((len(self.shares_) - 1, len(features)))
        for models in self.learners_:
            mean += effects(self.learner, models, features, propensity) / len(self.learners_)
        return self._spread(rows, mean)

    def standard_error(self, X: pd.DataFrame) -> Floats:
        """Return a rough standard error of `predict`, by the jackknife over the folds."""
        rows, features, propensity = self._read(X)
        squares = np.zeros((len(self.shares_) - 1, len(features)))
        for split in range(self.n_repeats):
            learners = self.learners_[split * self.n_folds : (split + 1) * self.n_folds]
            found = [effects(self.learner, models, features, propensity) for models in learners]
            squares += np.var(found, axis=0)
        error: Floats = np.sqrt((self.n_folds - 1) * squares / self.n_repeats)
        return self._spread(rows, error)

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with the uplift added; features are found by name.

        The column is `uplift`. With `control` there is `uplift_<offer>` for each offer; pass
        `uplift_columns_` to `offer_profit` as `uplift`.
        """
        uplift = self.predict(customers)
        if self._labels is None:
            return customers.assign(uplift=uplift)
        names = self.uplift_columns_.values()
        return customers.assign(**dict(zip(names, uplift.T, strict=True)))

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self)
        reads = self.encoding_.reads()
        if self.learner == "x":
            reads |= dict.fromkeys(columns_of(self.propensity), "number")
        names = ["uplift"] if self._labels is None else list(self.uplift_columns_.values())
        return ScoreColumns(reads, dict.fromkeys(names, "number"))

    def policy(self, customers: pd.DataFrame) -> pd.Series:
        """Return the offer with the highest uplift; the control where no uplift is above 0.

        Evaluate the policy with `policy_value` on customers of the experiment that were not in the
        fit. Costs are not included: if offers cost money, fit the profit as the outcome, or use
        `offer_profit` and `allocate_offers`. Customers who never ordered get the control.

        Raises:
            ValueError: The model has no `control`, so its offer has no name.
        """
        check_is_fitted(self)
        if self._labels is None:
            raise ValueError(
                "policy needs the names of offers, but treatment was 0 and 1; fit with "
                "control=..., the label of no offer"
            )
        uplift = np.nan_to_num(self.predict(customers), nan=-np.inf)
        best = np.where(uplift.max(axis=1) > 0, 1 + uplift.argmax(axis=1), 0)
        ids = Customers.of(check_frame(customers, "customers")).ids
        return pd.Series(pd.Index(self._labels)[best], index=ids, name="variant")

    def to_sql(self, dialect: str = "duckdb", table: str = "customers") -> str:
        """Return a SQL query that computes each customer's uplift in the database.

        The learners must be linear: those of `estimator=None`, and scikit-learn's linear, ridge,
        lasso and elastic-net regressions.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id` and the features of the fit, one row per
                customer, with its schema where needed, as in `"shop.customers"`.

        Returns:
            A query that returns `customer_id` and the columns of `add_to`. Missing numbers and new
            categories count as in `add_to`. The uplift is NULL for infinite numbers. It is also
            NULL for customers who never ordered, if the fit used `order_count` and `recency_days`
            or left such customers out.

        Raises:
            ValueError: The learners are not linear, the X-learner uses a column of propensities,
                the dialect is unknown, or `table` is not a name.
            MissingDependencyError: sqlglot is not installed.
        """
        from cemkit.targeting.sql_uplift import uplift_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self)
        return uplift_query(self, table, dialect).sql(dialect)

    def _facts(self) -> dict[str, Any]:
        offers = pd.Index(self.offers_ or ["offer"], name="offer", dtype=object)
        table = pd.DataFrame({"propensity": self.shares_[1:]}, index=offers)
        count = {}
        if hasattr(self, "uplift_"):  # a model read from JSON has none
            count = {"customers": len(self.uplift_)}
            table["mean_uplift"] = np.atleast_1d(self.uplift_.mean())
        return {
            **count,
            "left_out": left_out_text(self.left_out_),
            "binary_outcome": self.binary_outcome_,
            "learners": len(self.learners_),
            "features": tuple(self.encoding_.columns),
            "ignored_columns": tuple(self.ignored_columns_) or "none",
            "table": table,
        }

    def to_json(self) -> str:
        """Return the fitted model as JSON text; `from_json` restores it to the last digit.

        The text contains no customers of the fit, so `uplift_` and `propensity_` are not restored.

        Raises:
            TypeError: The model uses an estimator of your own; save it with skops.
        """
        check_is_fitted(self)
        return uplift_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the fitted model from the text of `to_json`. No code in the text is executed.

        Raises:
            DataError: The text is not a saved model of this class.
        """
        model: Self = uplift_from_json(cls, text)
        return model

    @property
    def ignored_columns_(self) -> dict[str, str]:
        """Columns left out of the fit, each with its reason."""
        return dict(self.encoding_.ignored)

    @property
    def uplift_columns_(self) -> dict[Any, str]:
        """The column that `add_to` gives each offer."""
        return {offer: f"uplift_{offer}" for offer in self.offers_}

    def _given_propensities(self, X: pd.DataFrame, arms: Arms, order: Codes) -> Floats | None:
        """The propensity of each arm in this order of the rows; None where it is estimated."""
        if self.propensity is None:
            return None
        propensity = given_propensities(self.propensity, X, arms.labels)
        if columns_of(self.propensity):
            return propensity[:, order]
        labels = arms.labels or ["untreated", "treated"]
        check_shares(np.bincount(arms.codes), propensity[:, 0], labels)
        return propensity

    def _trials(
        self, features: Floats, outcome: Floats, arm: Codes, given: Floats | None
    ) -> Iterator[Trial]:
        """The trial with its customers split into folds, once for each repeat."""
        rng = np.random.default_rng(self.random_state)
        for _ in range(self.n_repeats):
            fold = _folds(arm, self.n_folds, rng)
            yield Trial(
                features=features,
                outcome=outcome,
                arm=arm,
                propensity=estimated_propensities(features, arm, fold) if given is None else given,
                fold=fold,
                estimator=SummedRidge() if self.estimator is None else self.estimator,
            )

    def _state(
        self,
        *,
        labels: list[Any] | None,
        encoding: FeatureEncoding,
        left_out: pd.Series,
        binary_outcome: bool,
        shares: Floats,
        learners: list[list[Any]],
    ) -> dict[str, Any]:
        """What a fitted model knows, without its customers."""
        return {
            "_labels": labels,
            "offers_": [] if labels is None else labels[1:],
            "feature_names_in_": np.array(encoding.columns, dtype=object),
            "n_features_in_": len(encoding.columns),
            "encoding_": encoding,
            "left_out_": left_out,
            "binary_outcome_": binary_outcome,
            "shares_": shares,
            "learners_": learners,
        }

    def _read(self, X: pd.DataFrame) -> tuple[Customers, Floats, Floats]:
        """The customers who ordered, their features and the propensities that predictions need."""
        check_is_fitted(self)
        rows = Customers.of(check_frame(X, "X"), "X")
        check_columns(X.columns, self.encoding_.columns, "the features of the fit are needed")
        return rows, self.encoding_.matrix(rows.table), self._propensities_of(rows.table)

    def _propensities_of(self, X: pd.DataFrame) -> Floats:
        # Only the x-learner weighs by the propensity of a new customer.
        columns = columns_of(self.propensity)
        if self.learner == "x" and columns:
            check_columns(X.columns, columns, "the x-learner weighs by the propensity")
            return given_propensities(self.propensity, X, self._labels)
        return np.broadcast_to(self.shares_[:, None], (len(self.shares_), len(X)))

    def _spread(self, rows: Customers, values: Floats) -> Floats:
        """One value for each row of each offer, missing for those who never ordered."""
        columns = [np.asarray(rows.spread(one)) for one in values]
        return columns[0] if self._labels is None else np.column_stack(columns)

    def _check_parameters(self) -> None:
        check_choice(self.learner, "learner", ["t", "x", "dr"])
        check_integer(self.n_folds, "n_folds", minimum=3)
        check_integer(self.n_repeats, "n_repeats", minimum=1, maximum=MOST_REPEATS)
        check_random_state(self.random_state)
        if self.estimator is not None:
            check_estimator(self.estimator, "estimator")
        if self.estimator is not None and is_classifier(self.estimator) and self.learner != "t":
            raise ValueError(
                f"learner={self.learner!r} needs a regressor, not a classifier; give a "
                "regressor (for a 0/1 outcome it estimates the probability), or use "
                "learner='t'"
            )
        check_propensity(self.propensity, several=self.control is not None)

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
                f"{type(self.estimator).__name__} has no predict_proba, but uplift is a "
                "difference of probabilities; give a classifier that has it, or a regressor"
            )


def _per_customer(uplift: Floats, ids: pd.Index, offers: list[Any]) -> pd.Series | pd.DataFrame:
    """A column, or one for each offer that has a name."""
    if not offers:
        return pd.Series(uplift[0], index=ids, name="uplift")
    return pd.DataFrame(uplift.T, index=ids, columns=pd.Index(offers, name="offer"))


def _canonical_order(ids: pd.Index, features: Floats, outcome: Floats, arm: Codes) -> Codes:
    """The rows by a hash of their id where ids are unique and named, else by their values."""
    if ids.name is not None and ids.is_unique:
        return hashed_order(ids)
    return np.lexsort((*features.T, outcome, arm))


def _in_place(values: Floats, order: Codes) -> Floats:
    """The columns, which are in this order of the rows, in the order of the rows."""
    placed = np.empty(values.shape)
    placed[:, order] = values
    return placed


def _folds(arm: Codes, n_folds: int, rng: np.random.Generator) -> Codes:
    """Random folds with equal shares of each arm."""
    fold = np.empty(len(arm), dtype=np.intp)
    for one in range(int(arm.max()) + 1):
        rows = rng.permutation(np.flatnonzero(arm == one))
        fold[rows] = np.arange(len(rows)) % n_folds
    return fold
