"""NetSpendModel: amounts per purchase that may be negative, net of returns and costs."""

import copy
from collections.abc import Callable
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import Customers, check_number, check_positive
from cemkit.clv.purchases.ends import without_open_ends
from cemkit.clv.purchases.estimates import (
    LARGEST_UNIT_LOG,
    MaximumLikelihoodModel,
    in_chunks,
    total_derivatives,
)
from cemkit.clv.purchases.fitting import Derivatives
from cemkit.clv.purchases.histories import Histories, Rows, check_weights, distinct_rows
from cemkit.clv.purchases.likelihoods import RowDerivatives
from cemkit.clv.purchases.predictive import PurchaseChances
from cemkit.clv.spend.gamma_gamma import COLUMNS, NOT_POSITIVE, read_spend, spend_left_out
from cemkit.clv.spend.net_sums import NetSums
from cemkit.data.engines import is_elsewhere
from cemkit.data.reductions.histories import counted_customers
from cemkit.data.score_columns import ScoreColumns
from cemkit.errors import NotEnoughDataError

MEAN = "mean"
CHUNK = 65_536


class NetSpendModel(MaximumLikelihoodModel):
    """Model of net spend per purchase, which may be negative, by maximum likelihood.

    If returns or costs exceed purchases, a customer's net amount is negative, and `GammaGammaModel`
    cannot fit it. Here the net amount of a purchase is Normal(m, within^2) distributed, and m is
    Normal(mean, between^2) distributed across customers, independently of purchase frequency. The
    expected amount is the customer's own mean, shrunk towards the mean of all (Buehlmann's
    credibility). This is the best linear estimate for any distribution. Quantiles assume normal
    amounts, so they are too symmetric if amounts are skewed and purchases few.

    Attributes:
        params_: `between` and `within`, the standard deviations between customers and between the
            purchases of one customer, and `mean`, the overall mean; in the currency of the amounts.
        n_customers_: Number of repeat buyers in the fit.
        left_out_: Number of customers left out of the fit, by reason.

    References:
        Buehlmann, Straub (1970), Glaubwuerdigkeit fuer Schadensaetze, Mitteilungen der Vereinigung
        schweizerischer Versicherungsmathematiker 70.

    Examples:
        >>> model = NetSpendModel.from_parameters(between=30, within=45, mean=12)
        >>> customers = pd.DataFrame({"repeat_count": [0, 9], "repeat_mean_amount": [0.0, -20.0]})
        >>> model.expected_mean_amount(customers).tolist()
        [12.0, -13.6]
    """

    parameter_names = ("between", "within")
    _positive = False  # amounts

    @classmethod
    def from_parameters(cls, **parameters: float) -> Self:
        """Return a model with given parameters, ready to predict but without standard errors.

        Args:
            **parameters: `between` and `within`, above 0, and `mean`, any number.

        Raises:
            TypeError: A parameter is missing, or does not belong to this model.
            ValueError: `between` or `within` is not above 0.
        """
        names = [*cls.parameter_names, MEAN]
        if set(parameters) != set(names):
            raise TypeError(
                f"{cls.__name__} takes the parameters {', '.join(names)}, not "
                f"{', '.join(parameters) or 'none'}"
            )
        values = {name: check_positive(parameters[name], name) for name in cls.parameter_names}
        model = cls()
        model.params_ = pd.Series(values | {MEAN: check_number(parameters[MEAN], MEAN)})
        return model

    def fit(
        self,
        customers: Any,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Estimate the parameters from all repeat buyers.

        Args:
            customers: Customer table with `repeat_count, repeat_mean_amount` (net, of either sign),
                one row per customer (pandas, Polars, PyArrow, DuckDB, Dask or PySpark). Outside
                pandas only the distinct pairs and their counts are brought into memory.
            y: Ignored.
            sample_weight: Number of customers that each row represents; 1 by default. A Series is
                matched by its index.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: A repeat count is negative or fractional.
            NotEnoughDataError: There are fewer than two repeat buyers.
            ConvergenceError: No maximum was found.

        Warns:
            CemkitWarning: The data do not identify a parameter; it is named.
        """
        if is_elsewhere(customers):
            customers, sample_weight = counted_customers(customers, COLUMNS, sample_weight)
        rows = Customers.of(customers)
        table = read_spend(rows.table)
        weights = check_weights(sample_weight, rows)
        weights = np.ones(len(table)) if weights is None else weights
        kept = (table["repeat_count"] > 0).to_numpy() & (weights > 0)
        if kept.sum() < 2:
            raise NotEnoughDataError("customers with a repeat purchase", int(kept.sum()), 2)
        x, z = table[kept].to_numpy().T
        first, counts, _ = distinct_rows([x, z], weights[kept])
        fitted = copy.copy(self)
        fitted.left_out_ = fitted._left_out(rows, weights)
        fitted._estimate(x[first], z[first], counts)
        return self._take(fitted)

    def expected_mean_amount(self, customers: pd.DataFrame) -> pd.Series:
        """Return the expected net amount of each customer's purchases.

        It is a weighted mean: the customer's own mean z has the weight between^2 / (between^2 +
        within^2 / x), and the overall mean the rest. Without a repeat purchase it is the overall
        mean.
        """
        check_is_fitted(self, "params_")
        rows = Customers.of(customers)
        expected, _ = self._posterior(rows.table)
        return rows.series(expected, "expected_mean_amount")

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with the column `expected_mean_amount` added."""
        amounts = self.expected_mean_amount(customers)
        return customers.assign(expected_mean_amount=amounts.to_numpy())

    def to_sql(self, dialect: str = "duckdb", table: str = "customers") -> str:
        """Return a SQL query that computes each customer's expected mean amount in the database.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id`, `repeat_count` and `repeat_mean_amount`, one
                row per customer, with its schema where needed, as in `"shop.customers"`.

        Returns:
            A query that returns `customer_id` and `expected_mean_amount`. It is NULL for customers
            who never ordered and where `expected_mean_amount` raises an error.

        Raises:
            ValueError: The dialect is unknown, or `table` is not a name.
            MissingDependencyError: sqlglot is not installed.
        """
        from cemkit.clv.sql_outlook import spend_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self, "params_")
        return spend_query(self, table).sql(dialect)

    def _sql_amount(self, x: Any, z: Any) -> Any:
        """The expected mean amount in SQL."""
        from cemkit.clv.spend.sql_amounts import net_amount  # noqa: PLC0415 - sqlglot

        between, within, mean = self.params_.to_numpy().tolist()
        return net_amount(x, z, between=between, within=within, mean=mean)

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self, "params_")
        return ScoreColumns.of_numbers(COLUMNS, ["expected_mean_amount"])

    def _sum_quantiles(
        self,
        customers: pd.DataFrame,
        histories: Histories,
        chances: PurchaseChances,
        levels: Floats,
    ) -> Floats:
        """Quantiles of what customers will spend in all: shape (customers, levels)."""
        sums = self._sums(customers, histories, chances)
        return np.stack([sums.quantile(level) for level in levels], axis=1)

    def _sum_probability(
        self, customers: pd.DataFrame, histories: Histories, chances: PurchaseChances, sums: Floats
    ) -> Floats:
        """The probability of each customer to spend at least a sum."""
        return self._sums(customers, histories, chances).at_least(sums)

    def _draw_amounts(
        self, random: np.random.Generator, x: Floats, z: Floats, customer: Rows
    ) -> Floats:
        """Amounts of purchases of these customers, who differ in how much they spend."""
        expected, variance = self._posterior_of(x, z)
        own = expected + np.sqrt(variance) * random.standard_normal(len(x))
        within = float(self.params_["within"])
        return own[customer] + within * random.standard_normal(len(customer))

    def _own_variation(self, mean: float) -> float:
        """Squared coefficient of variation of the purchases of one customer."""
        return (float(self.params_["within"]) / mean) ** 2

    def _sums(
        self, customers: pd.DataFrame, histories: Histories, chances: PurchaseChances
    ) -> NetSums:
        expected, variance = self._posterior(customers)
        within = float(self.params_["within"])
        return NetSums(chances, histories.row, expected, variance, within**2)

    def _posterior(self, customers: pd.DataFrame) -> tuple[Floats, Floats]:
        """Mean and variance of what is known of each customer's own mean."""
        x, z = read_spend(customers).to_numpy().T
        return self._posterior_of(x, z)

    def _posterior_of(self, x: Floats, z: Floats) -> tuple[Floats, Floats]:
        between, within, mean = self.params_
        own = x * between**2 / (x * between**2 + within**2)
        return mean + own * (np.where(x > 0, z, mean) - mean), between**2 * (1 - own)

    def _bounds(self, value: Floats, error: Floats) -> tuple[Floats, Floats]:
        """Bounds of a value that may be negative, from the error of its logarithm."""
        return value - np.abs(value) * error, value + np.abs(value) * error

    def _left_out(self, rows: Customers, weights: Floats | None = None) -> pd.Series:
        """How many customers the fit leaves out, by reason: none for a negative amount."""
        counts = spend_left_out(rows, weights)
        counts[NOT_POSITIVE] = 0.0
        return counts

    def _coordinates(self) -> list[str]:
        return [*self.parameter_names, MEAN]

    def _largest_logs(self) -> dict[str, float]:
        return dict.fromkeys(self.parameter_names, LARGEST_UNIT_LOG)

    def _estimate(self, x: Floats, z: Floats, counts: Floats) -> None:
        n = float(counts.sum())
        scale = float(np.sqrt(counts @ z**2 / n)) or 1.0
        mean = float(counts @ z / n) / scale
        spread = np.sqrt(max(float(counts @ (z / scale - mean) ** 2) / n, 1e-12) / 2)
        start = np.array([np.log(spread), np.log(spread), mean])
        best = without_open_ends(
            _derivatives(x, z / scale, counts), start, np.array([True, True, False])
        )
        log_likelihood = best.log_likelihood - n * float(np.log(scale))
        self._set_estimates(best, self._coordinates(), np.full(3, scale), log_likelihood, n)


def _derivatives(x: Floats, z: Floats, counts: Floats) -> Callable[[Floats], Derivatives]:
    """The log-likelihood as a function of log between, log within and the mean."""
    designs = [np.ones((1, 1))] * 3

    def of_part(point: Floats, part: slice) -> Derivatives:
        rows = net_spend_rows(point, x[part], z[part])
        return total_derivatives(rows, designs, counts[part])

    return lambda point: in_chunks(lambda part: of_part(point, part), len(x), CHUNK)


def net_spend_rows(point: Floats, x: Floats, z: Floats) -> RowDerivatives:
    """Z is Normal(mean, between^2 + within^2 / x): derivatives in the logs and in the mean."""
    between, within = np.exp(2 * point[:2])
    variance, error = between + within / x, z - point[2]
    of_logs = 2 * np.stack([np.full_like(x, between), within / x])
    of_variance = (error**2 / variance - 1) / (2 * variance)
    curve = (0.5 - error**2 / variance) / variance**2
    gradient = np.stack([*(of_variance * of_logs), error / variance])
    hessian = np.empty((3, 3, len(x)))
    hessian[:2, :2] = curve * of_logs[:, None] * of_logs
    hessian[0, 0] += 2 * of_variance * of_logs[0]
    hessian[1, 1] += 2 * of_variance * of_logs[1]
    hessian[:2, 2] = hessian[2, :2] = -error / variance**2 * of_logs
    hessian[2, 2] = -1 / variance
    value = -0.5 * (np.log(2 * np.pi * variance) + error**2 / variance)
    return RowDerivatives(value, gradient, hessian)
