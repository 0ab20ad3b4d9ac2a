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
    """Future spend, by gradient boosting on the customer table.

    It is fitted on a customer table of an earlier day and what those customers spent in the window
    after it, and takes customers to do so again: a season or a growth between the two windows is
    not in it. `compare_value_models` scores it against lifetime value.

    It takes every column of the table; those that say nothing of other customers (dates,
    identifiers, free text) are left out and listed in `ignored_columns_`. Columns of text become
    indicators, and missing numbers count as the mean. Customers who never ordered are left out of
    the fit, counted in `left_out_`, and have missing predictions.

    Args:
        quantile: Predict this quantile of what a customer spends, such as 0.5 for the median, in
            place of the mean. Quantiles of customers do not add up to one of their sum.
        regressor: A scikit-learn regressor to take the place of gradient boosting, on the same
            encoded columns.
        random_state: Seed of gradient boosting.

    Attributes:
        regressor_: The regressor, fitted. It is scikit-learn's, so there is no `to_json`: save this
            estimator with `skops.io.dump`, which does not run code when it is read.
        encoding_: How columns became terms.
        left_out_: How many customers the fit left out, by reason.
        n_customers_: How many were fitted.
        feature_names_in_: The columns used.

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
        """Fit the regression; the same in any order of the customers.

        Args:
            customers: Customer table of a day in the past.
            y: What each customer spent in the window after that day; a Series is matched by id.

        Raises:
            DataError: The two hold different ids, an amount is missing or the same for everyone,
                or a column of the table is a copy of it.
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
        """Return what each customer is expected to spend, or the quantile of it."""
        check_is_fitted(self, "regressor_")
        rows = Customers.of(check_frame(customers, "customers"))
        check_columns(
            customers.columns, self.encoding_.columns, "the columns of the fit are needed"
        )
        features = _settled(self.encoding_.matrix(rows.table))
        predicted: Floats = self.regressor_.predict(features)
        return rows.series(predicted, self._column())

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same rows with `expected_spend` added, or `spend_p50` and the like."""
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
                "quantile goes with gradient boosting alone; set the loss of your own regressor, "
                "and leave quantile out"
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
                f"the column {name!r} of customers is what they spent after the day of the table; "
                f"drop it, or {LABEL_HINT}"
            )
