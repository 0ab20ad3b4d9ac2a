"""English: experiments."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import no_share
from cemkit.formats import (
    apart,
    count_text,
    figures,
    level_text,
    money_text,
    p_text,
    part_of,
    share_text,
)


def _readout(found: Any) -> str:
    if found.valid is False and found.sample_ratio is not None:
        return _sample_ratio(found.sample_ratio)
    where, best = found.best_comparison()
    lift = "; " + no_share("lift", f"{best['metric']} of {found.control}")
    rails = "".join(
        f"; guardrail {row['guardrail']}: {_effect(found, row)}{_allowed(found, row)}"
        for _, row in found.guardrail_rows().iterrows()
    )
    return (
        f"{_verdict(found)} ({where}{best['variant']} - {best['control']}: {_effect(found, best)}, "
        f"{p_text(best['p_value_adjusted'])}{_state(found, best)}"
        f"{lift if math.isnan(best['lift']) else ''}{rails}){_interaction(found)}."
    )


def _effect(found: Any, row: Any) -> str:
    ends = (row[f"difference{end}"] for end in ("", "_lower", "_upper"))
    difference, lower, upper, unit = _differences(found, row, *ends)
    level = apart(100 * row["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    return f"{row['metric']} {difference}{unit} ({level}% CI {lower} to {upper})"


def _differences(found: Any, row: Any, *numbers: float) -> list[str]:
    """Differences of a metric, those of a rate in percentage points, and their unit."""
    if row["metric"] in found.rates:
        return [*apart(*(100 * number for number in numbers), spec="+.4g"), " percentage points"]
    return [*apart(*numbers, spec="+.4g"), ""]


def _verdict(found: Any) -> str:
    kind, variant = found.verdict
    if kind == "adopt" and found.equals:
        return f"Adopt {variant}, not detectably different from {', '.join(found.equals)}"
    return {
        "adopt": f"Adopt {variant}",
        "keep": f"Keep {variant}",
        "none beats": f"None beats {variant}",
        "nothing": "No difference detected",
        "breaks": f"Do not adopt {variant}: it breaks a guardrail",
        "open": f"Do not adopt {variant} yet: a guardrail is undecided",
        "by": "Groups are compared one by one, and the largest difference is this",
    }[kind]


def _state(found: Any, row: Any) -> str:
    """Whether the metric that decides is a guardrail, and held."""
    state = row.get("guardrail")
    return "" if state is None else f", guardrail {state}{_allowed(found, row)}"


def _allowed(found: Any, row: Any) -> str:
    allowed = row.get("allowed_difference", math.nan)
    return "" if math.isnan(allowed) else f", {''.join(_differences(found, row, allowed))} allowed"


def _interaction(found: Any) -> str:
    row = found.clearest_interaction()
    if row is None:
        return ""
    p = p_text(row["p_value_adjusted"])
    what = f"the effect of {row['variant']} - {row['control']} on {row['metric']}"
    if row["p_value_adjusted"] < 1 - found.confidence_level:
        return f"; {what} differs between the groups ({p})"
    return f"; whether {what} differs between the groups is not shown ({p})"


def _sample_ratio(test: Any) -> str:
    p = p_text(test.p_value)
    if test.valid:
        return f"The sample ratio is as designed ({p})."
    return f"The sample ratio is not as designed ({p}), so the results are invalid: find out why."


def _campaign_audience(found: Any) -> str:
    over = f", {found.over_budget:,} dropped for the budget" if found.over_budget else ""
    cost = ""
    if not math.isnan(found.expected_cost):
        limit = "" if found.budget is None else f" of {money_text(found.budget)}"
        cost = f"; expected cost {money_text(found.expected_cost)}{limit}"
    return (
        f"{part_of(found.contacted, found.actions, 'actions are')} carried out and "
        f"{found.held_out_actions:,} held out ({share_text(found.holdout)} of the customers of "
        f"each offer){over}{cost}."
    )


def _audience_experiment(found: Any) -> str:
    text = (
        f"{count_text(found.contacted, 'customers were')} contacted and {found.held_out:,} held "
        f"out, from {found.start_date:%Y-%m-%d} to {found.end_date:%Y-%m-%d}"
    )
    if found.redeemed is None:
        return f"{text}; costs were not counted."
    unused = f" ({found.unused:,} of them without a purchase that day)" if found.unused else ""
    others = ""
    if found.of_other_offers:
        others = f"; {count_text(found.of_other_offers, 'redeemed coupons of other offers are')} "
        others += "not counted"
    discounts, gifts, contacts = map(
        money_text, (found.discount_cost, found.gift_cost, found.contact_cost)
    )
    return (
        f"{text}; {count_text(found.redeemed, 'coupons were')} redeemed{unused}; discounts cost "
        f"{discounts}, gifts, services and points {gifts}, contacts {contacts}{others}."
    )


def _campaign_plan(found: Any) -> str:
    unit = {"converted": "the share that buys", "amount": "the mean amount"}[found.goal]
    start = (
        f"{found.offer}: within {money_text(found.budget)}, {found.contacted:,} of "
        f"{count_text(found.eligible_customers, 'eligible customers')} can be contacted and "
        f"{found.held_out:,} held out ({share_text(found.holdout)})"
    )
    if found.provable is None:
        (smallest,) = _rises(found.goal, found.detectable_difference)
        power = level_text(found.power)
        detected = f"A rise of {unit} by {smallest} is detected with a probability of {power}"
        if math.isnan(found.detectable_difference):
            detected = "Groups of this size detect no rise"
        return f"{start}. {detected}. From which rise it pays is not known without a margin."
    needed, smallest = _rises(found.goal, found.break_even_difference, found.detectable_difference)
    if math.isinf(found.break_even_difference):
        return f"{start}. No rise of {unit} that is possible pays."
    pays = f"It pays from a rise of {unit} by {needed}" if needed != "0" else "It costs nothing"
    if math.isnan(found.detectable_difference):
        return f"{start}. {pays}; groups of this size detect no rise."
    detected = f"a rise by {smallest} is detected with a probability of {level_text(found.power)}"
    if found.provable:
        return f"{start}. {pays}; {detected}: the campaign can be proved."
    ways = ", or ".join(_WAYS[way].format(needed=_needed(way, size)) for way, size in found.ways)
    return f"{start}. {pays}, but only {detected}: this audience cannot prove it. It takes {ways}."


_WAYS = {
    "rate": "the share that buys as the goal",
    "cuped": "a covariate from before with a correlation of {needed} (CUPED)",
    "campaigns": "{needed} such campaigns read together",
    "customers": "an audience of {needed} customers",
}


def _needed(way: str, size: float) -> str:
    return f"{size:.2f}" if way == "cuped" else f"{size:,.0f}"


def _rises(goal: str, *rises: float) -> list[str]:
    """Rises in points of a rate or in money; 0 where there is none."""
    if goal == "amount":
        return ["0" if rise == 0 else apart(rise, spec=",.2f")[0] for rise in rises]
    points = apart(*(100 * rise for rise in rises), spec=".2f")
    return [
        "0" if rise == 0 else f"{text} percentage points"
        for rise, text in zip(rises, points, strict=True)
    ]


def _experiment_plan(found: Any) -> str:
    units = {"customer": "customers", "cluster": "clusters"}[found.unit]
    if found.periods is not None:
        size = (
            f"{count_text(found.n_total, 'clusters')} that start over "
            f"{count_text(found.periods, 'periods')}"
        )
    else:
        size = f"{found.n_per_arm:,} {units} in the control and {found.n_total:,} in all"
    days = "" if found.days is None else f", {count_text(found.days, 'days')} of traffic"
    smallest = figures(found.detectable_difference)[0]
    text = (
        f"{size[0].upper()}{size[1:]}{days} detect a difference of {smallest} with a power of "
        f"{level_text(found.planned_power)}"
    )
    if found.treatment is None:
        return f"{text}."
    error = (
        ""
        if found.power_error is None
        else f" (simulated, standard error {share_text(found.power_error)})"
    )
    ends = apart(found.control, found.treatment, spec=",.6g", unlike=())
    return (
        f"{text}; a change from {ends[0]} to {ends[1]} is detected with a probability of "
        f"{share_text(found.power)}{error}."
    )


def _time_of_day(found: Any) -> str:
    test, (low, high) = found.clearest, found.ends
    least, most, unit = _differences(found, test, low["difference"], high["difference"])
    what = f"the effect of {test['variant']} - {test['control']} on {test['metric']}"
    p = p_text(test["p_value_adjusted"])
    ends = f"{least} from {_hours(low)} to {most}{unit} from {_hours(high)}"
    if found.differs:
        return f"{what[0].upper()}{what[1:]} differs between times of day ({ends}; {p})."
    return f"Whether {what} differs between times of day is not shown ({ends}; {p})."


def _hours(row: Any) -> str:
    start, end = row["part"].split("-")
    return f"{start} to {end} h"


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AudienceExperiment": _audience_experiment,
    "CampaignAudience": _campaign_audience,
    "CampaignPlan": _campaign_plan,
    "ExperimentPlan": _experiment_plan,
    "ExperimentReadout": _readout,
    "SampleRatioTest": _sample_ratio,
    "TimeOfDayEffects": _time_of_day,
}
