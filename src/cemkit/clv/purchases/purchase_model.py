"""PurchaseModel: the contract that every model of repeat purchases in continuous time keeps."""

import copy
import datetime as dt
import functools
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import Customers, check_integer, check_random_state
from cemkit.clv.base.futures import Purchases
from cemkit.clv.clock.holdouts import ClockChoice, clock_of_fit
from cemkit.clv.clock.seasonal_clock import SeasonalClock
from cemkit.clv.purchases.covariate_model import few_for_covariates
from cemkit.clv.purchases.covariates import Covariates, Scale, check_told_apart, design_matrices
from cemkit.clv.purchases.ends import without_open_ends
from cemkit.clv.purchases.estimates import (
    LAYOUT,
    add_derivatives,
    in_chunks,
    total_derivatives,
)
from cemkit.clv.purchases.fitting import EDGE, Derivatives, Maximum, maximize, thinned
from cemkit.clv.purchases.histories import COLUMNS, Histories, check_weights, read_histories
from cemkit.clv.purchases.history_model import CHUNK, slices, time_of
from cemkit.clv.purchases.likelihoods import RowDerivatives
from cemkit.clv.purchases.outlook import CustomerOutlook
from cemkit.clv.purchases.simulation import simulated_customers
from cemkit.clv.terms import check_discount, check_horizon
from cemkit.data.engines import is_elsewhere
from cemkit.data.reductions.histories import counted_customers
from cemkit.data.reductions.table_rows import table_columns
from cemkit.data.score_columns import ScoreColumns
from cemkit.errors import NotEnoughDataError
from cemkit.pictures import Drawn
from cemkit.storage.fields import flag, optional, record, text
from cemkit.storage.text import Layout

SAMPLE = 10_000  # customers whose fit is the start for the fit to all
# In log-parameters: one Newton step this short leaves a hundredth of it, far below the error
# of a spread from 200 refits.
REFIT_STEP = 0.01


class PurchaseModel(CustomerOutlook, Drawn):
    """What the models share: reading, fitting, covariates, and what is asked of them.

    Time is in days, or in the days of a seasonal clock. A model is its likelihood, the odds that a
    customer has left, what a customer who is alive will buy, and how lifetimes are drawn. It takes
    the customer table as it is, and ignores the columns that it does not name. Customers who never
    ordered are left out of the fit, counted in `left_out_`, and have missing predictions.

    Args:
        covariates: Columns that shift how fast customers buy and how soon they leave; numbers are
            taken as they are, other columns are categories with the first level as reference.
        clock: A fitted `SeasonalClock`, in whose time customers buy at a steady rate; None is plain
            days. `"auto"` decides between the two on hold-outs inside the past, for which `fit`
            needs the orders.

    Examples:
        >>> from cemkit import BetaGeoModel
        >>> isinstance(BetaGeoModel(), PurchaseModel)
        True
    """

    display_name: ClassVar[str]
    # Where to begin; alpha as a multiple of the mean time between purchases.
    start: ClassVar[tuple[float, ...]]

    clock_choice_: ClockChoice | None
    _layout: ClassVar[Layout] = Layout(
        2,
        {
            **LAYOUT.fields,
            "clock": optional(record({"automatic": flag, "fitted": optional(text)})),
        },
        added={"clock": 2},
    )
    _pictures = ("clv.alive_matrix", "clv.purchases_matrix")

    def __init__(
        self,
        covariates: Sequence[str] | None = None,
        clock: SeasonalClock | Literal["auto"] | None = None,
    ) -> None:
        self.covariates = covariates
        self.clock = clock

    def __sklearn_clone__(self) -> Self:
        """The same model unfitted; its clock is what is known of the calendar, and stays fitted."""
        bare = copy.copy(self)
        bare.clock = None
        cloned: Self = BaseEstimator.__sklearn_clone__(bare)
        cloned.clock = self.clock
        return cloned

    def fit(
        self,
        customers: Any,
        y: object = None,
        sample_weight: npt.ArrayLike | None = None,
        *,
        orders: Any = None,
    ) -> Self:
        """Estimate the parameters. They are the same in any row order and on each run.

        Args:
            customers: Customer table with `repeat_count, recency_days, tenure_days` and the
                covariates, one row per customer (pandas, Polars, PyArrow, DuckDB, Dask or PySpark).
                Outside pandas only the distinct rows of these columns and their counts are brought
                into memory.
            y: Ignored.
            sample_weight: Number of customers that each row represents; 1 by default. A Series is
                matched by its index.
            orders: Orders of these customers. Needed for `clock="auto"` and for an unfitted clock.
                Orders after the day of the customer table are ignored.

        Returns:
            The fitted model itself.

        Raises:
            MissingColumnsError: A column is missing, or the columns have the names of lifetimes.
            DataError: Counts are negative or fractional, or a last purchase lies before the first.
            NotEnoughDataError: No customer has bought again.
            ConvergenceError: No maximum of the likelihood was found.

        Warns:
            CemkitWarning: The data do not identify a parameter; the warning names it.
        """
        if is_elsewhere(customers):
            customers, sample_weight = self._counted(customers, sample_weight)
        rows = Customers.of(customers)
        covariates = Covariates.learn(rows.table, self.covariates)
        weights = check_weights(sample_weight, rows)
        clock, choice = clock_of_fit(self, rows.table, orders)
        histories = read_histories(rows.table, covariates, weights, time_of(clock, rows.table))
        if not histories.counts[histories.x > 0].any():
            raise NotEnoughDataError(
                "customers with a repeat purchase", have=0, need=1, hint="take a longer history"
            )
        check_told_apart(histories.covariates, histories.counts, covariates.names)
        fitted = copy.copy(self)
        fitted._covariates, fitted.clock_, fitted.clock_choice_ = covariates, clock, choice
        fitted.left_out_ = rows.left_out()
        scaled, scale = fitted._scaled(histories)
        logs = np.isin(scale.units.index, self.parameter_names)
        with few_for_covariates(covariates.names, histories.counts, len(logs)):
            start = fitted._warm_start(scaled, scale.units.index)
            best = without_open_ends(fitted._derivatives(scaled), start, logs)
        fitted._set_from(best, scaled, scale)
        return self._take(fitted)

    def alive_probability(self, customers: pd.DataFrame) -> pd.Series:
        """Return the probability that each customer still buys, in [0, 1]."""
        return self._answer("alive_probability", customers, self._alive)

    def expected_purchases(self, customers: pd.DataFrame, horizon_days: float) -> pd.Series:
        """Return expected purchases in the `horizon_days` to come; fractions of a day count."""
        horizon = check_horizon(horizon_days)
        return self._answer(
            "expected_purchases",
            customers,
            lambda histories: self._expected(histories, 0.0, horizon),
        )

    def expected_discounted_purchases(
        self,
        customers: pd.DataFrame,
        annual_discount_rate: float,
        horizon_days: float | None = None,
    ) -> pd.Series:
        """Return each customer's expected future purchases, discounted to today.

        The discount is continuous, at ln(1 + annual_discount_rate) / 365 per day, from the moment
        of each purchase.

        Args:
            customers: Table with the columns of `fit`.
            annual_discount_rate: Discount rate per year, as a fraction, at least 0.
            horizon_days: Length of the horizon in days. None sets no limit and needs a rate above
                0.

        Raises:
            ValueError: The rate is negative, or 0 without a horizon.
        """
        rate, horizon = check_discount(annual_discount_rate, horizon_days)
        return self._answer(
            "expected_discounted_purchases",
            customers,
            lambda histories: self._expected(histories, rate, horizon),
        )

    def purchase_probabilities(
        self, customers: pd.DataFrame, n: int, horizon_days: float
    ) -> pd.Series:
        """Return the probability that each customer buys exactly `n` times in `horizon_days`."""
        count = check_integer(n, "n", minimum=0)
        horizon = check_horizon(horizon_days)

        def probability(histories: Histories) -> Floats:
            theta, alive = self._theta(histories), self._alive(histories)
            histories.time.check_plan(horizon)
            ahead = histories.time.until(horizon)
            bought = alive * self._probability_if_alive(theta, histories, count, ahead)
            return bought + (1 - alive if count == 0 else 0)

        return self._answer("purchase_probability", customers, probability)

    def new_customer_purchases(self, horizon_days: float) -> float:
        """Return a new customer's expected repeat purchases in the `horizon_days` after the first.

        With a clock, the customer first buys on the last day of the fit.

        Raises:
            ValueError: The model has covariates, so new customers differ. Call `expected_purchases`
                with a table in which `repeat_count`, `recency_days` and `tenure_days` are 0.
        """
        self._check_no_covariates("new_customer_purchases")
        return self.new_customer_curve([horizon_days])[0]

    def new_customer_curve(self, horizons_days: Iterable[float]) -> list[float]:
        """`new_customer_purchases` for each of many horizons."""
        self._check_no_covariates("new_customer_curve")
        horizons = np.array([check_horizon(days) for days in horizons_days])
        if not len(horizons):
            return []
        newcomers = self._newcomers(len(horizons))
        return [float(expected) for expected in self._expected(newcomers, 0.0, horizons)]

    def with_plan(
        self,
        events: pd.DataFrame | None,
        *,
        until: str | dt.date | pd.Timestamp | None = None,
    ) -> Self:
        """Return the model with another plan of coming events, as `SeasonalClock.with_plan` does.

        Args:
            events: Events after the day of the fit, with names that are in the clock; None for
                none.
            until: Last day of the plan; by default the end of its last event.

        Raises:
            ValueError: The model has no clock.
            DataError: A name is not in the clock, or an event ends by the day of the fit.
        """
        check_is_fitted(self, "params_")
        clock = self._clock()
        if clock is None:
            raise ValueError(
                "with_plan takes a model on a seasonal clock, and this one has none: fit "
                f"{type(self).__name__}(clock=SeasonalClock(events=...).fit(orders, as_of=...))"
            )
        planned = copy.copy(self)
        planned.clock_ = clock.with_plan(events, until=until)
        return planned

    def simulate(
        self,
        n_customers: int,
        horizon_days: npt.ArrayLike,
        random_state: int | np.random.Generator = 0,
    ) -> pd.DataFrame:
        """Simulate customers who behave as the model says.

        Args:
            n_customers: Number of customers.
            horizon_days: Number of days that each customer is observed after the first purchase:
                one number, or one per customer. With a clock the days end on the last day of its
                fit.
            random_state: Seed or generator of the random numbers.

        Returns:
            Table indexed by `customer_id` with `repeat_count, recency_days, tenure_days`
            (fractional days) and the unobservable truth `alive`: whether the customer has not left.

        Raises:
            ValueError: The model has covariates, or horizons are not above 0 and one per customer.
        """
        self._check_no_covariates("simulate")
        n = check_integer(n_customers, "n_customers", minimum=1)
        random = np.random.default_rng(check_random_state(random_state))
        return simulated_customers(n, horizon_days, random, self._draw_histories, self._time())

    def add_to(
        self,
        customers: pd.DataFrame,
        horizon_days: float = 365,
        quantiles: Iterable[float] | None = None,
    ) -> pd.DataFrame:
        """Return the same rows with `alive_probability` and `expected_purchases` added.

        With `quantiles` also the columns of `purchase_quantiles`, such as `purchases_p10` for 0.1.
        """
        columns = {
            "alive_probability": self.alive_probability(customers),
            "expected_purchases": self.expected_purchases(customers, horizon_days),
        }
        if quantiles is not None:
            columns |= {
                str(name): column
                for name, column in self.purchase_quantiles(
                    customers, horizon_days, quantiles
                ).items()
            }
        return customers.assign(**{name: values.to_numpy() for name, values in columns.items()})

    def to_sql(
        self,
        dialect: str = "duckdb",
        table: str = "customers",
        *,
        horizon_days: float | None = 365,
        lookup: str | None = None,
    ) -> str:
        """Return a SQL query that computes the columns of `add_to` in the database.

        BG/NBD and MBG/NBD have a formula for the alive probability, and Pareto/NBD has one for the
        purchases of alive customers. The other quantity is an integral, so the query looks it up in
        a table from `sql_lookup`. With covariates or a clock both are looked up.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id`, `repeat_count`, `recency_days`, `tenure_days`
                and the covariates, one row per customer, with its schema where needed, as in
                `"shop.customers"`.
            horizon_days: Length of the horizon in days. None leaves `expected_purchases` out, so
                that BG/NBD and MBG/NBD need no lookup.
            lookup: Name of the database table with the result of `sql_lookup`. None if no lookup is
                needed.

        Returns:
            A query that returns `customer_id`, `alive_probability` and `expected_purchases`. They
            are NULL for customers who never ordered and for histories for which `add_to` raises an
            error. Looked-up values are also NULL for histories, or a horizon, that are not in the
            lookup table.

        Raises:
            ValueError: A lookup is needed but not named, the dialect is unknown, or a name is not
                valid.
            MissingDependencyError: sqlglot is not installed.
        """
        from cemkit.clv.sql_outlook import purchase_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self, "params_")
        horizon = None if horizon_days is None else check_horizon(horizon_days)
        return purchase_query(self, table, horizon, lookup).sql(dialect)

    def sql_lookup(self, customers: pd.DataFrame, horizon_days: float | None = 365) -> pd.DataFrame:
        """Return the lookup table of `to_sql`, with one row per distinct purchase history.

        Args:
            customers: Customer table with `repeat_count, recency_days, tenure_days` and the
                covariates. The distinct rows of a large table suffice. With a clock also
                `last_order_date`, from which the day of the table follows; without it the day is
                that of the clock.
            horizon_days: Length of the horizon in days, as in `to_sql`.

        Returns:
            The key columns, `horizon_days`, and those of `alive_probability` and
            `purchases_if_alive` that have no formula. The key is `repeat_count, tenure_days` for
            BG/NBD and MBG/NBD, else `repeat_count, recency_days, tenure_days` and the covariates.
        """
        from cemkit.clv.sql_outlook import purchase_lookup  # noqa: PLC0415 - sqlglot

        check_is_fitted(self, "params_")
        horizon = None if horizon_days is None else check_horizon(horizon_days)
        return purchase_lookup(self, customers, horizon)

    def _counted(self, customers: Any, sample_weight: object) -> tuple[pd.DataFrame, pd.Series]:
        """The different rows of what the fit reads of a table elsewhere, and their weights."""
        columns = [*COLUMNS, *(() if self.covariates is None else self.covariates)]
        if self.clock is not None and "last_order_date" in table_columns(customers, "customers"):
            columns.append("last_order_date")  # by which the clock knows the day of the table
        return counted_customers(customers, columns, sample_weight)

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self, "params_")
        added = ScoreColumns.of_numbers(COLUMNS, ["alive_probability", "expected_purchases"])
        return added.reading(self._covariates.reads())

    @abstractmethod
    def to_lifetimes(self) -> Any:
        """The same model as a fitter of the lifetimes package, in days."""

    @abstractmethod
    def _rows(self, theta: Sequence[Floats], histories: Histories) -> RowDerivatives:
        """Log-likelihood of each history, with derivatives in the log-parameters."""

    @abstractmethod
    def _draw_histories(
        self, random: np.random.Generator, T: Floats
    ) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Repeat purchases, age at the last one, and who is alive, of new customers seen for T.

        Ages and T are in the model's time.
        """

    @abstractmethod
    def _draw_future(
        self, random: np.random.Generator, histories: Histories, alive: Floats, length: Floats
    ) -> Purchases:
        """Purchases within `length` of one customer per history, alive with these probabilities."""

    def _refits(self, histories: Histories, draws: Floats) -> list[Self]:
        """Fits to these histories under other counts, one set of counts per row of `draws`."""
        scaled, scale = self._scaled(histories)
        start = np.clip(self._point(scale), *EDGE)
        at_starts = self._derivatives_of_draws(scaled, start, draws)
        refits = []
        for counts, at_start in zip(draws, at_starts, strict=True):
            drawn = scaled.reweighted(counts)
            best = maximize(
                self._derivatives(drawn), start, at_start=at_start, last_step=REFIT_STEP
            )
            refit = clone(self)
            refit._covariates, refit.clock_ = self._covariates, getattr(self, "clock_", None)
            refit._set_from(best, drawn, scale)
            refits.append(refit)
        return refits

    def _scaled(self, histories: Histories) -> tuple[Histories, Scale]:
        """In units of the longest tenure and of how far covariates lie from their means."""
        longest = float(histories.T.max())
        scale, origin, spread = self._scale(histories.covariates, histories.counts, longest)
        return histories.scaled(longest, origin, spread), scale

    def _set_from(self, best: Maximum, histories: Histories, scale: Scale) -> None:
        # A density per day of each repeat purchase, where the fit had one per unit of alpha.
        units = scale.units
        repeats = float(histories.counts @ histories.x)
        log_likelihood = best.log_likelihood - repeats * float(np.log(units["alpha"]))
        n = float(histories.counts.sum())
        self._set_estimates(
            best, list(units.index), units.to_numpy(), log_likelihood, n, shift=scale.shift
        )

    def _point(self, scale: Scale) -> Floats:
        """The coordinates of the fit at the parameters."""
        values = self.params_[scale.units.index] / scale.units
        positive = values.index.isin(self.parameter_names)
        logs = np.where(positive, np.log(values.where(positive, 1.0)), values)
        return np.asarray(np.linalg.solve(scale.shift, logs), dtype=np.float64)

    def _warm_start(self, histories: Histories, names: Iterable[str]) -> Floats:
        """The fit to a sample, where there are many more customers than it takes to start."""
        guess = self._first_guess(histories, names)
        share = SAMPLE / histories.counts.sum()
        sample = histories.reweighted(thinned(histories.counts, min(1.0, share)))
        if share > 0.25 or not sample.x.any():
            return guess
        return maximize(self._derivatives(sample), guess, tolerance=1e-3).point

    def _first_guess(self, histories: Histories, names: Iterable[str]) -> Floats:
        guess = dict(zip(self.parameter_names, np.log(self.start), strict=True))
        purchases = histories.counts @ histories.x
        guess["alpha"] += np.log(histories.counts @ histories.T / purchases)
        return np.array([guess.get(name, 0.0) for name in names])

    def _derivatives(self, histories: Histories) -> Callable[[Floats], Derivatives]:
        """The log-likelihood of these customers as a function of the coordinates of the fit."""
        rows_at, counts = self._rows_at(histories), histories.counts
        return lambda point: in_chunks(
            lambda part: total_derivatives(*rows_at(point, part), counts[part]),
            n_rows=len(counts),
            size=CHUNK,
        )

    def _derivatives_of_draws(
        self, histories: Histories, point: Floats, draws: Floats
    ) -> list[Derivatives]:
        """The same under many counts at one point: each history is computed once for all."""
        rows_at = self._rows_at(histories)
        parts = []
        for part in slices(len(histories.x)):
            rows, designs = rows_at(point, part)
            parts.append([total_derivatives(rows, designs, counts[part]) for counts in draws])
        return [functools.reduce(add_derivatives, of_draw) for of_draw in zip(*parts, strict=True)]

    def _rows_at(
        self, histories: Histories
    ) -> Callable[[Floats, slice], tuple[RowDerivatives, list[Floats]]]:
        designs = design_matrices(
            self.parameter_names, self.covariate_effects, histories.covariates
        )
        ends = np.cumsum([design.shape[1] for design in designs])[:-1]

        def rows_at(point: Floats, part: slice) -> tuple[RowDerivatives, list[Floats]]:
            here = [design[part] for design in designs]
            logs = [
                design @ block if len(block) > 1 else block[0]
                for design, block in zip(here, np.split(point, ends), strict=True)
            ]
            return self._rows([np.exp(value) for value in logs], histories.take(part)), here

        return rows_at

    def _further_state(self) -> dict[str, Any]:
        clock, automatic = self._clock(), isinstance(self.clock, str)
        if clock is None and not automatic:
            return {"clock": None}
        fitted = None if clock is None else clock.to_json()
        return {"clock": {"automatic": automatic, "fitted": fitted}}

    def _set_further_state(self, state: dict[str, Any]) -> None:
        saved = state["clock"] or {"automatic": False, "fitted": None}
        known = saved["fitted"] is not None
        self.clock_ = SeasonalClock.from_json(saved["fitted"]) if known else None
        self.clock = "auto" if saved["automatic"] else self.clock_
        self.clock_choice_ = None
