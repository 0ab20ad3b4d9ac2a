"""English: experiments."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import no_share
from cemkit.formats import apart, money_text, p_text, share_text


def _readout(found: Any) -> str:
    if found.valid is False and found.sample_ratio is not None:
        return _sample_ratio(found.sample_ratio)
    where, best = found.best_comparison()
    difference, *ends = apart(
        *(best[f"difference{end}"] for end in ("", "_lower", "_upper")), spec="+.4g"
    )
    level = apart(100 * best["interval_level"], spec=".4g", unlike=(0.0, 100.0))[0]
    lift = "; " + no_share("lift", f"{best['metric']} of {found.control}")
    return (
        f"{_verdict(found)} ({where}{best['variant']} - {found.control}: {best['metric']} "
        f"{difference} ({level}% CI {ends[0]} to {ends[1]}), {p_text(best['p_value_adjusted'])}"
        f"{lift if math.isnan(best['lift']) else ''})."
    )


def _verdict(found: Any) -> str:
    verb, _, variant = found.decision.partition(" ")
    return {
        "adopt": f"Adopt {variant}",
        "keep": f"Keep {variant}",
        "undecided": f"None beats {found.control}" if found.some_lost else "No difference detected",
        "by": "See each group",
    }[verb]


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
        f"{found.contacted:,} of {found.actions:,} actions are carried out and "
        f"{found.held_out_actions:,} held out ({share_text(found.holdout)} of the customers of "
        f"each offer){over}{cost}."
    )


def _audience_experiment(found: Any) -> str:
    text = (
        f"{found.contacted:,} customers were contacted and {found.held_out:,} held out, from "
        f"{found.start_date:%Y-%m-%d} to {found.end_date:%Y-%m-%d}"
    )
    if found.redeemed is None:
        return f"{text}; costs were not counted."
    unused = f" ({found.unused:,} of them without a purchase that day)" if found.unused else ""
    discounts, gifts, contacts = map(
        money_text, (found.discount_cost, found.gift_cost, found.contact_cost)
    )
    return (
        f"{text}; {found.redeemed:,} coupons were redeemed{unused}; discounts cost {discounts}, "
        f"gifts, services and points {gifts}, contacts {contacts}."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AudienceExperiment": _audience_experiment,
    "CampaignAudience": _campaign_audience,
    "ExperimentReadout": _readout,
    "SampleRatioTest": _sample_ratio,
}
