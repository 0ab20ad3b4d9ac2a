"""GammaGammaModel: what a customer's average purchase is worth."""

from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import check_customers
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.prediction.clv.fitting import distinct_rows, maximize
from cemkit.prediction.clv.likelihoods import gamma_gamma_log_likelihood

COLUMNS = ["repeat_count", "repeat_mean_amount"]


class GammaGammaModel(BaseEstimator):
    """The Gamma-Gamma model of spend per purchase, by maximum likelihood on repeat buyers.

    A purchase is worth Gamma(p, nu), and nu is Gamma(q, gamma) among customers, independent of how
    often they buy.

    Attributes:
        params_: `p, q, gamma`; gamma in the unit of money.
        standard_errors_: Of the same, from the observed information.
        covariance_: Of the same, shape (3, 3), symmetric.
        log_likelihood_: At the maximum.
        aic_: 2 * 3 - 2 * log-likelihood.
        n_customers_: How many repeat buyers were fitted.

    References:
        Fader, Hardie (2013), The gamma-gamma model of monetary value.

    Examples:
        >>> from cemkit import load_cdnow, summarize_customers
        >>> customers = summarize_customers(load_cdnow("sample"), as_of="1997-09-30")
        >>> GammaGammaModel().fit(customers).params_.round(3).to_dict()
        {'p': 6.25, 'q': 3.744, 'gamma': 15.444}
    """

    def fit(self, customers: pd.DataFrame, y: object = None) -> Self:
        """Estimate the parameters from the customers with a repeat purchase.

        Args:
            customers: `repeat_count, repeat_mean_amount`, one row per customer.
            y: Ignored.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: A repeat buyer's mean amount is 0 or negative.
            NotEnoughDataError: There are fewer than two repeat buyers.
            ConvergenceError: The likelihood has no maximum inside.
        """
        table = check_customers(customers, COLUMNS)
        repeaters = table[table["repeat_count"] > 0]
        if len(repeaters) < 2:
            raise NotEnoughDataError("customers with a repeat purchase", len(repeaters), 2)
        wrong = repeaters["repeat_mean_amount"] <= 0
        if wrong.any():
            raise DataError(
                f"{int(wrong.sum())} of {len(repeaters)} repeat buyers have a repeat_mean_amount "
                f"of 0 or less (the first is {wrong.idxmax()!r}); Gamma-Gamma takes positive "
                "amounts: leave those customers out of the fit"
            )
        scale = float(repeaters["repeat_mean_amount"].mean())
        rows, counts = distinct_rows(repeaters)
        x, z = rows["repeat_count"].to_numpy(), rows["repeat_mean_amount"].to_numpy() / scale
        best = maximize(
            lambda theta: gamma_gamma_log_likelihood(theta, x, z, counts), start=[3.0, 3.0, 1.0]
        )
        unit = np.array([1.0, 1.0, scale])
        names = ["p", "q", "gamma"]
        covariance = best.covariance * np.outer(unit, unit)
        self.params_ = pd.Series(best.parameters * unit, index=names)
        self.covariance_ = pd.DataFrame(covariance, index=names, columns=names)
        self.standard_errors_ = pd.Series(np.sqrt(np.diag(covariance)), index=names)
        self.log_likelihood_ = best.log_likelihood - len(repeaters) * float(np.log(scale))
        self.aic_ = 2 * len(names) - 2 * self.log_likelihood_
        self.n_customers_ = len(repeaters)
        return self

    def expected_mean_amount(self, customers: pd.DataFrame) -> pd.Series:
        """The expected mean amount of each customer's purchases.

        `p (gamma + x z) / (p x + q - 1)`: their own mean drawn towards that of all customers.

        Raises:
            DataError: That mean does not exist, as p x + q <= 1 for some customer.
        """
        check_is_fitted(self)
        table = check_customers(customers, COLUMNS)
        p, q, gamma = self.params_
        x, z = (table[column] for column in COLUMNS)
        scale = p * x + q - 1
        if (scale <= 0).any():
            raise DataError(
                f"the mean amount of {int((scale <= 0).sum())} customers does not exist: "
                f"p * repeat_count + q is 1 or less (p={p:.4g}, q={q:.4g}); value only "
                "customers with more repeat purchases"
            )
        expected: pd.Series = p * (gamma + x * z) / scale
        return expected.rename("expected_mean_amount")
