"""English: journey."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import apart, count_text, group_text, money_text, part_of, share_text

JOURNEY_STAGES = {
    "awareness": "awareness",
    "consideration": "consideration",
    "purchase": "purchase",
    "after_sales": "after-sales",
    "other": "other",
}
JOURNEY_MEASURES = {"nps": "NPS", "csat": "satisfaction", "ces": "effort score"}


def _funnel(found: Any) -> str:
    loss = found.largest_loss()
    still = f"; {found.open:,} started too late to be counted" if found.open else ""
    if loss["customers"] == loss["previous"]:
        return (
            f"All {count_text(found.customers, 'customers')} who started came to every step{still}."
        )
    rate, *ends = apart(
        *(100 * loss[name] for name in ("rate", "rate_lower", "rate_upper")),
        spec=".1f",
        unlike=(0.0, 100.0),
    )
    level = interval_text(found.confidence_level, *(f"{end}%" for end in ends))
    return (
        f"Of {count_text(found.customers, 'customers')} who started, most are lost before "
        f"{loss['step']}: {loss['customers']:,} of {loss['previous']:,} came there ({rate}%, "
        f"{level}){still}."
    )


def _funnel_comparison(found: Any) -> str:
    if not found.detected:
        return (
            "No difference between groups is detected in "
            f"{count_text(found.compared, 'comparisons')}."
        )
    table = found.table[found.table["detected"]]
    row = table.loc[table["difference"].abs().idxmax()]
    points, *ends = apart(
        *(100 * row[name] for name in ("difference", "lower", "upper")), spec="+.1f"
    )
    return (
        f"{found.detected} of {count_text(found.compared, 'comparisons')} differ; the largest is "
        f"{group_text(row['group'])} against {group_text(row['control'])} at {row['step']}: "
        f"{points} percentage points ({ends[0]} to {ends[1]}, {found.correction})."
    )


def _step_times(found: Any) -> str:
    row = found.table.astype({"step": object}).iloc[0]
    of = f"{group_text(tuple(row[[*found.by]]))}: " if found.by else ""
    pair = f"from {row['step']} to {row['next_step']}"
    waiting = f"{part_of(row['censored'], row['customers'], 'customers are')} still waiting"
    share = share_text(row["quantile"])
    if math.isnan(row["days"]):
        return f"{of}Less than {share} of the customers have gone on {pair}; {waiting}."
    seen = (math.inf if math.isnan(row[name]) else row[name] for name in ("days", "lower", "upper"))
    days, *ends = apart(*seen, spec=".3g")
    bounds = interval_text(found.confidence_level, *ends).replace("inf", "beyond what was seen")
    return f"{of}{share} of the customers have gone on {pair} by {days} days ({bounds}); {waiting}."


def _transitions(found: Any) -> str:
    drops = found.drop_off()
    row = drops.astype({"event": object}).loc[drops["rate"].idxmax()]
    rate, *ends = apart(
        *(100 * row[name] for name in ("rate", "lower", "upper")),
        spec=".1f",
        unlike=(0.0, 100.0),
    )
    level = interval_text(found.confidence_level, *(f"{end}%" for end in ends))
    where = f" in {group_text(tuple(row[[*found.by]]))}" if found.by else ""
    return (
        f"{count_text(found.customers, 'customers')} made {count_text(found.transitions, 'moves')} "
        f"between {found.events} kinds of event; a path most often ends after "
        f"{row['event']}{where} ({rate}%, {level})."
    )


def _journey_map(found: Any) -> str:
    touchpoints = found.table["touchpoint"].nunique()
    first = (
        f"{count_text(found.customers, 'customers')}, {touchpoints} touchpoints; what follows a "
        "touchpoint is not its effect"
    )
    if found.measure is None:
        return f"{first}."
    measure = JOURNEY_MEASURES[found.measure]
    if found.worst is None:
        return f"{first}; no touchpoint is detected to have a lower {measure} than all others."
    row = found.table[found.table["worst"]].sort_values("score", kind="stable").iloc[0]
    where = f" in {group_text(tuple(row[[*found.by]]))}" if found.by else ""
    unit = 1.0 if found.measure == "ces" else 100.0
    gap, *ends = apart(
        *(unit * row[name] for name in ("gap", "gap_lower", "gap_upper")), spec="+.1f"
    )
    return (
        f"{first}; {found.worst} has a lower {measure} than all others together{where} "
        f"({gap}, {ends[0]} to {ends[1]})."
    )


def _fix_list(found: Any) -> str:
    disagree = f"; the sources disagree about {found.disagreeing}" if found.disagreeing else ""
    if not found.to_fix:
        return f"No touchpoint is to fix by {count_text(found.sources, 'sources')}{disagree}."
    row = found.table.iloc[0]
    worth = ""
    if not math.isnan(row["amount"]):
        worth = (
            f", where {count_text(row['customers'], 'customers are')} worth "
            f"{money_text(row['amount'])} ({money_text(row['amount_lower'])} to "
            f"{money_text(row['amount_upper'])})"
        )
    return (
        f"{part_of(found.to_fix, len(found.table), 'touchpoints are')} to fix, first "
        f"{row['touchpoint']}{worth}{disagree}. An experiment would show what fixing it brings."
    )


def _conversion_paths(found: Any) -> str:
    return (
        f"{count_text(found.conversions, 'conversions')}, {found.untouched:,} of them without a "
        f"touch; {count_text(found.null_paths, 'paths')} led to none, and {found.open_paths:,} are "
        "still open."
    )


def _attribution(found: Any) -> str:
    channel, shares = found.leading()
    least, most = share_text(shares.min()), share_text(shares.max())
    between = f"{least} to {most}, by method" if least != most else least
    return (
        f"{channel} has the most credit for {count_text(found.conversions, 'conversions')} "
        f"({between}). Credit is not an effect: an experiment that withholds {channel} would "
        "measure one."
    )


def _credit_stability(found: Any) -> str:
    moved = (found.ranges["largest"] - found.ranges["least"]).drop(index="(none)", errors="ignore")
    channel = moved.idxmax()
    least, most = (share_text(found.ranges.loc[channel, name]) for name in ("least", "largest"))
    return (
        f"Under {found.settings} settings and {found.methods} methods the share of {channel} moves "
        f"most, from {least} to {most}."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Attribution": _attribution,
    "ConversionPaths": _conversion_paths,
    "CreditStability": _credit_stability,
    "FixList": _fix_list,
    "Funnel": _funnel,
    "FunnelComparison": _funnel_comparison,
    "JourneyMap": _journey_map,
    "StepTimes": _step_times,
    "Transitions": _transitions,
}
