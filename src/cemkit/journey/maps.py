"""journey_map: every touchpoint with its reach, what follows, and what customers say of it."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.catalogue import languages, words
from cemkit.checks import (
    check_as_of,
    check_choice,
    check_columns,
    check_fraction,
    check_frame,
    check_label,
    folded,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.days import day_of
from cemkit.data.reductions.journeys import (
    DAY,
    EventRows,
    OrderedRows,
    event_rows,
    in_order,
    span,
    without_time,
)
from cemkit.data.reductions.moves import columns_at_the_first, group_numbers
from cemkit.errors import DataError
from cemkit.journey.groups import check_groups, check_split
from cemkit.journey.stages import OTHER, STAGES, journey_stages
from cemkit.journey.ties import warn_of_ties
from cemkit.journey.touchpoint_scores import (
    SCORED,
    SCORES,
    Asked,
    Score,
    scores_by_group,
    with_scores,
)
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JourneyMap(Result):
    """Reach, conversion and score of every touchpoint, from `journey_map`.

    Attributes:
        by: Columns that split the customers.
        target: Name of the conversion event.
        window_days: Number of days after a touchpoint within which the target counts.
        as_of: Last day seen.
        customers: Number of customers with an event.
        ties: Events at the same time as another of the same customer; there the target counts as
            the last.
        measure: The score, or None without responses.
        unmapped: Touchpoints that no stage names; they are in stage `"other"`.
        ungrouped: Responses of customers without a group, who have no event; they are left out.
        unmatched: Touchpoints of the responses that are not events; their reach is 0.
        worst: The touchpoint whose score is lowest among those detected to lie below all others
            together, or None where none is. With groups, the lowest of all of them.
        confidence_level: Confidence level of the intervals; of all gaps together.
        table: One row per group and touchpoint, by stage: the columns of `by`, `journey_stage,
            touchpoint, customers` who had it, `events`, `reach` (share of all customers),
            `followed` (customers whose window after their first such event is over), `conversion`
            (share of these with the target in their window) with `conversion_lower,
            conversion_upper`, `answers`, `score` with `score_lower, score_upper`, `gap` (its score
            less that of all other touchpoints together) with `gap_lower, gap_upper`, `worst`. What
            is not known is missing.
        visitors: One row per customer and event that the customer had: `customer_id, touchpoint`.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> found = journey_map(
        ...     simulate_events(1000).table, as_of="2023-05-31", target="order", window_days=7
        ... )
        >>> found.table["journey_stage"].unique().tolist()
        ['consideration', 'purchase']
    """

    _pictures = ("journey.journey_map",)

    by: tuple[Any, ...]
    target: str
    window_days: float
    as_of: str
    customers: int
    ties: int
    measure: str | None
    unmapped: int
    ungrouped: int
    unmatched: int
    worst: str | None
    confidence_level: float
    table: pd.DataFrame
    visitors: pd.DataFrame


def journey_map(
    events: Any,
    responses: pd.DataFrame | None = None,
    *,
    as_of: str | dt.date | pd.Timestamp,
    target: str,
    window_days: float = 30,
    stages: pd.DataFrame | None = None,
    measure: Score = "nps",
    question: str | None = None,
    by: str | Sequence[str] = (),
    people: pd.DataFrame | None = None,
    confidence_level: float = 0.95,
) -> JourneyMap:
    """Map every touchpoint with its reach, the conversion after it and its score.

    The touchpoint of a response is the event of the same name (ignoring case and blanks). A high
    conversion after a touchpoint is not its effect: customers who open a cart already wanted to
    buy.

    Args:
        events: Event table with `customer_id, event, event_time`, on any engine.
        responses: Response table with `customer_id, touchpoint, score`, and `question` if there are
            several. None leaves scores out.
        as_of: Last day seen. Later events are left out.
        target: Conversion event, such as `"order"`.
        window_days: Number of days after the customer's first event of a kind within which the
            target counts. Customers whose window is not over by `as_of` are left out of conversion.
        stages: `event, journey_stage`, by default `journey_stages()`. A stage may go by its name in
            English or Chinese, such as `"认知"` for `"awareness"`.
        measure: `"nps"`, `"csat"` or `"ces"`; higher is taken as better.
        question: The question to score, where `responses` holds several.
        by: Columns of the events (or of `people`) that split the customers, each group with a map
            of its own. A customer and their responses belong to the group of the first event, so
            that later events cannot change it.
        people: Table of customers with the columns of `by`, one row each.
        confidence_level: Confidence level of the intervals: Wilson's for conversion, those of the
            measure for scores; all gaps keep it together (Holm).

    Returns:
        A `JourneyMap`.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: The target never occurs, `stages` names an event twice or an unknown stage.
        NotEnoughDataError: No response has a score and a touchpoint.

    Examples:
        >>> events = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2],
        ...         "event": ["ad", "order", "ad"],
        ...         "event_time": pd.to_datetime(["2024-03-01", "2024-03-03", "2024-03-01"]),
        ...     }
        ... )
        >>> found = journey_map(events, as_of="2024-05-31", target="order")
        >>> found.table[["journey_stage", "touchpoint", "reach", "conversion"]]
          journey_stage touchpoint  reach  conversion
        0     awareness         ad    1.0         0.5
        1      purchase      order    0.5         NaN
    """
    end = check_as_of(as_of)
    window = span(window_days, "window_days")
    check_label(target, "target")
    check_choice(measure, "measure", list(SCORES))
    asked = Asked(measure, question, check_fraction(confidence_level, "confidence_level"))
    columns = check_split(by, (*COLUMNS, "followed"))
    places = _checked_stages(journey_stages() if stages is None else stages)
    found = event_rows(events, end, None, [] if people is not None else columns)
    _check_occurs(target, found, end)
    visits = _visits(found, target)
    warn_of_ties(visits.rows.ties, len(found.time), "events", "alphabetical order, the target last")
    groups = check_groups(columns_at_the_first(found), columns, people, "first event")[columns]
    number, split = group_numbers(groups if columns else None, len(found.ids))
    scores, ungrouped = scores_by_group(responses, groups, number, len(split), asked)
    last = (day_of(end) + 1) * DAY
    reached = [_reached(visits, found, number == g, last, window) for g in range(len(split))]
    reached = [_with_conversion(table, confidence_level) for table in reached]
    whole, unmatched = _laid_out(reached, scores, split[columns], places)
    worst = whole[whole["worst"]].sort_values("score", kind="stable")["touchpoint"].tolist()
    other = whole.loc[whole["journey_stage"] == OTHER, "touchpoint"]
    return JourneyMap(
        by=tuple(columns),
        target=target,
        window_days=window / DAY,
        as_of=f"{end:%Y-%m-%d}",
        customers=len(found.ids),
        ties=visits.rows.ties,
        measure=None if responses is None else measure,
        unmapped=other.nunique(),
        ungrouped=ungrouped,
        unmatched=unmatched,
        worst=worst[0] if worst else None,
        confidence_level=confidence_level,
        table=whole[[*columns, *COLUMNS]],
        visitors=_visitors(visits, found),
    )


def _check_occurs(target: str, found: EventRows, end: pd.Timestamp) -> None:
    """Raise where the target never occurs."""
    if target not in found.names:
        raise DataError(
            f"event never is {shown(target)}{meant(target, found.names)} up to "
            f"as_of={end:%Y-%m-%d}; choose a target that occurs{without_time(found.undated)}"
        )


def _laid_out(
    tables: list[pd.DataFrame],
    scores: list[pd.DataFrame | None],
    split: pd.DataFrame,
    places: dict[str, str],
) -> tuple[pd.DataFrame, int]:
    """The touchpoints of all groups, and how many that were rated have no event."""
    joined, unmatched = [], set[str]()
    for group, (table, score) in enumerate(zip(tables, scores, strict=True)):
        both, without = with_scores(table, score)
        unmatched |= without
        labels = {str(name): split[name].iloc[group] for name in split}
        joined.append(_in_stages(both.assign(**labels), places))
    return pd.concat(joined, ignore_index=True), len(unmatched)


def _in_stages(table: pd.DataFrame, places: dict[str, str]) -> pd.DataFrame:
    """Touchpoints in the order of their stages, those of most customers first."""
    stage = [places.get(folded(str(name)), OTHER) for name in table["touchpoint"]]
    place = np.array([[*STAGES, OTHER].index(name) for name in stage])
    order = np.lexsort((-table["customers"].to_numpy(), place))
    return table.assign(journey_stage=stage).iloc[order]


def _visitors(visits: "_Visits", found: EventRows) -> pd.DataFrame:
    """Who had which touchpoint."""
    return pd.DataFrame(
        {
            "customer_id": found.ids.take(visits.rows.who[visits.first]),
            "touchpoint": found.names.take(visits.what[visits.first]),
        }
    )


COLUMNS = (
    *("journey_stage", "touchpoint", "customers", "events", "reach", "followed"),
    *("conversion", "conversion_lower", "conversion_upper", "answers", *SCORED, "worst"),
)


def _checked_stages(stages: pd.DataFrame) -> dict[str, str]:
    """The stage of each event, by its name without case and blanks."""
    check_columns(check_frame(stages, "stages").columns, ["event", "journey_stage"])
    places: dict[str, str] = {}
    named = _stage_names()
    for event, given in stages[["event", "journey_stage"]].itertuples(index=False):
        stage = named.get(given, given)
        if stage not in STAGES:
            raise DataError(
                f"journey_stage of {shown(event)} is {shown(stage)}{meant(stage, STAGES)}; the "
                f"stages are {', '.join(map(repr, STAGES))}"
            )
        if folded(str(event)) in places:
            raise DataError(f"stages names the event {shown(event)} twice; keep one row")
        places[folded(str(event))] = stage
    return places


def _stage_names() -> dict[object, str]:
    """The stages by their names in every language."""
    return {
        name: stage
        for language in languages()
        for stage, name in words(language).JOURNEY_STAGES.items()
        if stage in STAGES
    }


@dataclasses.dataclass(frozen=True, slots=True)
class _Visits:
    """Events in their order, the first of each customer and kind, and the next target of each."""

    rows: OrderedRows
    what: npt.NDArray[np.int64]
    first: npt.NDArray[np.int64]
    following: npt.NDArray[np.int64]
    target: int


def _visits(found: EventRows, target: str) -> _Visits:
    names = found.names
    own = names.tolist().index(target)
    # At the same time the target comes last: days without hours say no more.
    event = np.where(found.event == own, len(names), found.event)
    rows = in_order(found.customer, found.time, event, len(names) + 1)
    hit = rows.what == len(names)
    what = np.where(hit, own, rows.what)
    first = np.unique(rows.who * len(names) + what, return_index=True)[1]
    return _Visits(rows, what, first, _next_time(rows.who, rows.when, hit), own)


def _reached(
    visits: _Visits, found: EventRows, own: npt.NDArray[np.bool_], end: int, window: int
) -> pd.DataFrame:
    """How many of some customers had each event, and how many the target in the days after."""
    size, who = len(found.names), visits.rows.who
    first = visits.first[own[who[visits.first]]]
    when, kind = visits.rows.when[first], visits.what[first]
    over = (when + window < end) & (kind != visits.target)
    converted = over & (visits.following[first] - when <= window)
    customers = np.bincount(kind, minlength=size)
    table = pd.DataFrame(
        {
            "touchpoint": found.names,
            "customers": customers,
            "events": np.bincount(visits.what[own[who]], minlength=size),
            "reach": customers / own.sum(),
            "followed": np.bincount(kind, over, size).astype(np.int64),
            "converted": np.bincount(kind, converted, size).astype(np.int64),
        }
    )
    return table[table["customers"] > 0].reset_index(drop=True)


def _with_conversion(table: pd.DataFrame, confidence_level: float) -> pd.DataFrame:
    """The share of the customers who were followed, missing where nobody was."""
    lower, upper = rate_bounds(
        table["converted"].to_numpy(np.float64),
        np.maximum(table["followed"].to_numpy(np.float64), 1.0),
        critical_value(confidence_level),
    )
    some = table["followed"] > 0
    return table.assign(
        conversion=(table["converted"] / table["followed"].where(some)).astype("float64"),
        conversion_lower=np.where(some, lower, np.nan),
        conversion_upper=np.where(some, upper, np.nan),
    )


def _next_time(
    who: npt.NDArray[np.int64], when: npt.NDArray[np.int64], hit: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """The time of the customer's next target at or after each row, or the end of time."""
    never = np.iinfo(np.int64).max // 2
    count = len(who)
    place = np.where(hit, np.arange(count), count)
    following = np.minimum.accumulate(place[::-1])[::-1]
    own = np.append(who, -1)[following] == who
    times: npt.NDArray[np.int64] = np.where(own, np.append(when, 0)[following], never)
    return times
