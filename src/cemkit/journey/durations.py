"""step_times: how long customers take from each step to the next, those still waiting included."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of, check_fraction, check_list
from cemkit.data.days import day_of
from cemkit.data.reductions.chains import FAR, customer_chains
from cemkit.data.reductions.journeys import DAY, without_time
from cemkit.errors import DataError
from cemkit.journey.funnels import check_steps
from cemkit.journey.groups import check_groups, check_split
from cemkit.journey.survival import WaitingCurve, log_rank_test, waiting_curve
from cemkit.journey.ties import warn_of_ties
from cemkit.proportions.corrections import adjust_p_values
from cemkit.results import Result

NAMES = (
    *("step", "next_step", "number", "customers", "reached", "censored", "quantile", "days"),
    *("lower", "upper", "waiting"),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StepTimes(Result):
    """Times between the steps of a journey, from `step_times`.

    Attributes:
        steps: The steps in their order.
        by: The columns that split the customers.
        customers: Customers who did the first step.
        as_of: Last day seen; customers who have not gone on by then are still waiting.
        undated: Events of the steps without a time, which are left out.
        later: Events of the steps after `as_of`, which are left out.
        ties: Events at the same time as another of the same customer; they count in the order of
            the steps, with no time between them.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per group, pair of steps and quantile: the columns of `by`, `step,
            next_step`, `customers` who came to `step`, `reached` the next one, `censored` (still
            waiting), `quantile`, `days` by which that share has gone on, with `lower, upper`. What
            was not seen is missing, never extrapolated.
        tests: One row per pair of steps where there are several groups: `step, next_step`,
            `chi_squared, p_value, p_value_adjusted` (Holm) of the log-rank test that the groups
            take equally long.
        curve: One row per group, pair of steps and time: `days, waiting` (the share that still
            waits) with `lower, upper`.
        waits: One row per customer and pair of steps, index `customer_id`: the columns of `by`,
            `step, next_step, days`, `reached` (False: still waiting).

    Examples:
        >>> from cemkit.data import simulate_events
        >>> events = simulate_events(2000).table
        >>> times = step_times(events, ["visit", "view"], as_of="2023-04-30", quantiles=[0.5])
        >>> times.table[["customers", "reached", "censored"]].to_dict("list")
        {'customers': [2000], 'reached': [1225], 'censored': [775]}
    """

    _pictures = ("journey.step_times",)

    steps: tuple[Any, ...]
    by: tuple[str, ...]
    customers: int
    as_of: str
    undated: int
    later: int
    ties: int
    confidence_level: float
    table: pd.DataFrame
    tests: pd.DataFrame
    curve: pd.DataFrame
    waits: pd.DataFrame

    def slow(self, share: float = 0.9) -> pd.DataFrame:
        """Return the customers who have waited longer than most of those who went on.

        Args:
            share: Share of the customers who went on. Customers who still wait after the time by
                which this share had gone on are slow.

        Returns:
            Rows of `waits` of customers who are still waiting, the longest wait first. A table of
            customers that triggers and actions take.

        Examples:
            >>> from cemkit.data import simulate_events
            >>> events = simulate_events(2000).table
            >>> len(step_times(events, ["visit", "view"], as_of="2023-04-30").slow())
            775
        """
        check_fraction(share, "share")
        went_on = self.waits[self.waits["reached"]]
        usual = went_on.groupby(["step", "next_step"])["days"].quantile(share).rename("usual")
        waiting = self.waits[~self.waits["reached"]]
        waiting = waiting.join(usual, on=["step", "next_step"])
        slow = waiting[waiting["days"] > waiting["usual"]].drop(columns="usual")
        return slow.sort_values("days", ascending=False, kind="stable")


def step_times(
    events: Any,
    steps: Sequence[Any],
    as_of: str | dt.date | pd.Timestamp,
    *,
    by: str | Sequence[str] = (),
    people: pd.DataFrame | None = None,
    quantiles: Sequence[float] = (0.5, 0.9),
    confidence_level: float = 0.95,
) -> StepTimes:
    """Measure how long customers take from each step to the next.

    The time of a step runs from a customer's first time at the step to the first time at the next
    one after it. Customers who have not gone on by `as_of` are still waiting (censored). Counting
    only those who went on would underestimate every time, so the quantiles come from the
    Kaplan-Meier curve, which uses both. With `["signup", "cancel"]` it is the time until leaving.

    Args:
        events: Event table with `customer_id, event, event_time` and the columns of `by`, on any
            engine.
        steps: Names of at least two events in their order.
        as_of: Last day seen. Later events are left out and counted.
        by: Columns of the events (or of `people`) that split the customers, with their values at
            the first start.
        people: Table of customers with the columns of `by`, one row each.
        quantiles: Shares of the customers; `0.5` is the median.
        confidence_level: Confidence level of the intervals (log-log bounds of the curve).

    Returns:
        A `StepTimes`.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A step never occurs, or nobody did the first step by `as_of`.
        ValueError: There are fewer than two steps, or a quantile is not a fraction.

    References:
        Kaplan, Meier (1958), Nonparametric estimation from incomplete observations, Journal of the
            American Statistical Association 53. Brookmeyer, Crowley (1982), A confidence interval
            for the median survival time, Biometrics 38.

    Examples:
        >>> events = pd.DataFrame(
        ...     {
        ...         "customer_id": ["ann", "ann", "bob", "bob", "cat"],
        ...         "event": ["cart", "order", "cart", "order", "cart"],
        ...         "event_time": pd.to_datetime(
        ...             ["2024-03-01", "2024-03-03", "2024-03-01", "2024-03-06", "2024-03-02"]
        ...         ),
        ...     }
        ... )
        >>> times = step_times(events, ["cart", "order"], as_of="2024-03-31", quantiles=[0.5])
        >>> times.table["days"].tolist()
        [5.0]
    """
    end = check_as_of(as_of)
    steps = check_steps(steps)
    shares = [check_fraction(q, "each of quantiles") for q in check_list(quantiles, "quantiles")]
    if not shares:
        raise ValueError("quantiles is empty; give at least one, such as 0.5 for the median")
    check_fraction(confidence_level, "confidence_level")
    columns = check_split(by, NAMES)
    own = columns if people is None else []
    chains = customer_chains(events, steps, end, window=None, first_only=True, columns=own)
    if chains.table.empty:
        raise DataError(
            f"nobody did {steps[0]!r} by as_of={end:%Y-%m-%d}; choose a later as_of"
            f"{without_time(chains.undated)}"
        )
    customers = check_groups(chains.table, columns, people)
    warn_of_ties(chains.ties, chains.rows, "events of the steps", "the order of the steps")
    waits = _waits(customers, steps, columns, (day_of(end) + 1) * DAY)
    parts = list(_parts(waits, columns))
    curves = [
        waiting_curve(part["days"].to_numpy(), part["reached"].to_numpy(), confidence_level)
        for _, part in parts
    ]
    return StepTimes(
        steps=tuple(steps),
        by=tuple(columns),
        customers=len(customers),
        as_of=f"{end:%Y-%m-%d}",
        undated=chains.undated,
        later=chains.later,
        ties=chains.ties,
        confidence_level=confidence_level,
        table=_quantile_rows(parts, curves, columns, shares),
        tests=_tests(parts, columns),
        curve=_curve_rows(parts, curves, columns),
        waits=waits.drop(columns="number"),
    )


def _waits(customers: pd.DataFrame, steps: list[str], columns: list[Any], end: int) -> pd.DataFrame:
    """How long each customer took or has waited from each step to the next."""
    rows = []
    for number in range(1, len(steps)):
        since, until = (customers[f"reached_{k}"] for k in (number, number + 1))
        came, reached = since < FAR, until < FAR
        days = (until.where(reached, end) - since) / DAY
        rows.append(
            customers.loc[came, columns].assign(
                number=number,
                step=steps[number - 1],
                next_step=steps[number],
                days=days[came],
                reached=reached[came],
            )
        )
    return pd.concat(rows)


def _parts(waits: pd.DataFrame, columns: list[Any]) -> Any:
    """The waits of each group and pair of steps, with what they are called."""
    keys = [*columns, "number", "step", "next_step"]
    return waits.groupby(keys, sort=True, observed=True)


def _named(key: tuple[Any, ...], columns: list[Any], size: int) -> dict[Any, Any]:
    """The columns of a group and pair of steps, repeated for each row of it."""
    *groups, _, step, next_step = key
    named = dict(zip([*columns, "step", "next_step"], [*groups, step, next_step], strict=True))
    return {name: pd.Series([value] * size) for name, value in named.items()}


def _quantile_rows(
    parts: list[tuple[Any, pd.DataFrame]],
    curves: list[WaitingCurve],
    columns: list[Any],
    shares: list[float],
) -> pd.DataFrame:
    rows = []
    for (key, part), curve in zip(parts, curves, strict=True):
        reached = int(part["reached"].sum())
        bounds = np.array([curve.bounds(share) for share in shares]).reshape(-1, 2)
        rows.append(
            pd.DataFrame(
                {
                    **_named(key, columns, len(shares)),
                    "customers": len(part),
                    "reached": reached,
                    "censored": len(part) - reached,
                    "quantile": shares,
                    "days": [curve.quantile(share) for share in shares],
                    "lower": bounds[:, 0],
                    "upper": bounds[:, 1],
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def _curve_rows(
    parts: list[tuple[Any, pd.DataFrame]], curves: list[WaitingCurve], columns: list[Any]
) -> pd.DataFrame:
    rows = [
        pd.DataFrame(
            {
                **_named(key, columns, len(curve.times)),
                "days": curve.times,
                "waiting": curve.waiting,
                "lower": curve.lower,
                "upper": curve.upper,
            }
        )
        for (key, _), curve in zip(parts, curves, strict=True)
    ]
    return pd.concat(rows, ignore_index=True)


def _tests(parts: list[tuple[Any, pd.DataFrame]], columns: list[Any]) -> pd.DataFrame:
    """Whether the groups take equally long from each step to the next."""
    rows: list[dict[str, Any]] = []
    pairs: dict[tuple[Any, Any], list[pd.DataFrame]] = {}
    for (*_, step, next_step), part in parts:
        pairs.setdefault((step, next_step), []).append(part)
    for (step, next_step), groups in pairs.items():
        if len(groups) < 2 or not columns:
            continue
        times: list[Floats] = [group["days"].to_numpy() for group in groups]
        statistic, p_value = log_rank_test(times, [group["reached"].to_numpy() for group in groups])
        rows.append(
            {
                "step": step,
                "next_step": next_step,
                "chi_squared": statistic,
                "p_value": p_value,
            }
        )
    table = pd.DataFrame(rows, columns=["step", "next_step", "chi_squared", "p_value"])
    return table.assign(p_value_adjusted=adjust_p_values(table["p_value"].to_numpy(np.float64)))
