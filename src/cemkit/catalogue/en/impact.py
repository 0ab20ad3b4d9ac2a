"""English: impact."""

import math
from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text, no_share
from cemkit.formats import apart, bounded, chance_text, count_text, level_text, p_text

PROMOTION_WAY_OUT = (
    "hold customers out of the next promotion, run an experiment, or compare shops of which some "
    "leave it out"
)
EFFECT = {  # the parts of the sentence about promotions
    "start": "Sales changed by {lift} during promotions",
    "dip": " and by {dip} after them",
    "before": " and by {before} before them",
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
        "would count as lift: " + PROMOTION_WAY_OUT
    ),
    "no other year": (
        "; no other year shows this time of the year without a promotion, so a season would count "
        "as effect"
    ),
    "no share": "; " + no_share("lift in percent", "the baseline"),
    "nothing": (
        "The effect is not identified: every year has promotions at the same time, so the season "
        "explains it as well; method='regression' measures the lift against the rest of the year, "
        "and to tell it apart " + PROMOTION_WAY_OUT
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
    "incomplete": (
        "; a covariate is missing in {incomplete} of the rows and is not adjusted for there"
    ),
    "e-value": (
        ". To explain this away, a confounder that is not among them must be tied to both by a "
        "risk ratio of {strength} ({strength_bound} for the interval to reach 0)"
    ),
    "placebo holds": ". On the placebo outcome {placebo} no effect was detected: {placebo_effect}",
    "placebo fails": (
        ". On the placebo outcome {placebo}, which the treatment cannot have changed, the same "
        "analysis finds {placebo_effect}, so confounding remains"
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
    "fails": (
        ". Trends differed already before the treatment ({pretrend_p}), so do not rely on this "
        "effect"
    ),
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


def _detectable_lift(found: Any) -> str:
    table = found.table
    known = table["detectable_lift"].dropna()
    power = level_text(found.power)
    start = f"With a power of {power}, one promotion is detected "
    if len(known):
        least, most = apart(float(known.min()), float(known.max()), spec=".1%", unlike=())
        start += f"from a lift of {least} in the best window and {most} in the worst"
    else:
        start += "in no window"
    good = ""
    if table["break_even_lift"].notna().any():
        good = (
            f" In {found.good:,} of {count_text(len(table), 'windows')} the break-even lies above "
            "that."
        )
    none = ""
    if found.not_identified:
        none = (
            f" In {count_text(found.not_identified, 'windows')} no lift is identified, as every "
            f"other year has a promotion at that time: {PROMOTION_WAY_OUT}."
        )
    rate = apart(found.placebo_rate, spec=".1%")[0]
    placebos = f" Of {count_text(found.placebos, 'placebos')}, {rate} showed an effect."
    return f"{start}.{good}{none}{placebos}"


PROMOTION_EFFECTS = {"lift": "lift", "elasticity": "price elasticity"}


def _promotion_effects(found: Any) -> str:
    what = PROMOTION_EFFECTS[found.effect]
    own = found.table[found.table["effect"] == found.effect]
    if (own["calendar"] == "not identified").all():
        return (
            f"The {what} is not identified in any of {count_text(found.n_series, 'series')}, as "
            f"every year has promotions at the same time: {PROMOTION_WAY_OUT}."
        )
    if math.isnan(found.mean):
        return (
            f"The {what} of promotions was measured in {found.measured:,} of "
            f"{count_text(found.n_series, 'series')}; fewer than 3 have no common mean."
        )
    spec = "+.1%" if found.effect == "lift" else "+.2f"
    mean, lower, upper = bounded(found, "mean", spec)
    interval = interval_text(
        found.confidence_level, *(end.removeprefix("+") for end in (lower, upper))
    )
    over = "" if found.measured == found.n_series else f"{found.measured:,} of "
    return (
        f"The mean {what} of promotions is {mean} ({interval}) over {over}{found.n_series:,} "
        f"series, of which {found.identified:,} tell it apart from the season."
    )


def _promotion_elasticity(found: Any) -> str:
    value, *ends = bounded(found, "elasticity", ".2f")
    interval = interval_text(found.confidence_level, *ends)
    text = (
        f"The price elasticity of {count_text(found.n_promotions, 'promotions')} at "
        f"{count_text(found.n_sizes, 'sizes')} is {value} ({interval})"
    )
    if not math.isnan(found.p_value):
        differs = found.p_value < 1 - found.confidence_level
        found_that = "it differs" if differs else "no difference is detected"
        text += f"; {found_that} between depths ({p_text(found.p_value)})"
    if found.lift_calendar in {"not identified", "no other year"}:
        text += EFFECT[found.lift_calendar]
    return text + "."


def _cross_effects(found: Any) -> str:
    net, *ends = bounded(found, "net_amount", "+,.0f")
    interval = interval_text(found.confidence_level, *(end.removeprefix("+") for end in ends))
    shows = "shows" if found.cannibalised == 1 else "show"
    return (
        f"Promotions changed the sales of other products by {net} ({interval}); of "
        f"{count_text(found.pairs, 'pairs')} of products, {found.cannibalised:,} {shows} a clear "
        f"loss and {found.halo:,} a clear gain."
    )


PROMOTION_VERDICTS = {
    "repeat": "Worth repeating",
    "stop": "Not worth repeating",
    "not clear": "Not clear whether it is worth repeating",
}


def _promotion_verdict(found: Any) -> str:
    if found.verdict == "not identified":
        return (
            f"The profit of {count_text(found.n_promotions, 'promotions')} is not identified, as "
            f"every year has promotions at the same time: {PROMOTION_WAY_OUT}."
        )
    net, *ends = bounded(found, "net_profit", ",.0f")
    interval = interval_text(found.confidence_level, *ends)
    text = (
        f"{PROMOTION_VERDICTS[found.verdict]}: {count_text(found.n_promotions, 'promotions')} "
        f"earned {net} ({interval}); the probability of a profit is "
        f"{chance_text(found.profit_probability)}"
    )
    return text + EFFECT.get(found.lift_calendar, "") + "."


SENTENCES: dict[str, Callable[[Any], str]] = {
    "DifferenceInDifferences": _difference_in_differences,
    "ObservationalEffect": _observational_effect,
    "CrossEffects": _cross_effects,
    "DetectableLift": _detectable_lift,
    "PromotionEffects": _promotion_effects,
    "PromotionElasticity": _promotion_elasticity,
    "PromotionVerdict": _promotion_verdict,
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
}
