"""GammaGammaModel: what a customer's average purchase is worth."""

import copy
import warnings
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import NEVER_ORDERED, Customers, check_customers, left_out_series
from cemkit.clv.peers import lifetimes_fitter
from cemkit.clv.purchases.estimates import LARGEST_UNIT_LOG, MaximumLikelihoodModel, fit_rows
from cemkit.clv.purchases.histories import Histories, Rows, check_weights, distinct_rows
from cemkit.clv.purchases.likelihoods import gamma_gamma_rows
from cemkit.clv.purchases.predictive import PurchaseChances
from cemkit.clv.spend.sums import chance_beyond, standard_quantiles
from cemkit.data.engines import is_elsewhere
from cemkit.data.reductions.histories import counted_customers
from cemkit.data.score_columns import ScoreColumns
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.proportions.intervals import critical_value

COLUMNS = ["repeat_count", "repeat_mean_amount"]
NO_REPEAT, NOT_POSITIVE = "no repeat purchase", "mean repeat amount of 0 or less"
ROUNDING = 1e-9  # of the largest mean amount: what is left of amounts that cancel out
LARGEST_CORRELATION = 0.1  # of the logarithm of frequency with spend
CORRELATION_LEVEL = 0.95
FEWEST_TO_CORRELATE = 4  # of whom Fisher's interval of a correlation exists


class GammaGammaModel(MaximumLikelihoodModel):
    """Gamma-Gamma model of spend per purchase, by maximum likelihood on repeat buyers.

    The amount of a purchase is Gamma(p, nu) distributed, and nu is Gamma(q, gamma) distributed
    across customers, independently of purchase frequency. The model needs positive amounts, so the
    fit leaves out repeat buyers whose mean amount is not above 0 (free purchases, or returns that
    exceed purchases). They still get an expected amount, that of a customer whose repeat purchases
    were free. Customers who never ordered are left out of the fit and have a missing expected
    amount.

    Attributes:
        params_: `p, q, gamma`. gamma is in the currency of the amounts.
        n_customers_: Number of repeat buyers in the fit.
        left_out_: Number of customers left out of the fit, by reason: `"no repeat purchase"`,
            `"mean repeat amount of 0 or less"` and `"never ordered"`.

    References:
        Fader, Hardie (2013), The gamma-gamma model of monetary value.

    Examples:
        >>> from cemkit import load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> GammaGammaModel().fit(customers).params_.round(3).to_dict()
        {'p': 6.25, 'q': 3.744, 'gamma': 15.444}
    """

    parameter_names = ("p", "q", "gamma")
    _positive = True  # amounts

    def fit(
        self,
        customers: Any,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Estimate the parameters from the repeat buyers with a mean amount above 0.

        A mean below a billionth of the largest counts as 0, because rounding can leave such a rest
        of amounts that cancel.

        Args:
            customers: Customer table with `repeat_count, repeat_mean_amount`, one row per customer
                (pandas, Polars, PyArrow, DuckDB, Dask or PySpark). Outside pandas only the distinct
                pairs and their counts are brought into memory.
            y: Ignored.
            sample_weight: Number of customers that each row represents; 1 by default. A Series is
                matched by its index.

        Raises:
            MissingColumnsError: A column is missing.
            DataError: A repeat count is negative or fractional.
            NotEnoughDataError: There are fewer than two repeat buyers with a mean amount above 0.
            ConvergenceError: No maximum was found.

        Warns:
            CemkitWarning: Spend is correlated with frequency, although the model assumes
                independence, or the data do not identify a parameter.
        """
        if is_elsewhere(customers):
            customers, sample_weight = counted_customers(customers, COLUMNS, sample_weight)
        rows = Customers.of(customers)
        table = read_spend(rows.table)
        weights = check_weights(sample_weight, rows)
        weights = np.ones(len(table)) if weights is None else weights
        kept = _informative(table) & (weights > 0)
        if kept.sum() < 2:
            raise NotEnoughDataError(
                "customers with a repeat purchase and a mean amount above 0", int(kept.sum()), 2
            )
        x, z = table[kept].to_numpy().T
        first, counts, _ = distinct_rows([x, z], weights[kept])
        self._warn(x[first], z[first], counts)
        fitted = copy.copy(self)
        fitted.left_out_ = fitted._left_out(rows, weights)
        fitted._estimate(x[first], z[first], counts)
        return self._take(fitted)

    def expected_mean_amount(self, customers: pd.DataFrame) -> pd.Series:
        """Return the expected mean amount of each customer's purchases.

        It is `p (gamma + x z) / (p x + q - 1)`: the customer's own mean z, shrunk towards the mean
        of all customers. A customer without a repeat purchase gets the mean of all. A negative z
        counts as 0, as if the repeat purchases had been free, so the expected amount falls towards
        0 with their number.

        Raises:
            DataError: The mean does not exist, because p x + q <= 1 for some customer.
        """
        check_is_fitted(self, "params_")
        rows = Customers.of(customers)
        table = read_spend(rows.table)
        p, q, scale = self._posterior(rows.table)
        shape = p * table["repeat_count"] + q - 1
        if (shape <= 0).any():
            raise DataError(
                f"the mean amount of {count_text(int((shape <= 0).sum()), 'customers')} does not "
                f"exist: p * repeat_count + q is 1 or less (p={p:.4g}, q={q:.4g}); value only "
                "customers with more repeat purchases"
            )
        return rows.series(p * scale / shape, "expected_mean_amount")

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

    def to_lifetimes(self) -> Any:
        """Return the same model as a fitted `lifetimes.GammaGammaFitter`."""
        parameters = self.params_.rename({"gamma": "v"})
        return lifetimes_fitter("GammaGammaFitter", parameters)

    def _sql_amount(self, x: Any, z: Any) -> Any:
        """The expected mean amount in SQL; NULL where `expected_mean_amount` raises."""
        from cemkit.clv.spend.sql_amounts import gamma_gamma_amount  # noqa: PLC0415 - sqlglot

        return gamma_gamma_amount(x, z, **self._sql_parameters())

    def _sql_parameters(self) -> dict[str, float]:
        return {name: float(self.params_[name]) for name in self.parameter_names}

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
        p, q, scale = self._posterior(customers)
        standard = standard_quantiles(chances, histories.x, levels, p=p, q=q)
        return scale[:, None] * standard[histories.row]

    def _sum_probability(
        self, customers: pd.DataFrame, histories: Histories, chances: PurchaseChances, sums: Floats
    ) -> Floats:
        """The probability of each customer to spend at least a sum."""
        p, q, scale = self._posterior(customers)
        some = np.where(sums > 0, sums / scale, 1.0)
        beyond = chance_beyond(chances, histories.x, histories.row, some, p=p, q=q)
        return np.where(sums > 0, beyond, 1.0)

    def _draw_amounts(
        self, random: np.random.Generator, x: Floats, z: Floats, customer: Rows
    ) -> Floats:
        """Amounts of purchases of these customers, who differ in how much they spend."""
        p, q, scale = self._posterior_of(x, z)
        rate = random.standard_gamma(p * x + q) / scale
        amounts: Floats = random.standard_gamma(p, len(customer)) / rate[customer]
        return amounts

    def _own_variation(self, mean: float) -> float:
        """Squared coefficient of variation of the purchases of one customer."""
        return 1 / float(self.params_["p"])

    def _posterior(self, customers: pd.DataFrame) -> tuple[float, float, Floats]:
        """A purchase is Gamma(p, nu), and nu is Gamma(q + p x, scale): p, q and each scale."""
        x, z = read_spend(customers)[COLUMNS].to_numpy().T
        return self._posterior_of(x, z)

    def _posterior_of(self, x: Floats, z: Floats) -> tuple[float, float, Floats]:
        p, q = (float(self.params_[name]) for name in ("p", "q"))
        return p, q, self._scales(x) + x * np.maximum(z, 0.0)

    def _bounds(self, value: Floats, error: Floats) -> tuple[Floats, Floats]:
        """Bounds of a value, from the error of its logarithm."""
        lower, upper = np.sort([value / np.exp(error), value * np.exp(error)], axis=0)
        return lower, upper

    def _scales(self, x: Floats) -> Floats:
        """The scale of the rate of amounts among customers with x repeat purchases."""
        return np.full_like(x, self.params_["gamma"])

    def _warn(self, x: Floats, z: Floats, counts: Floats) -> None:
        _warn_of_correlation(x, z, counts)

    def _left_out(self, rows: Customers, weights: Floats | None = None) -> pd.Series:
        """How many customers the fit leaves out, by reason."""
        return spend_left_out(rows, weights)

    def _largest_logs(self) -> dict[str, float]:
        return super()._largest_logs() | {"gamma": LARGEST_UNIT_LOG}

    def _estimate(self, x: Floats, z: Floats, counts: Floats) -> None:
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


def read_spend(customers: pd.DataFrame) -> pd.DataFrame:
    """The columns of spend, when they are those of a customer table."""
    table = check_customers(customers, COLUMNS)
    x = table["repeat_count"]
    wrong = (x < 0) | (x % 1 != 0)
    if wrong.any():
        raise DataError(
            "repeat_count must be a whole number of at least 0; "
            f"{count_text(int(wrong.sum()), 'are')} not (the first is that of {wrong.idxmax()!r}); "
            "make the table with customer_table"
        )
    return table


def spend_left_out(rows: Customers, weights: Floats | None = None) -> pd.Series:
    """How many customers the fit of spend leaves out, by reason."""
    table = check_customers(rows.table, COLUMNS)
    each = np.ones(len(table)) if weights is None else weights
    once = (table["repeat_count"] == 0).to_numpy()
    counts = {
        NO_REPEAT: each[once].sum(),
        NOT_POSITIVE: each[~once & ~_informative(table)].sum(),
        NEVER_ORDERED: rows.left_out()[NEVER_ORDERED],
    }
    return left_out_series(counts)


def _informative(customers: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which customers say what a purchase is worth: they bought again, for more than 0."""
    repeats = (customers["repeat_count"] > 0).to_numpy()
    z = customers["repeat_mean_amount"].to_numpy(dtype=np.float64)
    informative: npt.NDArray[np.bool_] = repeats & (
        z > ROUNDING * np.abs(z[repeats]).max(initial=0)
    )
    return informative


def _warn_of_correlation(x: Floats, z: Floats, counts: Floats) -> None:
    """Warn where the whole interval of the correlation lies beyond what is small."""
    if np.ptp(x) == 0 or np.ptp(z) == 0 or counts.sum() < FEWEST_TO_CORRELATE:
        return
    correlation, lower, upper = _correlation(np.log(x), z, counts)
    if lower > LARGEST_CORRELATION or upper < -LARGEST_CORRELATION:
        interval = f"{CORRELATION_LEVEL:.0%} CI {lower:+.2f} to {upper:+.2f}"
        warnings.warn(
            "log(repeat_count) and repeat_mean_amount have a correlation of "
            f"{correlation:+.2f} ({interval}), beyond {LARGEST_CORRELATION:g}, and Gamma-Gamma "
            "takes spend to be independent of frequency: use FrequencyGammaGammaModel, or fit "
            "groups of customers apart",
            CemkitWarning,
            stacklevel=4,
        )


def _correlation(x: Floats, z: Floats, counts: Floats) -> tuple[float, float, float]:
    """The correlation of two columns with its interval, whatever their distributions.

    Where spend is independent of frequency, its mean is the same at each, and so this is 0. A
    correlation of ranks is not: means of more purchases are less skewed.
    """
    n = counts.sum()
    x, z = (_standardised(values, counts) for values in (x, z))
    found = float(np.clip(counts @ (x * z) / n, -1 + 1e-12, 1 - 1e-12))
    influence = x * z - found * (x**2 + z**2) / 2
    # On the scale of Fisher, where the distribution of few customers is nearly symmetric.
    deviation = np.sqrt(counts @ influence**2 / n) / (1 - found**2)
    half = critical_value(CORRELATION_LEVEL) * max(1.0, deviation) / np.sqrt(n - 3)
    centre = np.arctanh(found)
    return found, float(np.tanh(centre - half)), float(np.tanh(centre + half))


def _standardised(values: Floats, counts: Floats) -> Floats:
    away = values - np.average(values, weights=counts)
    standardised: Floats = away / np.sqrt(np.average(away**2, weights=counts))
    return standardised
