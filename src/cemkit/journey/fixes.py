"""fix_list: which touchpoint to fix, by what every source says of it."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from cemkit.checks import (
    by_customer,
    check_columns,
    check_fraction,
    check_frame,
    check_same_ids,
    finite_values,
    folded,
)
from cemkit.checks.options import check_kind, shown
from cemkit.errors import DataError
from cemkit.feedback import DriverAnalysis
from cemkit.formats import count_text
from cemkit.journey.funnels import Funnel
from cemkit.journey.maps import JourneyMap
from cemkit.results import Result

FOR, AGAINST, UNCLEAR, SILENT = "for", "against", "unclear", "silent"
VERDICTS = ("fix", "undecided", "leave")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FixList(Result):
    """Touchpoints to fix, with the evidence of each source, from `fix_list`.

    Attributes:
        sources: Number of sources given.
        to_fix: Number of touchpoints with at least one source for fixing and none against.
        disagreeing: Number of touchpoints on which sources disagree.
        value: Column with the customers' value.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per touchpoint, those to fix first:

            - `touchpoint`, `verdict` (`"fix"`, `"undecided"` or `"leave"`).
            - `drivers, journey_map, funnel`: what each source says of fixing it: `"for"`,
              `"against"`, `"unclear"` where its interval allows both, `"silent"` where it has no
              data on the touchpoint.
            - `customers` who had it, and the `amount` that they are worth together with
              `amount_lower, amount_upper`; missing where it was not given.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> from cemkit.journey import funnel
        >>> events = simulate_events(2000).table
        >>> lost = funnel(events, ["visit", "view", "cart"], as_of="2023-05-31")
        >>> fix_list(funnel=lost).table[["touchpoint", "verdict"]]
          touchpoint verdict
        0       view     fix
        1      visit   leave
    """

    _pictures = ("journey.fix_list",)

    sources: int
    to_fix: int
    disagreeing: int
    value: str
    confidence_level: float
    table: pd.DataFrame


def fix_list(
    drivers: DriverAnalysis | None = None,
    journey_map: JourneyMap | None = None,
    funnel: Funnel | None = None,
    customers: pd.DataFrame | None = None,
    *,
    value: str = "clv",
    confidence_level: float = 0.95,
) -> FixList:
    """List the touchpoints to fix, with the evidence of each source and the value at stake.

    - `drivers` are for fixing a touchpoint that is important and performs badly (`"concentrate
      here"`).
    - `journey_map` is for fixing a touchpoint whose score is significantly below that of all
      others.
    - `funnel` is for fixing the step after which the largest share of customers is lost, if its
      interval does not overlap with those of all other steps. It is against a step after which a
      smaller share is lost than after some other step, with intervals that do not overlap.

    A touchpoint is to fix if at least one source is for it and none against it. All of this is
    association: only an experiment shows the effect of fixing it.

    Args:
        drivers: Result of `cemkit.feedback.drivers`. None leaves this source out.
        journey_map: Result of `journey_map`, which also contains the customers of each touchpoint.
            None leaves this source out.
        funnel: Result of `funnel`, without groups. None leaves this source out.
        customers: Customer table with the column `value`, for the value at stake. None leaves it
            out.
        value: Column of the customers' value, such as `"clv"` or `"total_amount"`.
        confidence_level: Confidence level of the sums of value: Student's interval of the mean,
            times the customers.

    Returns:
        A `FixList`.

    Raises:
        ValueError: No source is given.
        TypeError: A source is not a result of these functions.
        DataError: The funnel is split into groups, or a value is missing.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> from cemkit.journey import funnel
        >>> events = simulate_events(2000).table
        >>> lost = funnel(events, ["visit", "view", "cart"], as_of="2023-05-31")
        >>> fix_list(funnel=lost).to_fix
        1
    """
    check_fraction(confidence_level, "confidence_level")
    if not isinstance(value, str):
        raise TypeError(f"value must be the name of a column, not {shown(value)}")
    said = {
        "drivers": {} if drivers is None else _by_drivers(drivers),
        "journey_map": {} if journey_map is None else _by_map(journey_map),
        "funnel": {} if funnel is None else _by_funnel(funnel),
    }
    sources = sum(source is not None for source in (drivers, journey_map, funnel))
    if not sources:
        raise ValueError("fix_list needs at least one of drivers, journey_map and funnel; give one")
    names = {key: name for source in said.values() for key, (name, _) in source.items()}
    rows = [
        {"touchpoint": name}
        | {source: found.get(key, (name, SILENT))[1] for source, found in said.items()}
        for key, name in names.items()
    ]
    table = pd.DataFrame(rows)
    table["verdict"] = [_verdict(row) for row in table[[*said]].itertuples(index=False)]
    table = table.join(_at_stake(list(names), journey_map, customers, value, confidence_level))
    place = np.array([VERDICTS.index(verdict) for verdict in table["verdict"]])
    size = table["amount"].fillna(-np.inf).to_numpy() if customers is not None else -table.index
    order = np.lexsort((table["touchpoint"].to_numpy(dtype=str), -np.asarray(size), place))
    disagree = [{FOR, AGAINST} <= {*row} for row in table[[*said]].itertuples(index=False)]
    columns = [
        "touchpoint",
        "verdict",
        *said,
        "customers",
        "amount",
        "amount_lower",
        "amount_upper",
    ]
    return FixList(
        sources=sources,
        to_fix=int((table["verdict"] == "fix").sum()),
        disagreeing=sum(disagree),
        value=value,
        confidence_level=confidence_level,
        table=table[columns].iloc[order].reset_index(drop=True),
    )


Said = dict[str, tuple[str, str]]


def _verdict(said: tuple[str, ...]) -> str:
    if FOR in said:
        return "undecided" if AGAINST in said else "fix"
    return "leave" if AGAINST in said else "undecided"


def _by_drivers(drivers: DriverAnalysis) -> Said:
    check_kind(drivers, DriverAnalysis, "drivers")
    quadrant = {"concentrate here": FOR, "undecided": UNCLEAR}
    return {
        folded(str(name)): (str(name), quadrant.get(place, AGAINST))
        for name, place in drivers.table[["touchpoint", "quadrant"]].itertuples(index=False)
    }


def _by_map(journey_map: JourneyMap) -> Said:
    check_kind(journey_map, JourneyMap, "journey_map")
    if journey_map.by:
        raise DataError("the journey map is split into groups; give one without by=")
    gaps = journey_map.table[["touchpoint", "gap_lower", "gap_upper"]]
    found = {}
    for name, lower, upper in gaps.itertuples(index=False):
        says = (
            FOR if upper < 0 else AGAINST if lower > 0 else SILENT if np.isnan(upper) else UNCLEAR
        )
        found[folded(str(name))] = (str(name), says)
    return found


def _by_funnel(funnel: Funnel) -> Said:
    """What becomes of customers after each step but the last, against the other steps."""
    check_kind(funnel, Funnel, "funnel")
    if funnel.by:
        raise DataError("the funnel is split into groups; give one without by= and period=")
    later = funnel.table.iloc[1:]
    lower, upper = later["rate_lower"].to_numpy(), later["rate_upper"].to_numpy()
    found = {}
    for place, name in enumerate(funnel.steps[:-1]):
        others = np.arange(len(later)) != place
        says = UNCLEAR
        if others.any() and (upper[place] < lower[others]).all():
            says = FOR
        elif (lower[place] > upper[others]).any():
            says = AGAINST
        found[folded(str(name))] = (str(name), says)
    return found


def _at_stake(
    keys: list[str],
    journey_map: JourneyMap | None,
    customers: pd.DataFrame | None,
    value: str,
    confidence_level: float,
) -> pd.DataFrame:
    """How many customers had each touchpoint, and what they are worth together."""
    empty = {"customers": None, "amount": np.nan, "amount_lower": np.nan, "amount_upper": np.nan}
    if journey_map is None:
        return pd.DataFrame([empty] * len(keys))
    visitors = journey_map.visitors
    own = visitors["touchpoint"].map(lambda name: folded(str(name)))
    worth: Any = None
    if customers is not None:
        table = by_customer(check_frame(customers, "customers"), "customers")
        check_columns(
            table.columns,
            [value],
            "add it with CustomerLifetimeValue().add_to, or name a column with value=",
        )
        check_same_ids(
            pd.Index(visitors["customer_id"]), table.index, "events", "customers", "customer_id"
        )
        worth = pd.Series(finite_values(table[value], value), index=table.index)
    rows = []
    for key in keys:
        ids = visitors.loc[own == key, "customer_id"]
        row = empty | {"customers": len(ids)}
        if worth is not None and len(ids):
            row |= _sum(worth.reindex(ids), confidence_level)
        rows.append(row)
    return pd.DataFrame(rows)


def _sum(worth: pd.Series, confidence_level: float) -> dict[str, float]:
    """The sum of the customers' value, with the bounds of as many customers like them."""
    missing = int(worth.isna().sum())
    if missing:
        raise DataError(
            f"{missing:,} of {count_text(len(worth), 'customers')} with the touchpoint are not in "
            "customers; give a table of all customers with events"
        )
    size = len(worth)
    half = float("nan")
    if size > 1:
        half = float(stdtrit(size - 1, (1 + confidence_level) / 2)) * float(worth.std()) * size**0.5
    total = float(worth.sum())
    return {"amount": total, "amount_lower": total - half, "amount_upper": total + half}
