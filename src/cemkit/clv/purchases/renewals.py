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

COLUMNS = ["period_count", "churned"]
MOST_PERIODS = 1_000_000  # of a table with one row each


class ShiftedBetaGeoModel(CovariateModel):
    """The shifted-beta-geometric (sBG) model of renewals, by maximum likelihood.

    At the end of each period a customer leaves with a probability that is Beta(alpha, beta) among
    customers. Those likely to leave go first, so retention rises with age, though no one changes.

    Covariates multiply alpha by exp(dropout_alpha:z * z) and beta by exp(dropout_beta:z * z). A
    positive coefficient of alpha means that more leave, one of beta that fewer do.

    Args:
        covariates: Columns that shift how soon customers leave, one value per customer; numbers are
            taken as they are, other columns are categories with the first level as reference.

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
            customers: `period_count`, how many periods each customer could end or has lived
                through; `churned`, whether they left at the end of the last of them; and the
                covariates. One row each.
            y: Ignored.
            sample_weight: How many customers each row stands for; 1 by default. A Series is
                matched by its index.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: A period count is not a whole number, or 0 for one who left; or a covariate
                is missing for a customer, has one value throughout, or follows from the others.
            NotEnoughDataError: Nobody left, or everybody left in the first period.
            ConvergenceError: The covariates predict some customers perfectly, or too few customers
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
        """Estimate the parameters from one cohort: how many were left at the start of each period.

        Args:
            survivors: From the first period on; never rising.

        Raises:
            DataError: The numbers rise, are negative, or are fewer than two.
            ValueError: The model has covariates, which the numbers do not.
        """
        if self.covariates:
            raise ValueError(
                "fit_survivors takes a model without covariates; fit(customers) takes a table with "
                f"{', '.join(self.covariates)}"
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
        """The share of a cohort that is left after 0, 1, ..., `n_periods` periods."""
        rates = self.retention_rates(n_periods)
        share = np.append(1.0, np.cumprod(rates.to_numpy()))
        return pd.Series(share, index=pd.RangeIndex(n_periods + 1, name="period"), name="survival")

    def retention_rates(self, n_periods: int) -> pd.Series:
        """The share that renews at the end of period 1, 2, ..., `n_periods`."""
        self._check_no_covariates("retention_rates")
        last = check_integer(n_periods, "n_periods", minimum=1, maximum=MOST_PERIODS)
        period = np.arange(1, last + 1)
        alpha, beta = self.params_
        rates = (beta + period - 1) / (alpha + beta + period - 1)
        return pd.Series(rates, index=pd.Index(period, name="period"), name="retention_rate")

    def renewal_probability(self, customers: pd.DataFrame) -> pd.Series:
        """Return the probability that each customer still there renews at the end of the period.

        Args:
            customers: `period_count`, periods each has lived through; the last is about to end;
                and the covariates.
        """
        periods, (alpha, beta) = self._read(customers)
        age = periods - 1
        renews = (beta + age) / (alpha + beta + age)
        return Customers.of(customers).series(renews, "renewal_probability")

    def expected_discounted_periods(
        self, customers: pd.DataFrame, discount_rate: float, n_periods: int | None = None
    ) -> pd.Series:
        """Expected periods to come of customers who have not left, each discounted to today.

        The period that begins next is divided by 1 + discount_rate once, as if paid for at its end;
        paid for at its start, as in Fader, Hardie (2010), the sum is 1 + discount_rate times as
        much.

        Args:
            customers: `period_count`, periods each has lived through, all of them renewed but the
                last, which is about to end.
            discount_rate: Per period, as a fraction, 0 or more.
            n_periods: How far ahead; None is without end, which takes a rate above 0.

        Returns:
            `expected_discounted_periods`; times the margin of a period it is the residual value.

        Raises:
            ValueError: The rate is negative, or 0 without end.
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
        """Customers who behave as the model says.

        Args:
            n_customers: How many.
            n_periods: For how many periods each is seen, unless they leave before.
            random_state: Seed or generator.

        Returns:
            The columns of `fit`. Index `customer_id`.

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
        """Return how many of the next `n_periods` each customer still there may stay for.

        The smallest n with `P(N <= n) >= quantile`: a customer who does not renew at the end of the
        current period stays for 0.

        Args:
            customers: `period_count`, periods each has lived through; the last is about to end.
            n_periods: How far ahead.
            quantiles: Numbers between 0 and 1.

        Returns:
            One column per quantile, such as `periods_p10` for 0.1, on the ids as given.

        Raises:
            ValueError: A quantile does not lie between 0 and 1, or is named twice.

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
        """The same rows with `renewal_probability` and `expected_periods` more.

        With `quantiles` also the columns of `period_quantiles`, such as `periods_p10` for 0.1.

        Args:
            customers: `period_count`, of customers who have not left.
            n_periods: How far ahead the expected periods are counted.
            quantiles: Numbers between 0 and 1; None leaves their columns out.
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
            f"period_count must be a whole number of at least 1; {int(wrong.sum())} are not, "
            f"such as {periods[wrong][0]:g}"
        )
