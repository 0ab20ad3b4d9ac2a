"""English: clv."""

from collections.abc import Callable
from typing import Any

from cemkit.formats import p_text


def _model_comparison(found: Any) -> str:
    error, past = found.table["rmse"][found.best], found.table["rmse"][found.baseline]
    return (
        f"{found.best} predicted the next {found.horizon_days} days of {found.n_customers:,} "
        f"customers best: {found.predicted_purchases:,.0f} purchases predicted, "
        f"{found.actual_purchases:,} observed (RMSE {error:.3f} per customer; {past:.3f} when "
        "assuming that past behaviour continues)."
    )


def _likelihood_ratio_test(test: Any) -> str:
    return (
        f"Likelihood-ratio test: chi-squared({test.degrees_of_freedom}) = "
        f"{test.statistic:.2f}, {p_text(test.p_value)}."
    )


def _lifetime_value(value: Any) -> str:
    once = int(value.left_out_["no repeat purchase"])
    free = int(value.left_out_["mean repeat amount of 0 or less"])
    return (
        f"The spend model left out {once:,} customers without a repeat purchase, who are "
        f"valued at the mean of all, and {free:,} with a mean repeat amount of 0 or less, who "
        "are valued as if their repeat purchases had been free; every customer who ordered has a "
        "value."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "CustomerLifetimeValue": _lifetime_value,
    "LikelihoodRatioTest": _likelihood_ratio_test,
    "PurchaseModelComparison": _model_comparison,
}
