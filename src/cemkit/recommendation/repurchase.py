"""RepurchaseCycle: how long each customer takes to buy again, and who is overdue."""

import copy
import dataclasses
import datetime as dt
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import gammaln, psi
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    Customers,
    check_as_of,
    check_columns,
    check_fraction,
    check_frame,
    check_integer,
    check_same_ids,
    customer_ids,
    local_days,
)
from cemkit.checks.options import shown
from cemkit.data.days import dates_of, day_of
from cemkit.data.reductions.gaps import purchase_gaps
from cemkit.described import Described
from cemkit.errors import ConvergenceError, DataError, NotEnoughDataError
from cemkit.formats import count_text, moment_text
from cemkit.pictures import Drawn
from cemkit.storage.fields import flag, integer, labels, many, number, optional, record, text
from cemkit.storage.text import Layout, from_text, to_text

LAST_DATE = day_of(dt.date(2261, 12, 31))
PARAMETERS = ["shape", "r", "alpha"]
LARGEST_ALPHA = 1e150  # days to the power of the shape
BOUNDS = [(-3.0, 3.0), (-6.0, 8.0), (-12.0, 12.0)]  # of the logarithms of shape, r, alpha / r
OVERALL = "(all)"
LARGEST_COUNT = 2**53
ROUNDING = np.array([-1e-9, 1e-9])
LAYOUT = Layout(
    1,
    {
        "parameters": record(
            {"by": optional(text), "min_gaps": integer(10), "confidence_level": number(0, 1)}
        ),
        "params": record(
            {
                "group": labels("groups", least=1),
                "shape": many(number(*np.exp(np.array(BOUNDS[0]) + ROUNDING)), "groups"),
                "r": many(number(*np.exp(np.array(BOUNDS[1]) + ROUNDING)), "groups"),
                "alpha": many(number(above=0, maximum=LARGEST_ALPHA), "groups"),
                "gap_count": many(integer(0, LARGEST_COUNT), "groups"),
                "customers": many(integer(1, LARGEST_COUNT), "groups"),
                "own": many(flag, "groups"),
            }
        ),
    },
)


class RepurchaseCycle(Drawn, Described):
    """Repurchase cycle of each customer, with partial pooling towards everyone or a group.

    A gap between purchases is longer than t with probability exp(-l t^shape) (Weibull), and l is
    Gamma(r, alpha) distributed across customers. For a customer with n gaps t_j whose last purchase
    was c days before `as_of`, the posterior of l is Gamma(R, A) with R = r + n and A = alpha +
    sum(t_j^shape) + c^shape. The open gap enters as censored, and a customer with few gaps stays
    close to the group. So

        P(gap > t) = (A / (A + t^shape))^R.

    The parameters maximise the likelihood of all gaps, open ones included.

    Args:
        by: Column that separates cycles, such as `"product"` or `"segment"`: one cycle per customer
            and value, pooled within the value. None for one cycle per customer.
        min_gaps: Smallest number of gaps for a value of `by` to have its own parameters. Values
            with fewer use the parameters of all together.
        confidence_level: Confidence level of the interval of the due date, as a fraction.

    Attributes:
        params_: One row per value of `by` (`"(all)"` if None): `shape, r, alpha` (in days),
            `gap_count`, `customers`, and `own`, whether the parameters are its own.
        cycles_: Result of `predict` for the orders of the fit.
        as_of_: Day of the fit.

    References:
        Morrison, Schmittlein (1980), Jobs, strikes, and wars: probability models for duration,
        Organizational Behavior and Human Performance 25.

    Examples:
        >>> from cemkit import load_cdnow
        >>> model = RepurchaseCycle().fit(load_cdnow("sample"), as_of="1997-09-30")
        >>> model.cycles_.loc[[4], ["gap_count", "cycle_days", "overdue"]].round(1)
                     gap_count  cycle_days  overdue
        customer_id
        4                    2       125.1    False
    """

    _pictures = ("recommendation.repurchase_cycles",)

    def __init__(
        self, *, by: str | None = None, min_gaps: int = 50, confidence_level: float = 0.8
    ) -> None:
        self.by = by
        self.min_gaps = min_gaps
        self.confidence_level = confidence_level

    def fit(self, orders: Any, y: None = None, *, as_of: str | dt.date | pd.Timestamp) -> Self:
        """Estimate the parameters.

        Args:
            orders: Order table with `customer_id, order_date, amount` and the column of `by`, on
                any engine.
            y: Not used.
            as_of: Last day seen. Later orders are left out.

        Returns:
            The fitted model itself.

        Raises:
            MissingColumnsError: A column is missing.
            NotEnoughDataError: There are fewer than `min_gaps` gaps in all.
            ConvergenceError: No maximum of the likelihood was found.
        """
        self._check_parameters()
        day = check_as_of(as_of)
        spells = _Spells.of(orders, day, self.by)
        if len(spells.gaps) < self.min_gaps:
            raise NotEnoughDataError(
                "gaps between purchases",
                have=len(spells.gaps),
                need=self.min_gaps,
                hint="take a longer time, or lower min_gaps",
            )
        fitted = copy.copy(self)
        fitted.params_ = self._parameters(spells)
        fitted.cycles_, fitted.as_of_ = fitted._predicted(spells), day
        self.__dict__.update(fitted.__dict__)  # at once: an interrupted fit changes nothing
        return self

    def predict(self, orders: Any, as_of: str | dt.date | pd.Timestamp) -> pd.DataFrame:
        """Return the cycles of the customers in `orders`, as of a day.

        Returns:
            One row per customer (and value of `by`), sorted by the index:

            - `last_order_date`, `gap_count`.
            - `cycle_days`: median days between purchases.
            - `due_date` with `due_lower, due_upper`. It is predicted on the day of the last
              purchase and does not move while the customer stays away. Dates after the year 2261
              are missing.
            - `overdue`: whether `as_of` is after `due_upper`.
            - `next_purchase_days`: median days from `as_of` to the next purchase, given the time
              since the last one.

        Raises:
            DataError: A value of `by` was not in the fit.
        """
        check_is_fitted(self)
        return self._predicted(_Spells.of(orders, check_as_of(as_of), self.by))

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the table with `cycle_days, due_date, overdue` added, by `customer_id` (and `by`).

        The values are those of the day of the fit. They are missing for customers who never
        ordered.

        Raises:
            DataError: A row has no purchase in the fit, or another `last_order_date`, so the table
                is of another day. Join the result of `predict` for that day instead.
        """
        self._check_knows_cycles()
        rows = Customers.of(check_frame(customers, "customers"), once=self.by is None)
        added = self._cycles_of(rows.table)
        return rows.added(added[["cycle_days", "due_date", "overdue"]])

    def _facts(self) -> dict[str, Any]:
        fit = {}
        if hasattr(self, "cycles_"):  # a model read from JSON has none
            customers = self.cycles_.index.get_level_values("customer_id").nunique()
            fit = {"as_of": moment_text(self.as_of_), "customers": customers}
        return {
            **fit,
            "gaps": int(self.params_["gap_count"].sum()),
            "groups": len(self.params_),
            "groups_with_own_parameters": int(self.params_["own"].sum()),
            "table": self.params_,
        }

    def _cycles_of(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The cycle of each row."""
        wanted: pd.Index = customer_ids(customers, "customers")
        known = self.cycles_.index.get_level_values("customer_id")
        check_same_ids(wanted, known, "customers", "the fit")
        if self.by is not None:
            check_columns(customers.columns, [self.by])
            if any(isinstance(value, tuple) for value in customers[self.by]):
                raise DataError(f"{self.by} holds tuples; it must hold text or numbers")
            try:
                wanted = pd.MultiIndex.from_arrays([wanted, customers[self.by]])
            except TypeError as error:
                raise DataError(f"{self.by} must hold text or numbers: {error}") from error
        rows = self.cycles_.index.get_indexer(wanted)
        if (rows < 0).any():
            raise DataError(
                f"{count_text(int((rows < 0).sum()), 'rows have')} no purchase in the fit, the "
                f"first {wanted[rows < 0].tolist()[0]!r}; they have no cycle yet"
            )
        cycles: pd.DataFrame = self.cycles_.iloc[rows]
        if self.by is None and "last_order_date" in customers:
            _check_same_day(customers["last_order_date"], cycles["last_order_date"])
        return cycles

    def buying_probability(
        self, orders: Any, as_of: str | dt.date | pd.Timestamp, window_days: int
    ) -> pd.Series:
        """Return the probability of a purchase in the `window_days` after `as_of`, by customer."""
        check_is_fitted(self)
        days = check_integer(window_days, "window_days", minimum=1)
        spells = _Spells.of(orders, check_as_of(as_of), self.by)
        stays = self._posterior(spells).after(spells.away).staying_away(spells.away, days)
        return pd.Series(1 - stays, index=spells.index(), name="buying_probability")

    def to_json(self) -> str:
        """Return the parameters as JSON text, enough to `predict`, without the cycles.

        Raises:
            TypeError: The values of `by` are neither numbers nor text.
            DataError: A number in it is infinite or too large to save.
        """
        check_is_fitted(self)
        params = self.params_.reset_index(names="group").to_dict("list")
        return to_text(self, LAYOUT, {"parameters": self.get_params(), "params": params})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return a model that can `predict`, from the text of `to_json`.

        Raises:
            DataError: The text is not a saved RepurchaseCycle, or is damaged.
        """
        with from_text(cls, text, LAYOUT) as state:
            model = cls(**state["parameters"])
            model._check_parameters()
            if model.by is None and state["params"]["group"] != [OVERALL]:
                raise DataError(f"it has the groups {state['params']['group']!r}, and by is null")
        model.params_ = pd.DataFrame(state["params"]).set_index("group").rename_axis(model.by)
        return model

    def _check_knows_cycles(self) -> None:
        message = "this %(name)s knows no customers' cycles: fit it, or use predict"
        check_is_fitted(self, "cycles_", msg=message)

    def _pictured(self, options: dict[str, Any]) -> tuple[Any, ...]:
        self._check_knows_cycles()
        return self.cycles_, self.as_of_

    def _check_parameters(self) -> None:
        check_fraction(self.confidence_level, "confidence_level")
        check_integer(self.min_gaps, "min_gaps", minimum=10)
        if not isinstance(self.by, str | None):
            raise TypeError(f"by must name one column, or be None, not {shown(self.by)}")

    def _parameters(self, spells: "_Spells") -> pd.DataFrame:
        overall = _fitted(spells)
        rows = {}
        for name, group in spells.groups().items():
            own = len(group.gaps) >= self.min_gaps
            shape, r, alpha = _fitted(group) if own and self.by else overall
            rows[name] = {"shape": shape, "r": r, "alpha": alpha, "gap_count": len(group.gaps)}
            rows[name] |= {"customers": len(group.table), "own": own}
        params = pd.DataFrame.from_dict(rows, orient="index")
        return params.rename_axis(self.by)

    def _posterior(self, spells: "_Spells") -> "_Posterior":
        names = spells.group_names()
        rows = self.params_.index.get_indexer(names)
        if (rows < 0).any():
            unknown = names[int(np.argmax(rows < 0))]
            raise DataError(f"{self.by} {unknown!r} was not in the fit; fit again with it")
        shape, r, alpha = self.params_[PARAMETERS].to_numpy(dtype=np.float64)[rows].T
        lasted = np.repeat(shape, spells.count)
        gone = spells.sums(spells.gaps**lasted)
        return _Posterior(shape, r + spells.count, alpha + gone)

    def _predicted(self, spells: "_Spells") -> pd.DataFrame:
        then = self._posterior(spells)
        now = then.after(spells.away)
        tail = (1 - self.confidence_level) / 2
        lower, due, upper = (then.quantile(q) for q in (tail, 0.5, 1 - tail))
        last = spells.table["last_day"].to_numpy()
        columns = {
            "last_order_date": _dates(last),
            "gap_count": spells.count,
            "cycle_days": now.quantile(0.5),
            "due_date": _dates(last + due),
            "due_lower": _dates(last + lower),
            "due_upper": _dates(last + upper),
            "overdue": last + spells.away > np.round(last + upper),
            "next_purchase_days": now.remaining_median(spells.away),
        }
        return pd.DataFrame(columns, index=spells.index())


@dataclasses.dataclass(frozen=True, slots=True)
class _Spells:
    """The gaps of each customer (and value of `by`), and the days since the last purchase."""

    table: pd.DataFrame
    gaps: npt.NDArray[np.int64]
    away: npt.NDArray[np.int64]
    count: npt.NDArray[np.int64]
    by: str | None

    @classmethod
    def of(cls, orders: Any, as_of: pd.Timestamp, by: str | None) -> "_Spells":
        table, gaps = purchase_gaps(orders, as_of, [] if by is None else [by])
        away = day_of(as_of) - table["last_day"].to_numpy()
        return cls(table, gaps, away, table["gap_count"].to_numpy(), by)

    def index(self) -> "pd.Index[Any]":
        if self.by is None:
            ids: pd.Index[Any] = pd.Index(self.table["customer_id"])
            return ids
        pairs: pd.MultiIndex = pd.MultiIndex.from_frame(self.table[["customer_id", self.by]])
        return pairs

    def group_names(self) -> "pd.Index[Any]":
        names = [OVERALL] * len(self.table) if self.by is None else self.table[self.by]
        return pd.Index(names)

    def groups(self) -> dict[Any, "_Spells"]:
        if self.by is None:
            return {OVERALL: self}
        codes, names = pd.factorize(self.table[self.by], sort=True)
        of_gaps = np.repeat(codes, self.count)
        by_row, by_gap = (np.argsort(c, kind="stable") for c in (codes, of_gaps))
        rows = np.split(by_row, np.cumsum(np.bincount(codes))[:-1])
        gaps = np.split(by_gap, np.cumsum(np.bincount(of_gaps, minlength=len(names)))[:-1])
        return {
            name: _Spells(
                self.table.iloc[row], self.gaps[gap], self.away[row], self.count[row], self.by
            )
            for name, row, gap in zip(names, rows, gaps, strict=True)
        }

    def sums(self, values: Floats) -> Floats:
        """Sums of one value per gap, for each row."""
        some = np.flatnonzero(self.count)
        sums = np.zeros(len(self.table))
        if len(some):
            starts = np.cumsum(self.count[some]) - self.count[some]
            sums[some] = np.add.reduceat(values, starts)
        return sums


@dataclasses.dataclass(frozen=True, slots=True)
class _Posterior:
    """Of each customer's rate, on the day of the last purchase."""

    shape: Floats
    r: Floats
    alpha: Floats

    def after(self, away: npt.NDArray[np.int64]) -> "_Posterior":
        """The same once the open gap has lasted `away` days."""
        return _Posterior(self.shape, self.r, self.alpha + away**self.shape)

    def quantile(self, probability: float) -> Floats:
        """Of a gap that begins anew."""
        return self._reached(np.zeros(len(self.r)), probability)

    def remaining_median(self, away: npt.NDArray[np.int64]) -> Floats:
        """Of the open gap, which has lasted `away` days."""
        return self._reached(away.astype(np.float64), 0.5) - away

    def staying_away(self, away: npt.NDArray[np.int64], days: int) -> Floats:
        """The probability that the open gap lasts further `days`."""
        longer = (away + days) ** self.shape - away**self.shape
        stays: Floats = (self.alpha / (self.alpha + longer)) ** self.r
        return stays

    def _reached(self, away: Floats, probability: float) -> Floats:
        with np.errstate(over="ignore"):  # of those hardly ever back, a gap may be endless
            factor = np.expm1(-np.log1p(-probability) / self.r)
            days: Floats = (away**self.shape + self.alpha * factor) ** (1 / self.shape)
        return days


def _fitted(spells: _Spells) -> tuple[float, float, float]:
    """Shape, r and alpha of the highest likelihood."""
    unit = float(np.median(spells.gaps))  # gaps of about 1 keep the parameters near 1
    # Lengths are whole days, and few of them differ: each power is computed once and looked up.
    lengths, place = np.unique(np.append(spells.gaps, spells.away), return_inverse=True)
    gap, away = np.split(place, [len(spells.gaps)])
    days = lengths / unit
    logs = np.log(days, out=np.zeros_like(days), where=days > 0)
    coded = dataclasses.replace(spells, gaps=gap, away=away)
    likelihood = _Likelihood(coded, days, logs, float(logs[gap].sum()))
    found = minimize(
        likelihood,
        np.zeros(3),
        jac=True,
        method="L-BFGS-B",
        bounds=BOUNDS,
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
    )
    lower, upper = np.array(BOUNDS).T
    slope = np.abs(found.jac[(found.x > lower) & (found.x < upper)])
    if not np.isfinite(found.fun) or slope.max(initial=0) > 1e-3:
        raise ConvergenceError(
            f"the cycle's likelihood found no optimum over {count_text(len(spells.gaps), 'gaps')}: "
            f"{found.message}"
        )
    shape, r, ratio = np.exp(found.x)
    return float(shape), float(r), float(r * ratio * unit**shape)


@dataclasses.dataclass(frozen=True, slots=True)
class _Likelihood:
    """Minus the mean log-likelihood, and its gradient, in the logarithms of shape, r, alpha / r."""

    spells: _Spells
    days: Floats
    logs: Floats
    log_sum: float

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        shape, r, ratio = np.exp(x)
        alpha = r * ratio
        power = self.days**shape
        total, slope = (
            self.spells.sums(table[self.spells.gaps]) + table[self.spells.away]
            for table in (power, power * self.logs)
        )
        gaps, rate, n = len(self.spells.gaps), alpha + total, self.spells.count + r
        customers = len(n)
        value = (
            (gammaln(n) - n * np.log(rate)).sum()
            + customers * (r * np.log(alpha) - gammaln(r))
            + gaps * x[0]
            + (shape - 1) * self.log_sum
        )
        weight = n / rate
        by_alpha = customers * r - alpha * weight.sum()
        by_r = r * ((psi(n) - np.log(rate)).sum() + customers * (np.log(alpha) - psi(r)))
        by_shape = gaps + shape * (self.log_sum - weight @ slope)
        gradient = np.array([by_shape, by_r + by_alpha, by_alpha])
        return -value / customers, -gradient / customers


def _check_same_day(given: pd.Series, known: pd.Series) -> None:
    """Raise where the last orders of a table are not those of the fit."""
    differs = local_days(given, "last_order_date") != local_days(known, "last_order_date")
    if differs.any():
        raise DataError(
            f"{count_text(int(differs.sum()), 'customers have')} a last_order_date that differs "
            f"from the fit's (the first is {given.index[differs].tolist()[0]!r}), so the table is "
            "of another day; take the cycles of that day from predict(orders, as_of), and join them"
        )


def _dates(days: npt.NDArray[Any]) -> npt.NDArray[np.datetime64]:
    return dates_of(np.where(days > LAST_DATE, np.nan, np.round(days)))
