"""CustomerLifetimeValue: purchases to come, times their amount, discounted to today."""

import dataclasses
from collections.abc import Iterable
from typing import Any, Literal, Self, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.catalogue import sentence_of
from cemkit.checks import (
    Customers,
    check_customers,
    check_fraction,
    check_frame,
    check_number,
    check_positive,
    left_out_series,
)
from cemkit.checks.options import shown
from cemkit.clv.purchases.histories import Histories, Rows, distinct_rows
from cemkit.clv.purchases.models import PURCHASE_MODELS, BetaGeoModel
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.purchases.quantiles import on_ids
from cemkit.clv.purchases.uncertainty import relative_variance
from cemkit.clv.spend.frequency_spend import FrequencyGammaGammaModel
from cemkit.clv.spend.gamma_gamma import COLUMNS as SPEND_COLUMNS
from cemkit.clv.spend.gamma_gamma import GammaGammaModel
from cemkit.clv.spend.net_spend import NetSpendModel
from cemkit.clv.spend_outlook import SpendOutlook, spend_probabilities, spend_quantile_table
from cemkit.clv.terms import (
    DAYS_PER_YEAR,
    LONGEST_HORIZON,
    check_discount,
    check_horizon,
)
from cemkit.data.engines import is_elsewhere
from cemkit.data.reductions.histories import counted_customers
from cemkit.data.score_columns import ScoreColumns
from cemkit.described import Described, left_out_text
from cemkit.proportions.intervals import critical_value
from cemkit.storage.fields import LARGEST, Place, choice, named, number, optional, record, text
from cemkit.storage.text import Layout, from_text, to_text

MOST_PERIODS = 4_000  # ten years of days; the work grows with them
ROWS_AT_ONCE = 200_000  # of histories and periods
SpendModel: TypeAlias = GammaGammaModel | NetSpendModel
SPEND_MODELS: tuple[type[SpendModel], ...] = (
    GammaGammaModel,
    FrequencyGammaGammaModel,
    NetSpendModel,
)
KINDS = {kind.__name__: kind for kind in PURCHASE_MODELS}


def _number_or_column(value: Any, place: Place) -> str | float:
    return value if isinstance(value, str) else number()(value, place)


LAYOUT = Layout(
    1,
    {
        "terms": record(
            {
                "annual_discount_rate": _number_or_column,
                "horizon_days": optional(number(above=0, maximum=LONGEST_HORIZON)),
                "margin": _number_or_column,
                "period_days": optional(number(above=0, maximum=LARGEST)),
            }
        ),
        "kind": choice(*KINDS),
        "purchases": text,
        "spend": text,
        "left_out": named(number(0)),
    },
)


class CustomerLifetimeValue(Described):
    """Discounted value of each customer's future purchases (CLV).

    `clv = margin * expected_mean_amount * discounted expected purchases`. The discount is
    continuous, at ln(1 + annual_discount_rate) / 365 per day, from the moment of each purchase.
    With `period_days`, the purchases of each period are discounted from its end, as spreadsheets
    and lifetimes do. Customers who never ordered are left out of the fit and have missing values.

    Args:
        purchases: Purchase model to fit; `"auto"` is `BetaGeoModel`. `compare_purchase_models`
            shows which model predicts best.
        spend: Spend model to fit: `GammaGammaModel`, `FrequencyGammaGammaModel` if spend depends on
            frequency, or `NetSpendModel` if net amounts can be negative.
        annual_discount_rate: Discount rate per year as a fraction, at least 0, or the name of a
            column with one.
        horizon_days: Length of the horizon in days. None sets no limit and needs a rate above 0.
        margin: Profit as a fraction of the amount, or the name of a column with one.
        period_days: Length in days of the discount periods, of which at most 4,000 fit into the
            horizon. None discounts continuously.

    Attributes:
        purchases_: Fitted purchase model.
        spend_: Fitted spend model.
        left_out_: Number of customers left out by the spend model, by reason. They are still
            valued, except those who never ordered (see `GammaGammaModel.expected_mean_amount`).

    Examples:
        >>> from cemkit import load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> value = CustomerLifetimeValue(annual_discount_rate=0.1, horizon_days=365).fit(customers)
        >>> value.add_to(customers)["clv"].sum().round(-2)
        np.float64(72700.0)
    """

    def __init__(
        self,
        purchases: Literal["auto"] | PurchaseModel = "auto",
        spend: SpendModel = GammaGammaModel(),  # noqa: B008 - fit clones it
        *,
        annual_discount_rate: float | str = 0.10,
        horizon_days: float | None = 365,
        margin: float | str = 1.0,
        period_days: float | None = None,
    ) -> None:
        self.purchases = purchases
        self.spend = spend
        self.annual_discount_rate = annual_discount_rate
        self.horizon_days = horizon_days
        self.margin = margin
        self.period_days = period_days

    def fit(self, customers: Any, y: object = None) -> Self:
        """Fit clones of both models to these customers; fitted models are used as they are.

        Args:
            customers: Customer table from `customer_table` (pandas, Polars, PyArrow, DuckDB, Dask
                or PySpark).
            y: Ignored.

        Returns:
            The fitted object itself.

        Raises:
            TypeError: `purchases` is neither `"auto"` nor a purchase model.
            ValueError: The rate, horizon, margin or period is out of its range.
            DataError: The purchase model or the spend model raises it.
        """
        auto = isinstance(self.purchases, str) and self.purchases == "auto"
        purchases = BetaGeoModel() if auto else self.purchases
        if not isinstance(purchases, PurchaseModel):
            raise TypeError(f"purchases must be 'auto' or a purchase model, not {shown(purchases)}")
        if not isinstance(self.spend, GammaGammaModel | NetSpendModel):
            raise TypeError(
                "spend must be a GammaGammaModel, FrequencyGammaGammaModel or NetSpendModel, not "
                f"{shown(self.spend)}"
            )
        self._check_terms()
        models = {
            "purchases_": _fitted(purchases, customers),
            "spend_": _fitted(self.spend, customers),
            "left_out_": self._left_out(customers),
        }
        self.__dict__.update(models)  # at once: an interrupted fit changes nothing
        return self

    def _left_out(self, customers: Any) -> pd.Series:
        """How many customers say nothing about spend, by reason."""
        if not is_elsewhere(customers):
            return self.spend._left_out(Customers.of(customers))
        pairs, counts = counted_customers(customers, SPEND_COLUMNS)
        return self.spend._left_out(Customers.of(pairs), counts.to_numpy(np.float64))

    def _facts(self) -> dict[str, Any]:
        models = {"purchases": self.purchases_, "spend": self.spend_}
        facts = {name: model._facts() for name, model in models.items()}
        counts = {
            "customers" if name == "purchases" else f"customers_of_{name}": fact["customers"]
            for name, fact in facts.items()
            if "customers" in fact
        }
        return {
            **counts,
            "left_out": left_out_text(self.left_out_),
            **{name: type(model).__name__ for name, model in models.items()},
            "table": pd.concat(
                {name: fact["table"] for name, fact in facts.items()}, names=["model", "parameter"]
            ),
        }

    def sentence(self, language: str = "en") -> str:
        """Describe how many customers the spend model uses, and how the others are valued."""
        check_is_fitted(self)
        return sentence_of(self, language)

    def add_to(
        self,
        customers: pd.DataFrame,
        confidence_level: float | None = None,
        *,
        quantiles: Iterable[float] | None = None,
    ) -> pd.DataFrame:
        """Return the same table with the value of each customer added.

        Args:
            customers: Table with the columns of `fit`, and those named as `margin` or discount
                rate.
            confidence_level: Confidence level of `clv_mean_lower, clv_mean_upper`, as a fraction.
                They bound the expected value, given the estimation errors; the spend of a single
                customer varies far more. None leaves them out.
            quantiles: Quantiles of each customer's spend, as in `spend_quantiles`. None leaves them
                out.

        Returns:
            The same table with `alive_probability`; `expected_purchases` within `horizon_days`,
            undiscounted (left out if the horizon is None, because it may be infinite);
            `expected_mean_amount`; `clv`; the bounds of its mean; and the quantiles, such as
            `spend_p10` for 0.1.
        """
        check_is_fitted(self)
        check_frame(customers, "customers")
        self._check_terms()
        if confidence_level is not None:
            check_fraction(confidence_level, "confidence_level")
        rows = Customers.of(customers)
        valued = self._valued(rows.table, confidence_level)
        if quantiles is not None:
            spent = spend_quantile_table(self._spend_outlook(), rows.table, quantiles)
            valued = pd.concat([valued, spent.set_axis(valued.index)], axis=1)
        return rows.added(valued)

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self)
        terms = [name for name in (self.margin, self.annual_discount_rate) if isinstance(name, str)]
        bought = [] if self.horizon_days is None else ["expected_purchases"]
        adds = ["alive_probability", *bought, "expected_mean_amount", "clv"]
        columns = ScoreColumns.of_numbers(terms, adds)
        for model in (self.purchases_, self.spend_):
            columns = columns.reading(model._score_columns().reads)
        return columns

    def spend_quantiles(
        self, customers: pd.DataFrame, quantiles: Iterable[float] = (0.1, 0.5, 0.9)
    ) -> pd.DataFrame:
        """Return quantiles of each customer's spend within `horizon_days`.

        A quantile is the smallest total spend, before margin and without discount, that the
        customer does not exceed with this probability. It includes the uncertainty of the number of
        purchases (perhaps none) and of their amounts.

        Args:
            customers: Table with the columns of `fit`.
            quantiles: Probabilities between 0 and 1.

        Returns:
            One column per quantile, such as `spend_p10` for 0.1, on the ids as given; missing for
            customers who never ordered.

        Raises:
            ValueError: `horizon_days` is None, or a quantile does not lie between 0 and 1.

        Warns:
            CemkitWarning: The data did not identify a parameter; it is named.

        Examples:
            >>> from cemkit import load_cdnow, customer_table
            >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
            >>> value = CustomerLifetimeValue(horizon_days=365).fit(customers)
            >>> value.spend_quantiles(customers, [0.5, 0.9]).loc[111].round(1).tolist()
            [198.7, 784.9]
        """
        check_is_fitted(self)
        rows = Customers.of(check_frame(customers, "customers"))
        table = spend_quantile_table(self._spend_outlook(), rows.table, quantiles)
        return on_ids(rows, table)

    def spend_probability(self, customers: pd.DataFrame, at_least: float | str) -> pd.Series:
        """Return the probability that each customer spends at least a sum within `horizon_days`.

        Args:
            customers: Table with the columns of `fit`.
            at_least: Sum of money, before margin and without discount, or the name of a column with
                one.

        Returns:
            Series of probabilities on the ids as given.

        Raises:
            ValueError: `horizon_days` is None.

        Warns:
            CemkitWarning: The data did not identify a parameter; it is named.
        """
        check_is_fitted(self)
        rows = Customers.of(check_frame(customers, "customers"))
        if not isinstance(at_least, str):
            at_least = check_number(at_least, "at_least")
        sums = self._setting(at_least, rows.table)
        found = spend_probabilities(self._spend_outlook(), rows.table, sums)
        return rows.series(found, "spend_probability")

    def to_sql(
        self,
        dialect: str = "duckdb",
        table: str = "customers",
        *,
        lookup: str | None = None,
    ) -> str:
        """Return a SQL query that computes the columns of `add_to` in the database.

        Discounted purchases are an integral, so the query looks them up in a table from
        `sql_lookup`, with everything else for which the purchase model has no formula. Amounts have
        a formula.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id` and the columns of `fit`, one row per
                customer, with its schema where needed, as in `"shop.customers"`.
            lookup: Name of the database table with the result of `sql_lookup`.

        Returns:
            A query that returns `customer_id` and the columns of `add_to`. They are NULL for
            customers who never ordered, for histories that are not in the lookup table, and where
            `add_to` raises an error.

        Raises:
            ValueError: No lookup is named, the dialect is unknown, or a name is not valid.
            MissingDependencyError: sqlglot is not installed.
        """
        from cemkit.clv.sql_outlook import value_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self)
        query = value_query(
            self.purchases_,
            self.spend_,
            table,
            lookup,
            horizon=self.horizon_days,
            margin=self.margin,
            rate=self.annual_discount_rate,
        )
        return query.sql(dialect)

    def sql_lookup(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the lookup table of `to_sql`, with one row per distinct purchase history.

        Args:
            customers: Customer table with `repeat_count, recency_days, tenure_days`, the
                covariates, and the discount rate if it is a column. The distinct rows of a large
                table suffice.

        Returns:
            The key columns, `horizon_days`, and those of `alive_probability`, `purchases_if_alive`
            and `discounted_purchases_if_alive` that have no formula. The key is `repeat_count,
            tenure_days` for BG/NBD and MBG/NBD, else `repeat_count, recency_days, tenure_days` and
            the covariates, and the discount rate if it is a column.
        """
        from cemkit.clv import sql_outlook  # noqa: PLC0415 - sqlglot

        check_is_fitted(self)
        model, rate = self.purchases_, self.annual_discount_rate
        rated = self._rated(model._read(customers), Customers.of(customers).table)
        by_rate = rate if isinstance(rate, str) else None
        keys, kept = sql_outlook.lookup_keys(model, customers, rated.row, rate=by_rate)
        taken = rated.take(kept)
        return keys.assign(
            **sql_outlook.lookup_sums(model, taken.histories, self.horizon_days),
            **{sql_outlook.DISCOUNTED: self._discounted_if_alive(model, taken)},
        )

    def to_json(self) -> str:
        """Return both fitted models and the terms as JSON text.

        Raises:
            DataError: A number in it is infinite or too large to save.
        """
        check_is_fitted(self)
        terms = self.get_params(deep=False)
        del terms["purchases"], terms["spend"]
        state = {
            "terms": terms,
            "kind": type(self.purchases_).__name__,
            "purchases": self.purchases_.to_json(),
            "spend": self.spend_.to_json(),
            "left_out": self.left_out_.to_dict(),
        }
        return to_text(self, LAYOUT, state)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the fitted object from the text of `to_json`.

        Raises:
            DataError: The text is not a saved CustomerLifetimeValue, or is damaged.
        """
        with from_text(cls, text, LAYOUT) as state:
            purchases = KINDS[state["kind"]].from_json(state["purchases"])
            spend = _spend_kind(state["spend"]).from_json(state["spend"])
            value = cls(purchases, spend, **state["terms"])
            value._check_terms()
        value.purchases_, value.spend_ = purchases, spend
        value.left_out_ = left_out_series(state["left_out"])
        return value

    def _spend_outlook(self) -> SpendOutlook:
        unsure = self._not_identified()
        return SpendOutlook(self.purchases_, self.spend_, self.horizon_days, unsure)

    def _not_identified(self) -> list[str]:
        """Parameters of both models that their fits did not identify."""
        return [*self.purchases_._not_identified(), *self.spend_._not_identified()]

    def _valued(self, customers: pd.DataFrame, confidence_level: float | None) -> pd.DataFrame:
        """The added columns."""
        histories = self.purchases_._read(customers)
        rated = self._rated(histories, customers)
        discounted = self._discounted(self.purchases_, rated)
        added = {"alive_probability": self.purchases_._alive(histories)}
        if self.horizon_days is not None:
            added["expected_purchases"] = self.purchases_._expected(
                histories, 0.0, check_horizon(self.horizon_days)
            )
        table: pd.DataFrame = pd.DataFrame(added).iloc[histories.row].set_axis(customers.index)
        spend = self.spend_.expected_mean_amount(customers).to_numpy()
        clv = self._per_customer("margin", customers) * spend * discounted[rated.row]
        table = table.assign(expected_mean_amount=spend, clv=clv)
        if confidence_level is None:
            return table
        spread = self._relative_error(customers, rated)
        lower, upper = self.spend_._bounds(clv, critical_value(confidence_level) * spread)
        return table.assign(clv_mean_lower=lower, clv_mean_upper=upper)

    def _rated(self, histories: Histories, customers: pd.DataFrame) -> "_Rated":
        """The distinct pairs of history and rate of discount: one valuation for all of them."""
        rates = self._per_customer("annual_discount_rate", customers)
        _, horizon = check_discount(float(rates.min()), self.horizon_days)
        daily = np.log1p(rates) / DAYS_PER_YEAR
        if np.ptp(rates) == 0:
            return _Rated(histories, histories.row, float(daily[0]), horizon)
        first, _, row = distinct_rows([histories.row.astype(np.float64), daily])
        return _Rated(histories.take(histories.row[first]), row, daily[first], horizon)

    def _relative_error(self, customers: pd.DataFrame, rated: "_Rated") -> Floats:
        """Standard error of the logarithm of each value; the two models err independently."""
        of_spend = relative_variance(
            self.spend_, lambda model: model.expected_mean_amount(customers).to_numpy()
        )
        of_purchases = relative_variance(
            self.purchases_, lambda model: self._discounted(model, rated)
        )
        error: Floats = np.sqrt(of_spend + of_purchases[rated.row])
        return error

    def _discounted(self, model: PurchaseModel, rated: "_Rated") -> Floats:
        """Discounted purchases to come of each pair of history and rate."""
        return model._alive(rated.histories) * self._discounted_if_alive(model, rated)

    def _discounted_if_alive(self, model: PurchaseModel, rated: "_Rated") -> Floats:
        """The same of customers who are alive."""
        histories, horizon = rated.histories, rated.horizon
        if self.period_days is None or horizon is None:
            return model._expected_if_alive(histories, rated.rate, horizon)
        n = len(histories.x)
        total, before = np.zeros(n), np.zeros((1, n))
        histories.time.check_plan(horizon)
        ends = np.append(np.arange(self.period_days, horizon, self.period_days), horizon)
        for block in np.split(ends, np.arange(0, len(ends), max(1, ROWS_AT_ONCE // n))[1:]):
            each = histories.take(np.tile(np.arange(n), len(block)))
            theta, until = model._theta(each), histories.time.until(np.repeat(block, n))
            bought = model._purchases_if_alive(theta, each, 0.0, until).reshape(-1, n)
            lumps = np.diff(np.vstack([before, bought]), axis=0)
            total += (
                np.exp(-np.multiply.outer(block, rated.rate)).reshape(len(block), -1) * lumps
            ).sum(axis=0)
            before = bought[-1:]
        return total

    def _per_customer(self, name: str, customers: pd.DataFrame) -> Floats:
        return self._setting(getattr(self, name), customers)

    @staticmethod
    def _setting(setting: float | str, customers: pd.DataFrame) -> Floats:
        """A number for all customers, or a column with one for each."""
        if isinstance(setting, str):
            return check_customers(customers, [setting])[setting].to_numpy()
        return np.full(len(customers), float(setting))

    def _check_terms(self) -> None:
        if not isinstance(self.margin, str):
            check_number(self.margin, "margin")
        if self.period_days is not None:
            check_positive(self.period_days, "period_days")
            if self.horizon_days is None:
                raise ValueError(
                    "period_days needs a horizon_days; set one, or leave period_days None"
                )
            _check_periods(check_horizon(self.horizon_days) / self.period_days)
        rate = self.annual_discount_rate
        if not isinstance(rate, str):
            check_discount(rate, self.horizon_days)


@dataclasses.dataclass(frozen=True, slots=True)
class _Rated:
    """Histories, each under one daily rate of discount; the pair of each customer; the horizon."""

    histories: Histories
    row: Rows
    rate: float | Floats
    horizon: float | None

    def take(self, kept: Rows) -> "_Rated":
        """Some of the histories with their rates."""
        rate = self.rate[kept] if isinstance(self.rate, np.ndarray) else self.rate
        return dataclasses.replace(self, histories=self.histories.take(kept), rate=rate)


def _check_periods(n_periods: float) -> None:
    if n_periods > MOST_PERIODS:
        raise ValueError(
            f"period_days divides the horizon into {n_periods:,.0f} periods, but at most "
            f"{MOST_PERIODS:,} are possible; use longer periods, or None for continuous "
            "discounting"
        )


Model = TypeVar("Model", bound=PurchaseModel | SpendModel)


def _spend_kind(text: str) -> type[SpendModel]:
    """The kind of spend model that a text holds; Gamma-Gamma refuses another text."""
    for kind in SPEND_MODELS:
        if f'"model": "{kind.__name__}"' in text:
            return kind
    return GammaGammaModel


def _fitted(model: Model, customers: Any) -> Model:
    fitted: Model = model if hasattr(model, "params_") else clone(model).fit(customers)
    return fitted
