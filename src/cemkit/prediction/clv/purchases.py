"""BetaGeoModel: how often customers will buy, and whether they still do."""

from collections.abc import Callable
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import check_customers, check_number, check_positive
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.prediction.clv.fitting import Array, distinct_rows, maximize
from cemkit.prediction.clv.likelihoods import beta_geo_log_likelihood
from cemkit.prediction.clv.prediction import (
    beta_geo_alive,
    beta_geo_discounted_purchases,
    beta_geo_purchases,
)

COLUMNS = ["repeat_count", "recency_days", "tenure_days"]
DAYS_PER_YEAR = 365


class BetaGeoModel(BaseEstimator):
    """The BG/NBD model of repeat purchases, by maximum likelihood.

    While alive a customer buys at random at a rate that is Gamma(r, alpha) among customers, and
    after each repeat purchase leaves for good with a probability that is Beta(a, b) among them.
    Time is in days, so alpha is 7 times that of papers which count weeks.

    Attributes:
        params_: `r, alpha, a, b`.
        standard_errors_: Of the same, from the observed information.
        covariance_: Of the same, shape (4, 4), symmetric.
        log_likelihood_: At the maximum.
        aic_: 2 * 4 - 2 * log-likelihood.
        n_customers_: How many were fitted.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way: an alternative to the
        Pareto/NBD model, Marketing Science 24.

    Examples:
        >>> from cemkit import load_cdnow, summarize_customers
        >>> customers = summarize_customers(load_cdnow("sample"), as_of="1997-09-30")
        >>> model = BetaGeoModel().fit(customers)
        >>> model.params_.round(3).to_dict()
        {'r': 0.243, 'alpha': 30.895, 'a': 0.793, 'b': 2.426}
    """

    def fit(self, customers: pd.DataFrame, y: object = None) -> Self:
        """Estimate the parameters.

        Args:
            customers: `repeat_count, recency_days, tenure_days`, one row per customer.
            y: Ignored.

        Raises:
            MissingColumnsError: A column is missing, or carries the names of lifetimes.
            DataError: Counts are negative or fractional, or a last purchase lies before the first.
            NotEnoughDataError: No customer has bought again.
            ConvergenceError: The likelihood has no maximum inside.
        """
        table = _purchase_history(customers)
        if not (table["repeat_count"] > 0).any():
            raise NotEnoughDataError(
                "customers with a repeat purchase", have=0, need=1, hint="take a longer history"
            )
        rows, counts = distinct_rows(table)
        longest = float(table["tenure_days"].max())
        x, t_x, T = (rows[column].to_numpy() for column in table.columns)
        scaled = t_x / longest, T / longest
        spread = float(counts @ T) / longest / float(counts @ x)
        best = maximize(
            lambda theta: beta_geo_log_likelihood(theta, x, *scaled, counts),
            start=[0.5, 0.5 * spread, 0.8, 2.5],
        )
        unit = np.array([1.0, longest, 1.0, 1.0])
        names = ["r", "alpha", "a", "b"]
        covariance = best.covariance * np.outer(unit, unit)
        self.params_ = pd.Series(best.parameters * unit, index=names)
        self.covariance_ = pd.DataFrame(covariance, index=names, columns=names)
        self.standard_errors_ = pd.Series(np.sqrt(np.diag(covariance)), index=names)
        # A density per day of each repeat purchase, where the fit had one per longest tenure.
        self.log_likelihood_ = best.log_likelihood - float(counts @ x) * float(np.log(longest))
        self.aic_ = 2 * len(names) - 2 * self.log_likelihood_
        self.n_customers_ = len(table)
        return self

    def alive_probability(self, customers: pd.DataFrame) -> pd.Series:
        """The probability that each customer still buys, in [0, 1]; 1 before a repeat purchase."""
        check_is_fitted(self)
        table = _purchase_history(customers)
        x, t_x, T = (table[column].to_numpy() for column in table.columns)
        alive = beta_geo_alive(self.params_.to_numpy(), x, t_x, T)
        return pd.Series(alive, index=customers.index, name="alive_probability")

    def expected_purchases(self, customers: pd.DataFrame, horizon_days: float) -> pd.Series:
        """Expected purchases in the `horizon_days` to come; fractions of a day count."""
        horizon = check_positive(horizon_days, "horizon_days")
        expected = self._expected(
            customers, lambda theta, x, T: beta_geo_purchases(theta, x, T, horizon)
        )
        return expected.rename("expected_purchases")

    def expected_discounted_purchases(
        self,
        customers: pd.DataFrame,
        annual_discount_rate: float,
        horizon_days: float | None = None,
    ) -> pd.Series:
        """Expected purchases to come, each discounted to today from when it falls.

        The discount is continuous, at ln(1 + annual_discount_rate) / 365 per day.

        Args:
            customers: The columns of `fit`.
            annual_discount_rate: As a fraction, 0 or more.
            horizon_days: How far ahead; None is for ever, which takes a rate above 0.

        Raises:
            ValueError: The rate is negative, or 0 without a horizon.
        """
        annual = check_number(annual_discount_rate, "annual_discount_rate", minimum=0)
        if horizon_days is not None:
            check_positive(horizon_days, "horizon_days")
        if annual == 0:
            if horizon_days is None:
                raise ValueError(
                    "annual_discount_rate=0 for ever has no finite value; name a horizon_days"
                )
            return self.expected_purchases(customers, horizon_days).rename(
                "expected_discounted_purchases"
            )
        rate = float(np.log1p(annual)) / DAYS_PER_YEAR
        expected = self._expected(
            customers,
            lambda theta, x, T: beta_geo_discounted_purchases(theta, x, T, rate, horizon_days),
        )
        return expected.rename("expected_discounted_purchases")

    def _expected(
        self, customers: pd.DataFrame, if_alive: Callable[[Array, Array, Array], Array]
    ) -> pd.Series:
        alive = self.alive_probability(customers)
        history = _purchase_history(customers)[["repeat_count", "tenure_days"]]
        # What an alive customer will do depends on x and T alone: once per distinct pair.
        pairs, row = np.unique(history.to_numpy(), axis=0, return_inverse=True)
        return alive * if_alive(self.params_.to_numpy(), pairs[:, 0], pairs[:, 1])[row]


def _purchase_history(customers: pd.DataFrame) -> pd.DataFrame:
    """x, t_x and T as `repeat_count, last_purchase_age, tenure_days`, checked."""
    table = check_customers(customers, COLUMNS)
    x, recency, tenure = (table[column] for column in COLUMNS)
    for wrong, what in (
        (x < 0, "a negative repeat_count"),
        (x % 1 != 0, "a fractional repeat_count"),
        (recency < 0, "a negative recency_days: their last purchase lies after as_of"),
        (tenure < recency, "recency_days above tenure_days: a last purchase before the first"),
    ):
        if wrong.any():
            raise DataError(
                f"{int(wrong.sum())} customers have {what} (the first is {wrong.idxmax()!r}); "
                "make the table with summarize_customers"
            )
    return pd.DataFrame(
        {"repeat_count": x, "last_purchase_age": tenure - recency, "tenure_days": tenure}
    )
