"""SpendRegression: what a customer will spend, regressed on the customer table."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_columns,
    check_estimator,
    check_fraction,
    check_frame,
    check_integer,
    finite_values,
)
from cemkit.data.encoding import FeatureEncoding
from cemkit.data.score_columns import ScoreColumns
from cemkit.described import Described, left_out_text
from cemkit.errors import DataError, NotEnoughDataError

FEWEST = 50  # customers that a regression of this kind can say something of
LABEL_HINT = "take the amounts of a window after the day of the customer table"


class SpendRegression(Described):
    """Model of future spend, by gradient boosting on the customer table.

    It is fitted on a customer table of an earlier day and the spend of these customers in the
    window after it. It assumes that this relation holds again, so it does not account for a season
    or growth between the two windows. `compare_value_models` compares it with lifetime value.

    It uses every column of the table. Columns that cannot be used for new customers (dates,
    identifiers, free text) are left out and listed in `ignored_columns_`. Text columns become
    indicators, and missing numbers count as the mean. Customers who never ordered are left out of
    the fit, counted in `left_out_`, and have missing predictions.

    Args:
        quantile: Quantile of a customer's spend to predict instead of the mean, such as 0.5 for the
            median. Quantiles of customers do not add up to a quantile of their sum. None predicts
            the mean.
        regressor: A scikit-learn regressor to use instead of gradient boosting, on the same encoded
            columns. None for gradient boosting.
        random_state: Seed of gradient boosting.

    Attributes:
        regressor_: Fitted regressor. It belongs to scikit-learn, so there is no `to_json`: save
            this estimator with `skops.io.dump`, which does not run code when it is read.
        encoding_: Encoding of columns as terms (numbers and indicators).
        left_out_: Number of customers left out of the fit, by reason.
        n_customers_: Number of customers in the fit.
        feature_names_in_: Names of the columns used.

    References:
        Friedman (2001), Greedy function approximation: a gradient boosting machine, Annals of
        Statistics 29.

    Examples:
        >>> import cemkit as ck
        >>> orders = ck.load_cdnow("sample")
        >>> then = ck.customer_table(orders, as_of="1997-06-30")
        >>> spent = ck.segmentation.future_amount(orders, as_of="1997-06-30", window_days=92)
        >>> model = SpendRegression().fit(then, spent)
        >>> now = ck.customer_table(orders, as_of="1997-09-30")
        >>> bool(model.add_to(now)["expected_spend"].sum() > 0)
        True
    """

    def __init__(
        self, *, quantile: float | None = None, regressor: Any = None, random_state: int = 0
    ) -> None:
        self.quantile = quantile
        self.regressor = regressor
        self.random_state = random_state

    def fit(self, customers: pd.DataFrame, y: pd.Series) -> Self:
        """Fit the regression. The result is the same in any row order.

        Args:
            customers: Customer table of a day in the past.
            y: Spend of each customer in the window after that day. A Series is matched by id.

        Returns:
            The fitted model itself.

        Raises:
            DataError: `customers` and `y` hold different ids, an amount is missing, all amounts are
                equal, or a column of the table is a copy of `y`.
            NotEnoughDataError: There are fewer than 50 customers.
        """
        self._check_parameters()
        rows = Customers.of(check_frame(customers, "customers"))
        spent = finite_values(rows.column(y, "y"), "y")
        if len(spent) < FEWEST:
            raise NotEnoughDataError("customers to regress spend on", len(spent), FEWEST)
        if np.ptp(spent) == 0:
            raise DataError(f"y is {spent[0]:g} for every customer; {LABEL_HINT}")
        _check_no_copy(rows.table, spent)
        encoding = FeatureEncoding.of(rows.table)
        features, spent = _settled(encoding.matrix(rows.table)), _settled(spent)
        order = np.lexsort((spent, *features.T[::-1]))  # ties of a tree fall alike in any order
        fitted = {
            "encoding_": encoding,
            "left_out_": rows.left_out(),
            "n_customers_": len(spent),
            "feature_names_in_": np.array(encoding.columns, dtype=object),
            "regressor_": self._regressor().fit(features[order], spent[order]),
        }
        self.__dict__.update(fitted)  # at once: an interrupted fit changes nothing
        return self

    def predict(self, customers: pd.DataFrame) -> pd.Series:
        """Return each customer's expected spend, or its quantile."""
        check_is_fitted(self, "regressor_")
        rows = Customers.of(check_frame(customers, "customers"))
        check_columns(
            customers.columns, self.encoding_.columns, "the columns of the fit are needed"
        )
        features = _settled(self.encoding_.matrix(rows.table))
        predicted: Floats = self.regressor_.predict(features)
        return rows.series(predicted, self._column())

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with `expected_spend` added, or a column such as `spend_p50`."""
        predicted = self.predict(customers)
        return customers.assign(**{self._column(): predicted.to_numpy()})

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self, "regressor_")
        return ScoreColumns(self.encoding_.reads(), {self._column(): "number"})

    @property
    def ignored_columns_(self) -> dict[str, str]:
        """Columns left out of the fit, each with its reason."""
        return dict(self.encoding_.ignored)

    def _facts(self) -> dict[str, Any]:
        return {
            "customers": self.n_customers_,
            "left_out": left_out_text(self.left_out_),
            "predicts": self._column(),
            "regressor": type(self.regressor_).__name__,
            "features": tuple(self.encoding_.columns),
            "ignored_columns": tuple(self.ignored_columns_) or "none",
        }

    def _column(self) -> str:
        return "expected_spend" if self.quantile is None else f"spend_p{100 * self.quantile:g}"

    def _check_parameters(self) -> None:
        check_integer(self.random_state, "random_state", minimum=0, maximum=2**32 - 1)
        if self.quantile is not None:
            check_fraction(self.quantile, "quantile")
        if self.regressor is not None:
            check_estimator(self.regressor, "regressor")
        if self.regressor is not None and self.quantile is not None:
            raise ValueError(
                "quantile works only with gradient boosting; for your own regressor set its "
                "loss, and leave quantile out"
            )

    def _regressor(self) -> Any:
        if self.regressor is not None:
            return clone(self.regressor)
        return HistGradientBoostingRegressor(
            loss="squared_error" if self.quantile is None else "quantile",
            quantile=self.quantile,
            learning_rate=0.05,
            max_leaf_nodes=15,
            early_stopping=False,
            random_state=self.random_state,
        )


def _settled(values: Floats) -> Floats:
    """Values without the last digits, in which sums of another order differ and trees would too."""
    return values.astype(np.float32).astype(np.float64)


def _check_no_copy(table: pd.DataFrame, spent: Floats) -> None:
    """Raise where a column is the outcome itself."""
    for name, values in table.items():
        number = pd.api.types.is_numeric_dtype(values.dtype)
        known = number and not pd.api.types.is_complex_dtype(values.dtype) and values.notna().all()
        if known and np.array_equal(values.to_numpy(dtype=np.float64), spent):
            raise DataError(
                f"the column {name!r} of customers equals their spend after the day of the "
                f"table; drop it, or {LABEL_HINT}"
            )
