"""BetaGeoBinomialModel: purchases that can only be made on given occasions."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaln
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_customers,
    check_frame,
    check_integer,
    check_number,
    check_random_state,
)
from cemkit.clv.annuities import beta_annuity
from cemkit.clv.peers import lifetimes_fitter
from cemkit.clv.purchases.covariate_model import CovariateModel
from cemkit.clv.purchases.covariates import Covariates
from cemkit.clv.purchases.histories import Rows, check_weights, distinct_rows
from cemkit.clv.purchases.identification import warn_of_quantiles
from cemkit.clv.purchases.likelihoods import RowDerivatives, log_beta_ratio, mixture
from cemkit.clv.purchases.predictive import NOT_LEFT, PurchaseChances, tabulated
from cemkit.clv.purchases.quantiles import check_quantiles, on_ids, quantile_table
from cemkit.data.score_columns import ScoreColumns
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

COLUMNS = ["repeat_count", "last_opportunity", "opportunity_count"]
SMALLEST_RATE = 1e-12  # per period, indefinitely
MOST_OPPORTUNITIES = 10_000  # 27 years of days; the work of a fit grows with them
CHUNK = 4096  # rows whose derivatives are held at once, when each has few opportunities
ENTRIES = 200_000  # of a matrix of rows and opportunities


class BetaGeoBinomialModel(CovariateModel):
    """BG/BB model of purchases at discrete opportunities, by maximum likelihood.

    It fits yearly gifts, weekly markets or conferences. At each opportunity an alive customer buys
    with a probability that is Beta(alpha, beta) distributed across customers. Before each
    opportunity the customer leaves permanently with a probability that is Beta(gamma, delta)
    distributed.

    Covariates multiply alpha, beta, gamma and delta by exp(purchases_alpha:z * z),
    exp(purchases_beta:z * z), exp(dropout_gamma:z * z) and exp(dropout_delta:z * z).

    Args:
        covariates: Columns that affect how often customers buy and how soon they leave, with one
            value per customer. Numbers are used as they are; other columns are categories with the
            first level as reference.

    Attributes:
        params_: `alpha, beta, gamma, delta`, then the coefficients of covariates.

    References:
        Fader, Hardie, Shang (2010), Customer-base analysis in a discrete-time noncontractual
        setting, Marketing Science 29.

    Examples:
        >>> model = BetaGeoBinomialModel.from_parameters(
        ...     alpha=1.2, beta=0.75, gamma=0.66, delta=2.8
        ... )
        >>> donors = pd.DataFrame(
        ...     {"repeat_count": [6, 1], "last_opportunity": [6, 2], "opportunity_count": [6, 6]}
        ... )
        >>> model.expected_purchases(donors, n_opportunities=5).round(2).tolist()
        [3.75, 0.3]
    """

    parameter_names = ("alpha", "beta", "gamma", "delta")
    covariate_effects: ClassVar[dict[str, tuple[str, float]]] = {
        "purchases_alpha": ("alpha", 1.0),
        "purchases_beta": ("beta", 1.0),
        "dropout_gamma": ("gamma", 1.0),
        "dropout_delta": ("delta", 1.0),
    }

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
            customers: Table with one row per customer: `repeat_count`, the number of purchases
                after the first; `last_opportunity`, the number of the opportunity of the last
                purchase (0 if there is none); `opportunity_count`, the number of opportunities; and
                the covariates.
            y: Ignored.
            sample_weight: Number of customers that each row represents; 1 by default. A Series is
                matched by its index.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: Values are not whole numbers with repeat_count <= last_opportunity <=
                opportunity_count. A covariate is missing for a customer, has the same value for
                every customer, or is a linear combination of others.
            NotEnoughDataError: No customer has bought again.
        """
        rows = Customers.of(customers)
        columns = _opportunities(customers)
        weights = check_weights(sample_weight, rows)
        covariates = Covariates.learn(rows.table, self.covariates)
        encoded = covariates.encode(rows.table)
        first, counts, _ = distinct_rows([*columns, *encoded.T], weights)
        x, t_x, n = (column[first] for column in columns)
        if not counts @ x:
            raise NotEnoughDataError("customers with a repeat purchase", have=0, need=1)
        fitted = copy.copy(self)
        fitted._covariates, fitted.left_out_ = covariates, rows.left_out()
        fitted._set_fit(
            lambda theta, part: beta_geo_binomial_rows(theta, x[part], t_x[part], n[part]),
            encoded[first],
            counts,
            start=[1.0, 1.0, 0.5, 2.0],
            chunk=_chunk(t_x, n),
        )
        return self._take(fitted)

    def alive_probability(self, customers: pd.DataFrame) -> pd.Series:
        """Return the probability that each customer is alive at the next opportunity."""
        x, t_x, n, row, theta = self._read(customers)
        alive = self._alive(theta, x, t_x, n)
        return Customers.of(customers).series(alive[row], "alive_probability")

    def expected_purchases(self, customers: pd.DataFrame, n_opportunities: int) -> pd.Series:
        """Return each customer's expected purchases at the next `n_opportunities`."""
        ahead = check_integer(n_opportunities, "n_opportunities", minimum=1)
        return self._expected("expected_purchases", customers, 0.0, ahead)

    def expected_discounted_purchases(
        self,
        customers: pd.DataFrame,
        discount_rate: float,
        n_opportunities: int | None = None,
    ) -> pd.Series:
        """Return each customer's expected future purchases, discounted per opportunity.

        A purchase is divided by (1 + discount_rate) once per opportunity.

        Args:
            customers: Table with the columns of `fit`.
            discount_rate: Discount rate per opportunity, as a fraction, at least 0.
            n_opportunities: Number of opportunities ahead. None sets no limit and needs a rate
                above 0.

        Raises:
            ValueError: The rate is negative, or 0 without a horizon.
        """
        rate, ahead = discounts(discount_rate, n_opportunities, "n_opportunities")
        return self._expected("expected_discounted_purchases", customers, rate, ahead)

    def purchase_probabilities(
        self, customers: pd.DataFrame, n: int, n_opportunities: int
    ) -> pd.Series:
        """Return the probability of buying at exactly `n` of the next `n_opportunities`."""
        count = check_integer(n, "n", minimum=0)
        ahead = check_integer(
            n_opportunities, "n_opportunities", minimum=1, maximum=MOST_OPPORTUNITIES
        )
        x, t_x, seen, row, theta = self._read(customers)
        alive = self._alive(theta, x, t_x, seen)
        probability = alive * self._probability_if_alive(theta, x, seen, count, ahead)
        if count == 0:
            probability += 1 - alive
        return Customers.of(customers).series(probability[row], "purchase_probability")

    def purchase_quantiles(
        self,
        customers: pd.DataFrame,
        n_opportunities: int,
        quantiles: Iterable[float] = (0.1, 0.5, 0.9),
    ) -> pd.DataFrame:
        """Return quantiles of each customer's purchases at the next `n_opportunities`.

        A quantile is the smallest n with `P(N <= n) >= quantile`.

        Args:
            customers: Table with the columns of `fit`.
            n_opportunities: Number of opportunities ahead.
            quantiles: Probabilities between 0 and 1.

        Returns:
            One column per quantile, such as `purchases_p10` for 0.1, on the ids as given.

        Raises:
            ValueError: A quantile does not lie between 0 and 1, or is given twice.

        Warns:
            CemkitWarning: The data did not identify a parameter; it is named.

        Examples:
            >>> model = BetaGeoBinomialModel.from_parameters(
            ...     alpha=1.2, beta=0.75, gamma=0.66, delta=2.8
            ... )
            >>> donors = pd.DataFrame(
            ...     {"repeat_count": [6], "last_opportunity": [6], "opportunity_count": [6]}
            ... )
            >>> model.purchase_quantiles(donors, 5).iloc[0].tolist()
            [1.0, 4.0, 5.0]
        """
        levels = check_quantiles(quantiles)
        ahead = check_integer(
            n_opportunities, "n_opportunities", minimum=1, maximum=MOST_OPPORTUNITIES
        )
        x, t_x, seen, row, theta = self._read(customers)
        warn_of_quantiles(self._not_identified())
        chances = self._chances(self._alive(theta, x, t_x, seen), theta, x, seen, ahead)
        table = quantile_table("purchases", levels, chances.quantiles(np.array(levels)))
        return on_ids(Customers.of(customers), table.iloc[row])

    def new_customer_purchases(self, n_opportunities: int) -> float:
        """Return a new customer's expected purchases at the `n_opportunities` after the first one.

        Raises:
            ValueError: The model has covariates, so new customers differ.
        """
        self._check_no_covariates("new_customer_purchases")
        newcomer = pd.DataFrame({column: [0] for column in COLUMNS})
        return float(self.expected_purchases(newcomer, n_opportunities).iloc[0])

    def simulate(
        self,
        n_customers: int,
        n_opportunities: int,
        random_state: int | np.random.Generator = 0,
    ) -> pd.DataFrame:
        """Simulate customers who behave as the model says.

        Args:
            n_customers: Number of customers.
            n_opportunities: Number of opportunities of each customer after the first purchase.
            random_state: Seed or generator of the random numbers.

        Returns:
            Table indexed by `customer_id` with the columns of `fit` and the unobservable truth
            `alive`: whether the customer is alive at the next opportunity.

        Raises:
            ValueError: The model has covariates.
        """
        self._check_no_covariates("simulate")
        n = check_integer(n_customers, "n_customers", minimum=1)
        opportunities = check_integer(
            n_opportunities, "n_opportunities", minimum=1, maximum=MOST_OPPORTUNITIES
        )
        random = np.random.default_rng(check_random_state(random_state))
        alpha, beta, gamma, delta = self.params_
        buys = random.beta(alpha, beta, n)
        leaves = np.maximum(random.beta(gamma, delta, n), np.finfo(float).tiny)
        leaves_before = random.geometric(leaves)
        x, last = np.zeros((2, n), dtype=np.int64)
        for opportunity in range(1, opportunities + 1):
            bought = (opportunity < leaves_before) & (random.random(n) < buys)
            x += bought
            last[bought] = opportunity
        return pd.DataFrame(
            {
                "repeat_count": x,
                "last_opportunity": last,
                "opportunity_count": opportunities,
                "alive": leaves_before > opportunities + 1,
            },
            index=pd.RangeIndex(n, name="customer_id"),
        )

    def add_to(
        self,
        customers: pd.DataFrame,
        n_opportunities: int = 1,
        quantiles: Iterable[float] | None = None,
    ) -> pd.DataFrame:
        """Return the same table with `alive_probability` and `expected_purchases` added.

        With `quantiles` also the columns of `purchase_quantiles`, such as `purchases_p10` for 0.1.
        """
        columns = {
            "alive_probability": self.alive_probability(customers),
            "expected_purchases": self.expected_purchases(customers, n_opportunities),
        }
        if quantiles is not None:
            columns |= {
                str(name): column
                for name, column in self.purchase_quantiles(
                    customers, n_opportunities, quantiles
                ).items()
            }
        return check_frame(customers, "customers").assign(
            **{name: values.to_numpy() for name, values in columns.items()}
        )

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self, "params_")
        return ScoreColumns.of_numbers(COLUMNS, ["alive_probability", "expected_purchases"])

    def to_lifetimes(self) -> Any:
        """Return the same model as a fitted `lifetimes.BetaGeoBetaBinomFitter`."""
        self._check_no_covariates("to_lifetimes")
        return lifetimes_fitter("BetaGeoBetaBinomFitter", self.params_)

    def _alive(self, theta: list[Floats], x: Floats, t_x: Floats, n: Floats) -> Floats:
        size = _chunk(t_x, n)
        parts = [slice(start, start + size) for start in range(0, len(x), size)]
        likelihood = np.concatenate(
            [
                beta_geo_binomial_rows(_part(theta, part), x[part], t_x[part], n[part]).value
                for part in parts
            ]
        )
        alpha, beta, gamma, delta = theta
        buys = log_beta_ratio(alpha, beta, x, n - x).value
        stays = log_beta_ratio(gamma, delta, np.zeros_like(n), n + 1).value
        chance: Floats = np.exp(buys + stays - likelihood)
        return chance

    def _chances(
        self, alive: Floats, theta: list[Floats], x: Floats, seen: Floats, ahead: int
    ) -> PurchaseChances:
        """The distribution of the purchases on the next opportunities."""
        first, _, kind = distinct_rows([x, seen, *(value for value in theta if value.ndim)])

        def chances(rows: Rows, counts: npt.NDArray[np.int64]) -> Floats:
            some = first[rows]
            each = [
                self._probability_if_alive(
                    _part(theta, some), x[some], seen[some], int(count), ahead
                )
                for count in counts
            ]
            return np.stack(each, axis=1)

        def may_be_more(rows: Rows, last: int) -> npt.NDArray[np.bool_]:
            return np.full(len(rows), last < ahead)

        return tabulated(alive, kind, chances, may_be_more, NOT_LEFT)

    def _probability_if_alive(
        self, theta: list[Floats], x: Floats, seen: Floats, count: int, ahead: int
    ) -> Floats:
        """P(`count` purchases on `ahead` opportunities) of customers who are there on the first."""
        each = zip(*(np.broadcast_to(value, x.shape) for value in theta), x, seen, strict=True)
        if count > ahead:
            return np.zeros_like(x)
        # They leave after the first, the second, ..., or are still there on the last.
        there = np.arange(max(count, 1), ahead + 1, dtype=np.float64)
        log_ways = -np.log1p(there) - betaln(there - count + 1, count + 1)
        total = np.empty_like(x)
        for i, (alpha, beta, gamma, delta, bought, past) in enumerate(each):
            a, b, d = alpha + bought, beta + past - bought, delta + past + 1
            buys = betaln(a + count, b + there - count) - betaln(a, b)
            stays = betaln(gamma + (there < ahead), d + there - 1) - betaln(gamma, d)
            total[i] = np.exp(log_ways + buys + stays).sum()
        return total

    def _expected(
        self, name: str, customers: pd.DataFrame, rate: float, ahead: int | None
    ) -> pd.Series:
        x, t_x, n, row, theta = self._read(customers)
        alpha, beta, gamma, delta = theta
        there = beta_annuity(np.broadcast_to(gamma, n.shape), delta + n + 1, rate, ahead)
        expected = self._alive(theta, x, t_x, n) * there * (alpha + x) / (alpha + beta + n)
        return Customers.of(customers).series(expected[row], name)

    def _read(self, customers: pd.DataFrame) -> tuple[Floats, Floats, Floats, Rows, list[Floats]]:
        """The distinct histories, which one each customer has, and the parameters."""
        check_is_fitted(self, "params_")
        columns = _opportunities(customers)
        encoded = self._covariates.encode(Customers.of(customers).table)
        first, _, row = distinct_rows([*columns, *encoded.T])
        x, t_x, n = (column[first] for column in columns)
        return x, t_x, n, row, self._shifted(encoded[first])


def beta_geo_binomial_rows(
    theta: Sequence[Floats], x: Floats, t_x: Floats, n: Floats
) -> RowDerivatives:
    """BG/BB: Fader, Hardie, Shang (2010), equation 5."""
    # One part is being alive after n; the others are having left after t_x, t_x + 1, ..., n - 1.
    last = np.vstack([n, t_x + np.arange((n - t_x).max())[:, None]])
    possible = last < n
    possible[0] = True
    last = np.minimum(last, n)
    left = np.ones_like(last)
    left[0] = 0
    flat = last.ravel()
    alpha, beta, gamma, delta = (
        np.tile(value, len(last)) if np.ndim(value) else value for value in theta
    )
    buys = log_beta_ratio(alpha, beta, np.tile(x, len(last)), flat - np.tile(x, len(last)))
    stays = log_beta_ratio(gamma, delta, left.ravel(), flat)
    parts = np.where(possible, (buys.value + stays.value).reshape(last.shape), -np.inf)
    first = [slope.reshape(last.shape) for slope in (*buys.gradient, *stays.gradient)]
    second = {
        (i + shift, j + shift): ratio.hessian[i, j].reshape(last.shape)
        for ratio, shift in ((buys, 0), (stays, 2))
        for i, j in ((0, 0), (0, 1), (1, 1))
    }
    return mixture(parts, first, second)


def discounts(discount_rate: float, n_periods: int | None, name: str) -> tuple[float, int | None]:
    """The rate and the number of periods, when the sum of what is discounted is finite."""
    rate = check_number(discount_rate, "discount_rate", minimum=0)
    if n_periods is not None:
        return rate, check_integer(n_periods, name, minimum=1)
    if rate < SMALLEST_RATE:
        raise ValueError(f"discount_rate={rate:g} without a limit has no finite value; set {name}")
    return rate, None


def _part(theta: Sequence[Floats], part: slice | Rows) -> list[Floats]:
    return [value[part] if value.ndim else value for value in theta]


def _chunk(t_x: Floats, n: Floats) -> int:
    """How many rows to take at once: a row is as long as its opportunities since the last."""
    return int(max(1, min(CHUNK, ENTRIES // (1 + (n - t_x).max()))))


def _opportunities(customers: pd.DataFrame) -> list[Floats]:
    table = check_customers(Customers.of(customers).table, COLUMNS)
    x, t_x, n = (table[column] for column in COLUMNS)
    for wrong, what in (
        ((table < 0).any(axis=1), "a negative value"),
        ((table % 1 != 0).any(axis=1), "a fractional value"),
        (x > t_x, "repeat_count above last_opportunity"),
        (t_x > n, "last_opportunity above opportunity_count"),
        (
            n > MOST_OPPORTUNITIES,
            f"an opportunity_count above {MOST_OPPORTUNITIES:,}: a model of so many opportunities "
            "is one in continuous time, such as BetaGeoModel",
        ),
        ((x == 0) & (t_x > 0), "no repeat purchase, yet a last_opportunity above 0"),
    ):
        if wrong.any():
            raise DataError(
                f"{count_text(int(wrong.sum()), 'customers have')} {what} (the first is "
                f"{wrong.idxmax()!r})"
            )
    return [x.to_numpy(), t_x.to_numpy(), n.to_numpy()]
