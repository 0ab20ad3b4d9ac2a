"""English: targeting."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import bounded, count_text, figures, money_text, p_text, share_text

RULES = {  # the simple rules that an allocation is compared with, by how their names begin
    "nobody": "nobody",
    "everyone gets ": "everyone gets ",
    "as many as the limits allow get ": "as many as the limits allow get ",
    "top churn risk gets ": "top churn risk gets ",
}


def _offer_allocation(found: Any) -> str:
    some = [f"{found.explored:,} by chance"] if found.explored else []
    some += [f"{share_text(found.holdout)} held out"] if found.holdout else []
    which = f" ({', '.join(some)})" if some else ""
    return (
        f"{count_text(found.customers, 'customers get')} an offer{which}, for an expected "
        f"profit of {money_text(found.total_profit)} at a cost of {money_text(found.total_cost)}: "
        f"{found.reason}."
    )


def _qini_score(score: Any) -> str:
    qini, *ends = bounded(score, "qini", ".3f")
    verdict = {
        1: "better than a random order",
        0: "not distinguishable from a random order",
        -1: "worse than a random order",
    }[score.place]
    interval = interval_text(score.confidence_level, *ends)
    return f"Qini {qini} ({interval}, {p_text(score.p_value)}): {verdict}."


def _policy_value(found: Any) -> str:
    value, *ends = figures(found.value, found.value_lower, found.value_upper)
    best, *best_ends = figures(*found.best_value)
    interval = interval_text(found.confidence_level, *ends)
    start = f"The policy is worth {value} per customer ({interval})"
    rival = f"{found.best_constant} for everyone {best} ({best_ends[0]} to {best_ends[1]})"
    if found.is_constant:
        return f"{start}. It gives everyone the same; the best single variant is {rival}."
    more, least, most = figures(
        found.advantage, found.advantage_lower, found.advantage_upper, sign="+"
    )
    verdict = {
        1: "it is better than any single variant for everyone",
        0: "whether it is better than the best single variant is undecided",
        -1: "it is worse than that variant for everyone",
    }[found.verdict]
    return f"{start}, {rival}: a difference of {more} ({least} to {most}), so {verdict}."


def _uplift_curve(curve: Any) -> str:
    half = curve.table.iloc[50]
    gained, lower, upper = (half[f"incremental{end}"] for end in ("", "_lower", "_upper"))
    whole, part, at_random, *ends = figures(
        curve.average_uplift, gained, half["random"], lower, upper
    )
    interval = interval_text(curve.confidence_level, *ends)
    return (
        f"Treating everyone adds {whole} per customer; treating only the half with the highest "
        f"uplift scores adds {part} ({interval}), and a random half {at_random}."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "OfferAllocation": _offer_allocation,
    "PolicyValue": _policy_value,
    "QiniScore": _qini_score,
    "UpliftCurve": _uplift_curve,
}
