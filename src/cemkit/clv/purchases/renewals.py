"""ShiftedBetaGeoModel: how long customers under contract renew."""

import copy
from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_columns,
    check_customers,
    check_frame,
    check_integer,
    check_list,
    check_random_state,
    finite_values,
)
from cemkit.clv.annuities import beta_annuity
from cemkit.clv.purchases.covariate_model import CovariateModel
from cemkit.clv.purchases.covariates import Covariates
from cemkit.clv.purchases.discrete import discounts
from cemkit.clv.purchases.histories import check_weights, distinct_rows
from cemkit.clv.purchases.identification import warn_of_quantiles
from cemkit.clv.purchases.likelihoods import RowDerivatives, log_beta_ratio
from cemkit.clv.purchases.quantiles import check_quantiles, on_ids, quantile_table
from cemkit.data.score_columns import ScoreColumns
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

COLUMNS = ["period_count", "churned"]
MOST_PERIODS = 1_000_000  # of a table with one row each


class ShiftedBetaGeoModel(CovariateModel):
    """Shifted-beta-geometric (sBG) model of renewals, by maximum likelihood.

    At the end of each period a customer leaves with a probability that is Beta(alpha, beta)
    distributed across customers. Customers with a high probability leave first, so retention rises
    with age although no customer changes.

    Covariates multiply alpha by exp(dropout_alpha:z * z) and beta by exp(dropout_beta:z * z). A
    positive coefficient of alpha means that more customers leave, a positive coefficient of beta
    that fewer do.

    Args:
        covariates: Columns that affect how soon customers leave, with one value per customer.
            Numbers are used as they are; other columns are categories with the first level as
            reference.

    Attributes:
        params_: `alpha, beta`, then the coefficients of covariates.

    References:
        Fader, Hardie (2007), How to project customer retention, Journal of Interactive Marketing
        21, and its appendix on covariates; (2010), Customer-base valuation in a contractual
        setting, Marketing Science 29.

    Examples:
        >>> model = ShiftedBetaGeoModel().fit_survivors([1000, 631, 468, 382, 326, 289, 262, 241])
        >>> model.params_.round(3).to_dict()
        {'alpha': 0.704, 'beta': 1.182}
        >>> model.survival(12).iloc[-1].round(3)
        np.float64(0.17)
    """

    parameter_names = ("alpha", "beta")
    covariate_effects: ClassVar[dict[str, tuple[str, float]]] = {
        "dropout_alpha": ("alpha", 1.0),
        "dropout_beta": ("beta", 1.0),
    }
    asked_instead = "renewal_probability"

    def __init__(self, covariates: Sequence[str] | None = None) -> None:
        self.covariates = covariates

    def fit(
        self,
        customers: pd.DataFrame,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Estimate the parameters.

        Args:
            customers: Table with one row per customer: `period_count`, the number of periods
                completed, each of which ended in renewal or departure; `churned`, whether the
                customer left at the end of the last one; and the covariates.
            y: Ignored.
            sample_weight: Number of customers that each row represents; 1 by default. A Series is
                matched by its index.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: A period count is not a whole number of at least 1. A covariate is missing
                for a customer, has the same value for every customer, or is a linear combination of
                others.
            NotEnoughDataError: Nobody left, or everybody left in the first period.
            ConvergenceError: The covariates perfectly predict some customers, or too few customers
                have the same values.
        """
        given = Customers.of(customers)
        periods, churned = _renewals(customers)
        weights = check_weights(sample_weight, given)
        covariates = Covariates.learn(given.table, self.covariates)
        encoded = covariates.encode(given.table)
        first, counts, _ = distinct_rows([periods, churned, *encoded.T], weights)
        periods, churned, encoded = periods[first], churned[first], encoded[first]
        if not counts @ churned or not counts @ (periods - churned):
            raise NotEnoughDataError(
                "customers who left and customers who renewed", 0, 1, "take more periods"
            )

        def rows(theta: list[Floats], part: slice) -> RowDerivatives:
            alpha, beta = theta
            return log_beta_ratio(alpha, beta, churned[part], (periods - churned)[part])

        fitted = copy.copy(self)
        fitted._covariates, fitted.left_out_ = covariates, given.left_out()
        fitted._set_fit(rows, encoded, counts, start=[1.0, 1.0])
        return self._take(fitted)

    def fit_survivors(self, survivors: Sequence[float]) -> Self:
        """Estimate the parameters from the survivors of one cohort at the start of each period.

        Args:
            survivors: Numbers of customers still active at the start of each period, from the first
                period on. They never rise.

        Raises:
            DataError: The numbers rise, are negative, or are fewer than two.
            ValueError: The model has covariates, which survivor counts do not contain.
        """
        if self.covariates:
            raise ValueError(
                "fit_survivors needs a model without covariates; use fit(customers) with a "
                f"table that has {', '.join(self.covariates)}"
            )
        given = pd.Series(check_list(survivors, "survivors"))
        known = given.notna() & ~given.isin([np.inf])
        left = finite_values(given[known], "survivors") if known.any() else np.empty(0)
        falls = known.all() and len(left) > 1 and (np.diff(left) <= 0).all()
        if not falls or left[-1] < 0:
            raise DataError(
                f"survivors must be two or more numbers that never rise, not {given.tolist()!r}"
            )
        periods = [*range(1, len(left)), len(left) - 1]
        churned = [True] * (len(left) - 1) + [False]
        table = pd.DataFrame({"period_count": periods, "churned": churned})
        return self.fit(table, sample_weight=np.append(-np.diff(left), left[-1]))

    def survival(self, n_periods: int) -> pd.Series:
        """Return the share of a cohort still active after 0, 1, ..., `n_periods` periods."""
        rates = self.retention_rates(n_periods)
        share = np.append(1.0, np.cumprod(rates.to_numpy()))
        return pd.Series(share, index=pd.RangeIndex(n_periods + 1, name="period"), name="survival")

    def retention_rates(self, n_periods: int) -> pd.Series:
        """Return the share that renews at the end of period 1, 2, ..., `n_periods`."""
        self._check_no_covariates("retention_rates")
        last = check_integer(n_periods, "n_periods", minimum=1, maximum=MOST_PERIODS)
        period = np.arange(1, last + 1)
        alpha, beta = self.params_
        rates = (beta + period - 1) / (alpha + beta + period - 1)
        return pd.Series(rates, index=pd.Index(period, name="period"), name="retention_rate")

    def renewal_probability(self, customers: pd.DataFrame) -> pd.Series:
        """Return the probability that each active customer renews at the end of the current period.

        Args:
            customers: Table with `period_count`, the number of periods including the current one,
                which is about to end, and the covariates.
        """
        periods, (alpha, beta) = self._read(customers)
        age = periods - 1
        renews = (beta + age) / (alpha + beta + age)
        return Customers.of(customers).series(renews, "renewal_probability")

    def expected_discounted_periods(
        self, customers: pd.DataFrame, discount_rate: float, n_periods: int | None = None
    ) -> pd.Series:
        """Return the expected future periods of active customers, discounted to today.

        The next period is divided by 1 + discount_rate once, as if paid at its end. If periods are
        paid at their start, as in Fader, Hardie (2010), multiply by 1 + discount_rate.

        Args:
            customers: Table with `period_count`, the number of periods including the current one,
                which is about to end, and the covariates.
            discount_rate: Discount rate per period, as a fraction, at least 0.
            n_periods: Number of periods ahead. None sets no limit and needs a rate above 0.

        Returns:
            Series `expected_discounted_periods`. Multiplied by the margin per period it is the
            residual value.

        Raises:
            ValueError: The rate is negative, or 0 without a horizon.
        """
        rate, ahead = discounts(discount_rate, n_periods, "n_periods")
        periods, theta = self._read(customers)
        alpha, beta = (np.broadcast_to(value, periods.shape) for value in theta)
        first, _, row = distinct_rows([periods, alpha, beta])
        age, alpha, beta = periods[first], alpha[first], beta[first]
        renews = (beta + age - 1) / (alpha + beta + age - 1)
        total = renews * beta_annuity(alpha, beta + age, rate, ahead)
        return Customers.of(customers).series(total[row], "expected_discounted_periods")

    def simulate(
        self, n_customers: int, n_periods: int, random_state: int | np.random.Generator = 0
    ) -> pd.DataFrame:
        """Simulate customers who behave as the model says.

        Args:
            n_customers: Number of customers.
            n_periods: Largest number of periods that each customer is observed.
            random_state: Seed or generator of the random numbers.

        Returns:
            Table indexed by `customer_id` with the columns of `fit`.

        Raises:
            ValueError: The model has covariates.
        """
        self._check_no_covariates("simulate")
        n = check_integer(n_customers, "n_customers", minimum=1)
        seen = check_integer(n_periods, "n_periods", minimum=1)
        random = np.random.default_rng(check_random_state(random_state))
        alpha, beta = self.params_
        leaves = np.maximum(random.beta(alpha, beta, n), np.finfo(float).tiny)
        lived = random.geometric(leaves)
        return pd.DataFrame(
            {"period_count": np.minimum(lived, seen), "churned": lived <= seen},
            index=pd.RangeIndex(n, name="customer_id"),
        )

    def period_quantiles(
        self,
        customers: pd.DataFrame,
        n_periods: int,
        quantiles: Iterable[float] = (0.1, 0.5, 0.9),
    ) -> pd.DataFrame:
        """Return quantiles of how many of the next `n_periods` each active customer stays.

        A quantile is the smallest n with `P(N <= n) >= quantile`. A customer who does not renew at
        the end of the current period stays for 0 periods.

        Args:
            customers: Table with `period_count`, the number of periods including the current one,
                which is about to end, and the covariates.
            n_periods: Number of periods ahead.
            quantiles: Probabilities between 0 and 1.

        Returns:
            One column per quantile, such as `periods_p10` for 0.1, on the ids as given.

        Raises:
            ValueError: A quantile does not lie between 0 and 1, or is given twice.

        Warns:
            CemkitWarning: The data did not identify a parameter; it is named.

        Examples:
            >>> model = ShiftedBetaGeoModel.from_parameters(alpha=0.7, beta=1.2)
            >>> model.period_quantiles(pd.DataFrame({"period_count": [1, 6]}), 12).iloc[1].tolist()
            [0.0, 10.0, 12.0]
        """
        levels = check_quantiles(quantiles)
        ahead = check_integer(n_periods, "n_periods", minimum=1, maximum=MOST_PERIODS)
        periods, theta = self._read(customers)
        warn_of_quantiles(self._not_identified())
        stays = [_stays(theta, periods, level, ahead) for level in levels]
        table = quantile_table("periods", levels, np.stack(stays, axis=1))
        return on_ids(Customers.of(customers), table)

    def add_to(
        self,
        customers: pd.DataFrame,
        n_periods: int = 12,
        quantiles: Iterable[float] | None = None,
    ) -> pd.DataFrame:
        """Return the same table with `renewal_probability` and `expected_periods` added.

        With `quantiles` also the columns of `period_quantiles`, such as `periods_p10` for 0.1.

        Args:
            customers: Table of active customers with `period_count` and the covariates.
            n_periods: Number of periods ahead over which expected periods are counted.
            quantiles: Probabilities between 0 and 1. None leaves these columns out.
        """
        columns = {
            "renewal_probability": self.renewal_probability(customers),
            "expected_periods": self.expected_discounted_periods(customers, 0, n_periods),
        }
        if quantiles is not None:
            columns |= {
                str(name): column
                for name, column in self.period_quantiles(customers, n_periods, quantiles).items()
            }
        return check_frame(customers, "customers").assign(
            **{name: values.to_numpy() for name, values in columns.items()}
        )

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self, "params_")
        added = ["renewal_probability", "expected_periods"]
        return ScoreColumns.of_numbers(["period_count"], added).reading(self._covariates.reads())

    def _read(self, customers: pd.DataFrame) -> tuple[Floats, list[Floats]]:
        """The periods of each customer, and the parameters."""
        check_is_fitted(self, "params_")
        given = Customers.of(customers).table
        table = check_customers(given, ["period_count"])
        periods: Floats = table["period_count"].to_numpy()
        _check_periods(periods)
        return periods, self._shifted(self._covariates.encode(given))


def _stays(theta: Sequence[Floats], age: Floats, level: float, ahead: int) -> Floats:
    """The smallest n with P(more than n periods to come) <= 1 - level, by bisection."""
    alpha, beta = theta
    low, high = np.full_like(age, -1.0), np.full_like(age, float(ahead))
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        log_more = betaln(alpha, beta + age + middle) - betaln(alpha, beta + age - 1)
        enough = log_more <= np.log1p(-level)
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return high


def _renewals(customers: pd.DataFrame) -> tuple[Floats, Floats]:
    check_columns(check_frame(customers, "customers").columns, COLUMNS)
    customers = Customers.of(customers).table
    left = customers["churned"]
    try:
        left = left if pd.api.types.is_numeric_dtype(left.dtype) else left.astype(float)
    except (TypeError, ValueError) as error:
        raise DataError(f"churned must be True or False, or 1 or 0: {error}") from error
    table = check_customers(customers.assign(churned=left), COLUMNS)
    periods, churned = (table[column].to_numpy() for column in COLUMNS)
    _check_periods(periods)
    if not np.isin(churned, [0, 1]).all():
        raise DataError("churned must be True or False, or 1 or 0")
    return periods, churned


def _check_periods(periods: Floats) -> None:
    wrong = (periods < 1) | (periods % 1 != 0)
    if wrong.any():
        raise DataError(
            "period_count must be a whole number of at least 1; "
            f"{count_text(int(wrong.sum()), 'are')} not, such as {periods[wrong][0]:g}"
        )
