"""English: targeting."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import bounded, money_text, p_text, share_text

RULES = {  # the simple rules that an allocation is compared with, by how their names begin
    "nobody": "nobody",
    "everyone gets ": "everyone gets ",
    "as many as the limits allow get ": "as many as the limits allow get ",
    "top churn risk gets ": "top churn risk gets ",
}


def _offer_allocation(found: Any) -> str:
    drawn = f", {found.explored:,} of them by chance" if found.explored else ""
    held = f", {share_text(found.holdout)} of all held out" if found.holdout else ""
    return (
        f"{found.customers:,} customers get an offer{drawn}{held}, for an expected profit of "
        f"{money_text(found.total_profit)} at a cost of {money_text(found.total_cost)}: "
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
    value, *ends = bounded(found, "value", ",.2f")
    more, least, most = bounded(found, "advantage", "+,.2f")
    interval = interval_text(found.confidence_level, *ends)
    return (
        f"The policy is worth {value} per customer ({interval}); "
        f"against {found.best_constant} for everyone that is {more} ({least} to {most})."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "OfferAllocation": _offer_allocation,
    "PolicyValue": _policy_value,
    "QiniScore": _qini_score,
}
