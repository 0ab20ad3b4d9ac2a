"""GammaGammaModel: what a customer's average purchase is worth."""

import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import check_customers
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.prediction.clv.estimates import LARGEST_UNIT_LOG, MaximumLikelihoodModel, fit_rows
from cemkit.prediction.clv.fitting import Array
from cemkit.prediction.clv.histories import check_weights, distinct_rows
from cemkit.prediction.clv.likelihoods import gamma_gamma_rows
from cemkit.prediction.clv.peers import lifetimes_fitter

COLUMNS = ["repeat_count", "repeat_mean_amount"]
LARGEST_CORRELATION = 0.3


class GammaGammaModel(MaximumLikelihoodModel):
    """The Gamma-Gamma model of spend per purchase, by maximum likelihood on repeat buyers.

    A purchase is worth Gamma(p, nu), and nu is Gamma(q, gamma) among customers, independent of how
    often they buy.

    Attributes:
        params_: `p, q, gamma`; gamma in the unit of money.
        n_customers_: How many repeat buyers were fitted.

    References:
        Fader, Hardie (2013), The gamma-gamma model of monetary value.

    Examples:
        >>> from cemkit import load_cdnow, summarize_customers
        >>> customers = summarize_customers(load_cdnow("sample"), as_of="1997-09-30")
        >>> GammaGammaModel().fit(customers).params_.round(3).to_dict()
        {'p': 6.25, 'q': 3.744, 'gamma': 15.444}
    """

    parameter_names = ("p", "q", "gamma")

    def fit(
        self,
        customers: pd.DataFrame,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Estimate the parameters from the customers with a repeat purchase.

        Args:
            customers: `repeat_count, repeat_mean_amount`, one row per customer.
            y: Ignored.
            sample_weight: How many customers each row stands for; 1 by default.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: A repeat buyer's mean amount is 0 or negative, or a repeat count is negative
                or fractional.
            NotEnoughDataError: There are fewer than two repeat buyers.
            ConvergenceError: No maximum was found.

        Warns:
            CemkitWarning: How much customers spend goes with how often they buy, which the model
                takes to be independent; or a parameter runs to 0 or to infinity.
        """
        table = _read(customers)
        weights = check_weights(
            np.ones(len(table)) if sample_weight is None else sample_weight, len(table)
        )
        repeats = (table["repeat_count"] > 0).to_numpy() & (weights > 0)
        _check_repeaters(table[repeats])
        x, z = table[repeats].to_numpy().T
        _warn_of_correlation(x, z)
        first, counts, _ = distinct_rows([x, z], weights[repeats])
        self._estimate(x[first], z[first], counts)
        return self

    def expected_mean_amount(self, customers: pd.DataFrame) -> pd.Series:
        """The expected mean amount of each customer's purchases.

        `p (gamma + x z) / (p x + q - 1)`: their own mean drawn towards that of all customers.

        Raises:
            DataError: That mean does not exist, as p x + q <= 1 for some customer; or a repeat
                buyer's mean amount is negative.
        """
        check_is_fitted(self, "params_")
        table = _read(customers)
        p, q, gamma = self.params_
        x, z = (table[column] for column in COLUMNS)
        negative = (x > 0) & (z < 0)
        if negative.any():
            raise DataError(
                f"{int(negative.sum())} repeat buyers have a negative repeat_mean_amount (the "
                f"first is {negative.idxmax()!r}), which Gamma-Gamma gives no mean; leave those "
                "customers out, or set it to 0"
            )
        scale = p * x + q - 1
        if (scale <= 0).any():
            raise DataError(
                f"the mean amount of {int((scale <= 0).sum())} customers does not exist: "
                f"p * repeat_count + q is 1 or less (p={p:.4g}, q={q:.4g}); value only "
                "customers with more repeat purchases"
            )
        expected: pd.Series = p * (gamma + x * z) / scale
        return expected.rename("expected_mean_amount")

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same rows with `expected_mean_amount` more."""
        return customers.assign(expected_mean_amount=self.expected_mean_amount(customers))

    def to_lifetimes(self) -> Any:
        """The same model as a fitted `lifetimes.GammaGammaFitter`."""
        parameters = self.params_.rename({"gamma": "v"})
        return lifetimes_fitter("GammaGammaFitter", parameters)

    def _largest_logs(self) -> dict[str, float]:
        return super()._largest_logs() | {"gamma": LARGEST_UNIT_LOG}

    def _estimate(self, x: Array, z: Array, counts: Array) -> None:
        n = float(counts.sum())
        scale = float(counts @ z) / n
        best = fit_rows(
            lambda theta, part: gamma_gamma_rows(theta, x[part], z[part] / scale),
            counts,
            start=[3.0, 3.0, 1.0],
        )
        units = np.array([1.0, 1.0, scale])
        log_likelihood = best.log_likelihood - n * float(np.log(scale))
        self._set_estimates(best, list(self.parameter_names), units, log_likelihood, n)


def _read(customers: pd.DataFrame) -> pd.DataFrame:
    table = check_customers(customers, COLUMNS)
    x = table["repeat_count"]
    wrong = (x < 0) | (x % 1 != 0)
    if wrong.any():
        raise DataError(
            f"repeat_count must be a whole number of at least 0; {int(wrong.sum())} are not (the "
            f"first is that of {wrong.idxmax()!r}); make the table with summarize_customers"
        )
    return table


def _check_repeaters(repeaters: pd.DataFrame) -> None:
    if len(repeaters) < 2:
        raise NotEnoughDataError("customers with a repeat purchase", len(repeaters), 2)
    wrong = repeaters["repeat_mean_amount"] <= 0
    if wrong.any():
        raise DataError(
            f"{int(wrong.sum())} of {len(repeaters)} repeat buyers have a repeat_mean_amount "
            f"of 0 or less (the first is {wrong.idxmax()!r}); Gamma-Gamma takes positive "
            "amounts: leave those customers out of the fit"
        )


def _warn_of_correlation(x: Array, z: Array) -> None:
    if np.ptp(x) == 0 or np.ptp(z) == 0:
        return
    correlation = float(np.corrcoef(x, z)[0, 1])
    by_chance = 3 / np.sqrt(len(x))
    if abs(correlation) > max(LARGEST_CORRELATION, by_chance):
        warnings.warn(
            f"repeat_count and repeat_mean_amount have a correlation of {correlation:.2f}, and "
            "Gamma-Gamma takes spend to be independent of frequency: fit groups of customers apart",
            CemkitWarning,
            stacklevel=3,
        )
