"""English: churn."""

from collections.abc import Callable
from typing import Any

from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import apart, count_text, money_text, part_of, ratio_text, share_text

OUTCOMES = {
    "churn": "churn",
    "upgrade": "upgrade",
    "repurchase": "repurchase",
    "first_purchase": "first purchase",
}

HAD_OUTCOME = {
    "churn": "churned",
    "upgrade": "upgraded",
    "repurchase": "bought again",
    "first_purchase": "bought for the first time",
}


def outcome_words(outcome: str) -> str:
    """What an outcome is called."""
    return OUTCOMES.get(outcome, outcome)


def outcome_reason(
    feature: str, own: str | None, usual: str, ratio: str, outcome: str, *, is_mean: bool
) -> str:
    """How one feature moves the odds of an outcome of one customer."""
    word, odds = "average" if is_mean else "usually", outcome_words(outcome)
    return f"{feature} is {own or 'missing'} ({word} {usual}): odds of {odds} x {ratio}"


def separation_words(kind: str, terms: list[str], separated: int, customers: int) -> str:
    """Which terms predict how many outcomes perfectly."""
    names = ", ".join(repr(term) for term in terms[:6])
    names += f" and {len(terms) - 6} more" if len(terms) > 6 else ""
    verb = "perfectly predicts" if len(terms) == 1 else "together perfectly predict"
    share = f"all {customers:,}" if separated == customers else f"{separated:,} of {customers:,}"
    return f"{kind} separation: {names} {verb} the outcome of {share} customers"


def _separated_alone(found: Any) -> str:
    names = ", ".join(map(repr, found.separated_alone))
    each = "" if len(found.separated_alone) == 1 else "each of "
    return (
        f"complete separation: {each}{names} alone perfectly predicts the outcome of all "
        f"{count_text(found.customers, 'customers')}; the size of its coefficient comes from the "
        "penalty, and such a feature often looks past as_of"
    )


def _separated_together(found: Any) -> str:
    terms = found.table.index[found.table["unbounded"]].tolist()
    words = separation_words(found.separation, terms, found.separated, found.customers)
    return f"{words}; the size of their coefficients comes from the penalty"


def _few_events(found: Any) -> str:
    return (
        f"too few events: {found.events_per_term:.1f} customers of the rarer outcome for "
        f"each of {count_text(len(found.table), 'terms')}, where {found.events_advised} is the "
        "least advised; use fewer features or more customers"
    )


def _collinear(found: Any) -> str:
    return f"collinear terms: {', '.join(map(repr, found.collinear))}"


CHURN_PROBLEMS: dict[str, Callable[[Any], str]] = {
    "separated alone": _separated_alone,
    "separated together": _separated_together,
    "few events": _few_events,
    "collinear": _collinear,
}


def _retention_profit(found: Any) -> str:
    plan, everyone = apart(found.expected_profit, found.everyone_profit, spec=",.2f")
    return (
        f"Contact {found.contacted:,} of {count_text(found.customers, 'customers')} "
        f"({share_text(found.best_share)}): expected profit {plan}, against {everyone} when "
        "contacting everyone."
    )


def _maximum_profit(found: Any) -> str:
    return (
        f"Contacting {share_text(found.best_share)} of the customers by this score is expected to "
        f"bring {money_text(found.expected_profit)} per customer."
    )


def _model_card(card: Any) -> str:
    auc = float(card.table["value"]["roc_auc"])
    what = "no purchase" if card.outcome == "churn" else outcome_words(card.outcome)
    return (
        f"{card.model} predicts the probability of {what} in the "
        f"{count_text(card.window_days, 'days')} after {card.fitted_as_of}; fitted on "
        f"{count_text(card.customers, 'customers')}, AUC {auc:.3f} on {card.tested_on:,}."
    )


def _diagnosis(found: Any) -> str:
    problems = "; ".join(CHURN_PROBLEMS[problem](found) for problem in found.problems)
    return f"{problems or 'No separation, no collinearity, enough events'}."


def _feature_drift(found: Any) -> str:
    first, psi = found.table.index[0], found.table["psi"].iloc[0]
    return (
        f"{part_of(found.shifted, len(found.table), 'columns have')} shifted; the largest "
        f"change is in {first} (PSI {psi:.3f})."
    )


def _evaluation(found: Any) -> str:
    roc = found.table.loc["roc_auc", ["value", "lower", "upper"]]
    auc, *ends = apart(*map(float, roc), spec=".3f", unlike=(0.0, 1.0))
    accuracy, majority = float(found.table["value"]["accuracy"]), found.majority_accuracy
    right, most = apart(accuracy, majority, spec=".1%", unlike=(0.0, 1.0))
    had = HAD_OUTCOME.get(found.outcome, f"had the outcome {found.outcome}")
    return (
        f"Of {count_text(found.customers, 'customers')} {share_text(found.base_rate)} {had}; AUC "
        f"{auc} ({interval_text(found.confidence_level, *ends)}); accuracy {right}, against {most} "
        "when predicting the majority for everyone."
    )


def _coefficients(found: Any) -> str:
    effect = found.clearest()
    clear = not effect["lower"] <= 0 <= effect["upper"]
    ratio, *ends = map(ratio_text, effect[["odds_ratio", "odds_ratio_lower", "odds_ratio_upper"]])
    first = "The clearest effect" if clear else "No effect is clear; the nearest to clear"
    interval = interval_text(found.confidence_level, *ends)
    return (
        f"{first} is that of {effect.name}: one unit more multiplies the odds of "
        f"{outcome_words(found.outcome)} by {ratio} ({interval})."
    )


def _window_suggestion(found: Any) -> str:
    if found.window_days is None:
        return f"No window will do: {found.reason}."
    return (
        f"Call a customer churned after {count_text(found.window_days, 'days')} without a "
        f"purchase: {found.still_returning_share:.1%} of those silent for so long still come back "
        f"within {count_text(found.seen_days, 'days')} of their last purchase."
    )


def _leakage_check(found: Any) -> str:
    names = ", ".join(found.table.index[found.table["suspect"]])
    if not names:
        return "No single feature predicts too well."
    return (
        f"Suspected leakage: {names}: alone above AUC {found.plausible_auc:g}; make sure that they "
        "look at nothing after as_of."
    )


def _importance(found: Any) -> str:
    what, first = outcome_words(found.outcome), found.table.iloc[0]
    if first["mean_effect"] == 0:
        return f"No feature moves the predicted odds of {what}."
    return (
        f"Of {count_text(len(found.table), 'features')}, {first.name} moves the predicted odds of "
        f"{what} most: by a factor of {ratio_text(first['odds_factor'])} up or down on average "
        f"over {count_text(found.customers, 'customers')}."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "ChurnCoefficients": _coefficients,
    "PropensityCoefficients": _coefficients,
    "ChurnDiagnosis": _diagnosis,
    "PropensityDiagnosis": _diagnosis,
    "ChurnEvaluation": _evaluation,
    "PropensityEvaluation": _evaluation,
    "ExpectedMaximumProfit": _maximum_profit,
    "FeatureDrift": _feature_drift,
    "FeatureImportance": _importance,
    "LeakageCheck": _leakage_check,
    "ModelCard": _model_card,
    "RetentionProfit": _retention_profit,
    "WindowSuggestion": _window_suggestion,
}
