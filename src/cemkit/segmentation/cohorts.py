"""cohort_table: what became of the customers who first bought in the same period."""

import dataclasses
import datetime as dt
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from cemkit.checks import check_as_of, check_choice, check_fraction
from cemkit.data.reductions.cohorts import cohort_purchases
from cemkit.errors import DataError
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result

Period = Literal["week", "month", "quarter", "year"]
Measure = Literal["retention", "repeat", "amount"]
PERIODS = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CohortTable(Result):
    """Retention, repeat purchases or amounts of cohorts by age, from `cohort_table`.

    Attributes:
        measure: Measure followed: `"retention"`, `"repeat"` or `"amount"`.
        period: Length of a period.
        as_of: Last day seen.
        customers: Number of customers in all cohorts.
        left_out: Number of customers whose first period is not over yet. They have no row.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per cohort and fully observed age: `cohort` (a pandas Period), `age` in
            periods, `customers` of the cohort, the `count` of them who bought, and `value` with
            `lower, upper`. Ages not fully observed have no row.

    Examples:
        >>> from cemkit import load_cdnow
        >>> cohorts = cohort_table(load_cdnow(), as_of="1998-06-30")
        >>> cohorts.average()["value"].loc[[1, 6, 12]].round(3).to_dict()
        {1: 0.1, 6: 0.1, 12: 0.1}
    """

    _pictures = ("segmentation.cohort_table", "segmentation.retention_curves")

    measure: str
    period: str
    as_of: str
    customers: int
    left_out: int
    confidence_level: float
    table: pd.DataFrame

    def triangle(self, column: str = "value") -> pd.DataFrame:
        """Return one row per cohort and one column per age; cells not observed yet are missing.

        Args:
            column: Column of the table to show: `value`, `count`, `lower` or `upper`.
        """
        return self.table.pivot(index="cohort", columns="age", values=column)

    def average(self) -> pd.DataFrame:
        """Return the mean over cohorts at each age, each cohort weighted by its size.

        Returns:
            One row per `age`: the numbers of `cohorts` and `customers` observed at that age, and
            `value`. For rates also its `lower, upper`.
        """
        weighted = self.table.assign(total=self.table["value"] * self.table["customers"])
        sums = weighted.groupby("age").agg(
            cohorts=("cohort", "size"),
            customers=("customers", "sum"),
            count=("count", "sum"),
            total=("total", "sum"),
        )
        sums["value"] = sums.pop("total") / sums["customers"]
        if self.measure == "amount":
            return sums.drop(columns="count")
        return sums.assign(**_wilson(sums["count"], sums["customers"], self.confidence_level))

    def second_value(self) -> float | None:
        """Return the average one period after the first; None if no cohort is old enough."""
        average = self.average()["value"]
        return float(average.loc[1]) if 1 in average.index else None


def cohort_table(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    period: Period = "month",
    measure: Measure = "retention",
    *,
    confidence_level: float = 0.95,
) -> CohortTable:
    """Follow cohorts of customers who first bought in the same period.

    Args:
        orders: Order table with `customer_id, order_date, amount` on any engine.
        as_of: Last day seen. A period that is not over by then is not observed.
        period: Length of a period. Weeks begin on Monday.
        measure: Measure to follow, period by period. `"retention"` is the share of the cohort with
            a purchase in the period (1 at age 0). `"repeat"` is the share of the cohort who bought
            on a second day by the end of the period, which never falls. `"amount"` is the net
            amount of the period per customer of the cohort.
        confidence_level: Confidence level of the intervals, as a fraction: Wilson intervals for
            shares, Student's t intervals for amounts (missing for a cohort of one customer).

    Returns:
        A `CohortTable`, whose table has one row per cohort and fully observed age.

    Raises:
        MissingColumnsError: `orders` lacks a column.
        DataError: There is no purchase up to `as_of`, or no period is over by then.

    References:
        Wilson (1927), Probable inference, Journal of the American Statistical Association 22.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "cat"],
        ...         "order_date": pd.to_datetime(
        ...             ["2024-01-01", "2024-02-09", "2024-01-05", "2024-02-02"]
        ...         ),
        ...         "amount": [20.0, 30.0, 5.0, 8.0],
        ...     }
        ... )
        >>> cohort_table(orders, as_of="2024-03-31").triangle()
        age        0    1    2
        cohort
        2024-01  1.0  0.5  0.0
        2024-02  1.0  0.0  NaN
    """
    check_choice(period, "period", list(PERIODS))
    check_choice(measure, "measure", ["retention", "repeat", "amount"])
    check_fraction(confidence_level, "confidence_level")
    end = check_as_of(as_of)
    sizes, sums = cohort_purchases(orders, end, period, measure)
    if sizes.empty:
        raise DataError(
            f"need at least 1 purchase up to as_of={end:%Y-%m-%d}, got 0; choose a later as_of"
        )
    last = pd.Period(end + pd.Timedelta(days=1), freq=PERIODS[period]).ordinal - 1
    whole = sizes[sizes.index <= last]
    if whole.empty:
        raise DataError(
            f"no {period} with a first purchase is over by as_of={end:%Y-%m-%d}; choose a later "
            "as_of or a shorter period"
        )
    cells = _observed_cells(whole, sums, last)
    table = _measured(cells, measure, confidence_level)
    periods = [pd.Period(ordinal=number, freq=PERIODS[period]) for number in table["cohort"]]
    table["cohort"] = pd.Series(periods, index=table.index)
    return CohortTable(
        measure=measure,
        period=period,
        as_of=f"{end:%Y-%m-%d}",
        customers=int(whole.sum()),
        left_out=int(sizes.sum() - whole.sum()),
        confidence_level=confidence_level,
        table=table,
    )


def _observed_cells(sizes: pd.Series, sums: pd.DataFrame, last: int) -> pd.DataFrame:
    """Every cohort at every age that is over, with zeros where nobody did anything."""
    cohorts = sizes.index.to_numpy()
    ages = last - cohorts + 1
    cells = pd.DataFrame(
        {
            "cohort": np.repeat(cohorts, ages),
            "age": np.concatenate([np.arange(count) for count in ages]),
            "customers": np.repeat(sizes.to_numpy(), ages),
        }
    )
    cells["period"] = cells["cohort"] + cells["age"]
    return cells.merge(sums, how="left", on=["cohort", "period"]).fillna(0.0)


def _measured(cells: pd.DataFrame, measure: str, confidence_level: float) -> pd.DataFrame:
    count = cells["count"]
    if measure == "repeat":
        count = cells.groupby("cohort")["count"].cumsum()
    table = cells[["cohort", "age", "customers"]].assign(count=count.astype("int64"))
    if measure != "amount":
        rate = table["count"] / table["customers"]
        return table.assign(
            value=rate, **_wilson(table["count"], table["customers"], confidence_level)
        )
    size = cells["customers"]
    mean = cells["amount"] / size
    variance = (cells["amount_squared"] - size * mean**2).clip(lower=0) / (size - 1).where(size > 1)
    half = stdtrit(size - 1, (1 + confidence_level) / 2) * np.sqrt(variance / size)
    return table.assign(value=mean, lower=mean - half, upper=mean + half)


def _wilson(count: pd.Series, size: pd.Series, confidence_level: float) -> dict[str, pd.Series]:
    counts, sizes = count.to_numpy(dtype=float), size.to_numpy(dtype=float)
    lower, upper = rate_bounds(counts, sizes, critical_value(confidence_level))
    return {"lower": pd.Series(lower, count.index), "upper": pd.Series(upper, count.index)}
