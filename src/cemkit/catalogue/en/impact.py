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


SENTENCES: dict[str, Callable[[Any], str]] = {
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
}
