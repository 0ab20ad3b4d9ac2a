"""English: impact."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text, no_share
from cemkit.formats import apart, bounded

EFFECT = {  # the parts of the sentence about promotions
    "start": "Sales changed by {lift} during promotions",
    "dip": " and by {dip} after them",
    "net": ", {amount} in all ({interval})",
    "lift": ", {amount} ({interval})",
    "decline": "; the probability of a decline afterwards is {decline}",
    "not measured": "; nothing was measured after them",
    "dip not identified": (
        "; what followed is not identified: every year has promotions at the same time, so the "
        "season explains it as well"
    ),
    "not identified": (
        "; no year shows this time of the year without a promotion, so a season of just this time "
        "would count as lift"
    ),
    "no other year": (
        "; no other year shows this time of the year without a promotion, so a season would count "
        "as effect"
    ),
    "no share": "; " + no_share("lift in percent", "the baseline"),
    "nothing": (
        "The effect is not identified: every year has promotions at the same time, so the season "
        "explains it as well; use method='regression' for the lift"
    ),
}

OBSERVATIONAL = {  # the parts of the sentence about an effect that nobody randomised
    "detected": (
        "If nothing but the {n} {covariates} moved both {treatment} and {outcome}, {treatment} "
        "changed {outcome} by {effect}{unit} "
    ),
    "not detected": (
        "Adjusted for {n} {covariates}, no effect of {treatment} on {outcome} was detected: "
        "{effect}{unit} "
    ),
    "att": "on average for those treated ({interval}, {p})",
    "ate": "on average for all ({interval}, {p})",
    "left out": (
        "; {out_treated} of {n_treated} treated and {out_control} of {n_control} other rows have "
        "nobody like them in the other group and were left out"
    ),
    "incomplete": "; {incomplete} rows lack a covariate, which is not adjusted for there",
    "e-value": (
        ". To explain this away, a confounder that is not among them must be tied to both by a "
        "risk ratio of {strength} ({strength_bound} for the interval to reach 0)"
    ),
    "placebo holds": ". On the placebo outcome {placebo} no effect was detected: {placebo_effect}",
    "placebo fails": (
        ". On the placebo outcome {placebo}, which the treatment cannot have changed, the same "
        "analysis finds {placebo_effect}, so confounding is left"
    ),
}
PARALLEL = {  # the parts of the sentence about differences in differences
    "detected": "{outcome} changed by {effect} per unit and treated period ({interval}, {p})",
    "not detected": (
        "No effect on {outcome} was detected: {effect} per unit and treated period "
        "({interval}, {p})"
    ),
    "never_treated": (
        ", from {treated} treated units in {groups} {group} against {others} never treated"
    ),
    "not_yet_treated": (
        ", from {treated} treated units in {groups} {group} against units not yet treated and "
        "{others} never treated"
    ),
    "already treated": "; {out} treated from the first period on were left out",
    "not tested": ". Trends before the treatment could not be tested",
    "fails": ". Trends differed already before the treatment ({pretrend_p}), so do not rely on it",
    "not rejected": ". Before the treatment no difference in trends was detected ({pretrend_p})",
    "power": (
        "; the test finds a difference of {slope} per period with a power of {power}, which would "
        "move the effect by {bias}"
    ),
    "assumptions": ". It assumes parallel trends without the treatment and no anticipation",
}


def _promotion_profit(found: Any) -> str:
    earned, *ends = bounded(found, "net_profit", ",.2f")
    needed, achieved = apart(found.break_even_lift, found.achieved_lift, spec=".1%")
    lifts = f"it needed a lift of {needed} to break even and achieved {achieved}"
    if math.isnan(found.break_even_lift):
        lifts = no_share("break-even lift", "the baseline")
    if math.isinf(found.break_even_lift):
        lifts = "no lift breaks even, as the discount eats the margin"
    interval = interval_text(found.confidence_level, *ends)
    return f"The promotion earned {earned} ({interval}); {lifts}."


def _promotion_effect(found: Any) -> str:
    lower, upper = (end.removeprefix("+") for end in found.figures["ends"])
    interval = interval_text(found.confidence_level, lower, upper)
    form = "".join(EFFECT[part] for part in found.parts)
    return form.format(**found.figures, interval=interval) + "."


def _observational_effect(found: Any) -> str:
    interval = interval_text(found.confidence_level, *found.figures["ends"])
    said: dict[str, Any] = found.figures | {
        "n": f"{found.n_covariates:,}",
        "covariates": "covariate" if found.n_covariates == 1 else "covariates",
        "unit": " percentage points" if found.binary_outcome else "",
        "treatment": found.treatment,
        "outcome": found.outcome,
        "interval": interval,
    }
    if found.placebo_outcome is not None:
        effect, ends = found.placebo_figures
        bounds = interval_text(found.confidence_level, *ends)
        said |= {"placebo": found.placebo_outcome, "placebo_effect": f"{effect} ({bounds})"}
    return "".join(OBSERVATIONAL[part].format(**said) for part in found.parts) + "."


def _difference_in_differences(found: Any) -> str:
    interval = interval_text(found.confidence_level, *found.figures["ends"])
    said = found.figures | {
        "outcome": found.outcome,
        "interval": interval,
        "group": "group" if found.n_groups == 1 else "groups",
    }
    return "".join(PARALLEL[part].format(**said) for part in found.parts) + "."


SENTENCES: dict[str, Callable[[Any], str]] = {
    "DifferenceInDifferences": _difference_in_differences,
    "ObservationalEffect": _observational_effect,
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
}
