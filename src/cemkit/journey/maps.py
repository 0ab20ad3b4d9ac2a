"""journey_map: every touchpoint with its reach, what follows, and what customers say of it."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.catalogue import languages, words
from cemkit.checks import (
    check_as_of,
    check_choice,
    check_columns,
    check_fraction,
    check_frame,
    check_label,
    check_spellings,
    folded,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.days import day_of
from cemkit.data.reductions.journeys import DAY, event_rows, in_order, span
from cemkit.errors import DataError
from cemkit.feedback import ScoreTable, ces, compare_scores, csat, nps
from cemkit.journey.stages import OTHER, STAGES, journey_stages
from cemkit.proportions.agreement import interval_levels
from cemkit.proportions.corrections import adjust_p_values
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result

Score = Literal["nps", "csat", "ces"]
SCORES: dict[str, Callable[..., ScoreTable]] = {"nps": nps, "csat": csat, "ces": ces}
SCORED = ["score", "score_lower", "score_upper", "gap", "gap_lower", "gap_upper"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class JourneyMap(Result):
    """What `journey_map` found.

    Attributes:
        target: The event that conversion means.
        window_days: How long after a touchpoint the target counts.
        as_of: The last day seen.
        customers: Customers with an event.
        measure: The score, or None without responses.
        unmapped: Touchpoints that no stage names; they are in stage `"other"`.
        unmatched: Touchpoints of the responses that are no event; their reach is 0.
        worst: The touchpoint whose score is lowest among those detected to lie below all others
            together, or None where none is.
        confidence_level: Confidence level of the intervals; of all gaps together.
        table: One row per touchpoint, by stage: `journey_stage, touchpoint, customers` who had it,
            `events`, `reach` (share of all customers), `followed` (customers whose window after
            their first such event is over), `conversion` (share of these with the target in their
            window) with `conversion_lower, conversion_upper`, `answers`, `score` with `score_lower,
            score_upper`, `gap` (its score less that of all other touchpoints together) with
            `gap_lower, gap_upper`, `worst`. What is not known is missing.
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

    target: str
    window_days: float
    as_of: str
    customers: int
    measure: str | None
    unmapped: int
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
    confidence_level: float = 0.95,
) -> JourneyMap:
    """Lay out every touchpoint: how many customers it reaches, what follows, what they say.

    The touchpoint of a response is the event of the same name (case and blanks aside). That many
    customers convert after a touchpoint does not mean that it made them: those who come to a cart
    had wanted to buy.

    Args:
        events: `customer_id, event, event_time`, on any engine.
        responses: `customer_id, touchpoint, score`, and `question` where there are several.
        as_of: The last day seen.
        target: The event that conversion means, such as `"order"`.
        window_days: How long after the customer's first event of a kind the target counts.
            Customers whose window is not over by `as_of` are in no conversion.
        stages: `event, journey_stage`, by default `journey_stages()`. A stage may go by its name in
            English or Chinese, such as `"认知"` for `"awareness"`.
        measure: `"nps"`, `"csat"` or `"ces"`; higher is taken as better.
        question: The question to score, where `responses` holds several.
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
    check_fraction(confidence_level, "confidence_level")
    places = _checked_stages(journey_stages() if stages is None else stages)
    table, visitors, customers = _reached(events, end, target, window)
    lower, upper = rate_bounds(
        table["converted"].to_numpy(np.float64),
        np.maximum(table["followed"].to_numpy(np.float64), 1.0),
        critical_value(confidence_level),
    )
    some = table["followed"] > 0
    table["conversion"] = (table["converted"] / table["followed"].where(some)).astype("float64")
    table["conversion_lower"] = np.where(some, lower, np.nan)
    table["conversion_upper"] = np.where(some, upper, np.nan)
    scores = None
    if responses is not None:
        scores = _scores(responses, measure, question, confidence_level)
    joined, unmatched = _joined(table, scores)
    joined["journey_stage"] = [
        places.get(folded(str(name)), OTHER) for name in joined["touchpoint"]
    ]
    order = [[*STAGES, OTHER].index(stage) for stage in joined["journey_stage"]]
    joined = joined.iloc[
        np.lexsort((-joined["customers"].to_numpy(), np.array(order)))
    ].reset_index(drop=True)
    worst = joined.loc[joined["worst"], "touchpoint"].tolist()
    return JourneyMap(
        target=target,
        window_days=window / DAY,
        as_of=f"{end:%Y-%m-%d}",
        customers=customers,
        measure=None if responses is None else measure,
        unmapped=int((joined["journey_stage"] == OTHER).sum()),
        unmatched=unmatched,
        worst=worst[0] if worst else None,
        confidence_level=confidence_level,
        table=joined[[*COLUMNS]],
        visitors=visitors,
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
            raise DataError(f"stages names the event {shown(event)} twice; leave one row")
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


def _reached(
    events: Any, end: pd.Timestamp, target: str, window: int
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """How many customers had each event, and how many of them the target in the days after."""
    found = event_rows(events, end, None)
    ids, names = found.ids, found.names
    if target not in names:
        raise DataError(
            f"event never is {shown(target)}{meant(target, names)} up to as_of={end:%Y-%m-%d}; "
            "choose a target that occurs"
        )
    own = names.tolist().index(target)
    # At the same time the target comes last: days without hours say no more.
    event = np.where(found.event == own, len(names), found.event)
    rows = in_order(found.customer, found.time, event, len(names) + 1)
    who, when, hit = rows.who, rows.when, rows.what == len(names)
    what = np.where(hit, own, rows.what)
    following = _next_time(who, when, hit)
    first = np.unique(who * len(names) + what, return_index=True)[1]
    over = when[first] + window < (day_of(end) + 1) * DAY
    converted = over & (following[first] - when[first] <= window)
    kind, size = what[first], len(names)
    customers = np.bincount(kind, minlength=size)
    table = pd.DataFrame(
        {
            "touchpoint": names,
            "customers": customers,
            "events": np.bincount(what, minlength=size),
            "reach": customers / len(ids),
            "followed": np.bincount(kind, over, size).astype(np.int64),
            "converted": np.bincount(kind, converted, size).astype(np.int64),
        }
    )
    table.loc[table["touchpoint"] == target, ["followed", "converted"]] = 0
    visitors = pd.DataFrame({"customer_id": ids.take(who[first]), "touchpoint": names.take(kind)})
    return table, visitors, len(ids)


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


def _scores(
    responses: pd.DataFrame, measure: Score, question: str | None, confidence_level: float
) -> pd.DataFrame:
    """The score of each touchpoint, and how far it lies from that of all others together."""
    check_columns(
        check_frame(responses, "responses").columns, ["customer_id", "touchpoint", "score"]
    )
    rated = responses[responses["touchpoint"].notna()]
    found = SCORES[measure](
        rated, question=question, by="touchpoint", confidence_level=confidence_level
    ).table
    table = pd.DataFrame(
        {
            "touchpoint": found["touchpoint"],
            "answers": found["n"],
            "score": found["value"],
            "score_lower": found["lower"],
            "score_upper": found["upper"],
        }
    )
    if len(table) < 2:
        return table.assign(gap=np.nan, gap_lower=np.nan, gap_upper=np.nan, worst=False)
    plain = [_gap(rated, name, measure, question, confidence_level) for name in table["touchpoint"]]
    p_values = np.array([gap["p_value"] for gap in plain], dtype=np.float64)
    adjusted = adjust_p_values(p_values)
    levels = interval_levels(p_values, adjusted, "holm", confidence_level)
    gaps = [
        _gap(rated, name, measure, question, float(level))
        for name, level in zip(table["touchpoint"], levels, strict=True)
    ]
    table["gap"] = [gap["difference"] for gap in gaps]
    table["gap_lower"] = [gap["lower"] for gap in gaps]
    table["gap_upper"] = [gap["upper"] for gap in gaps]
    below: Floats = np.where(table["gap_upper"] < 0, table["score"], np.inf)
    lowest = int(np.argmin(below))
    return table.assign(worst=(np.arange(len(table)) == lowest) & np.isfinite(below[lowest]))


def _gap(
    rated: pd.DataFrame, name: object, measure: Score, question: str | None, level: float
) -> pd.Series:
    """The score of one touchpoint against that of all others together."""
    side = np.where(rated["touchpoint"] == name, "it", "the others")
    compared = compare_scores(
        rated.assign(side=side),
        "side",
        measure=measure,
        question=question,
        control="the others",
        correction="none",
        confidence_level=level,
    )
    row: pd.Series = compared.table.iloc[0]
    return row


def _joined(table: pd.DataFrame, scores: pd.DataFrame | None) -> tuple[pd.DataFrame, int]:
    """Events and scores of the same name side by side; a touchpoint without events reaches 0."""
    if scores is None:
        empty = dict.fromkeys(SCORED, np.nan)
        return table.assign(answers=0, **empty, worst=False), 0
    check_spellings(table["touchpoint"], "event")
    key = table["touchpoint"].map(lambda name: folded(str(name)))
    other = scores["touchpoint"].map(lambda name: folded(str(name)))
    both = table.assign(key=key).merge(
        scores.assign(key=other).rename(columns={"touchpoint": "rated"}), on="key", how="outer"
    )
    unmatched = int(both["touchpoint"].isna().sum())
    both["touchpoint"] = both["touchpoint"].fillna(both["rated"])
    for name in ("customers", "events", "followed", "converted", "answers"):
        both[name] = both[name].fillna(0).astype("int64")
    both["reach"] = both["reach"].fillna(0.0)
    both["worst"] = both["worst"].eq(True)
    return both, unmatched
