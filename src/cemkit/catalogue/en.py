"""English."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd

from cemkit.formats import (
    apart,
    bounded,
    decimal_text,
    level_text,
    money_text,
    p_text,
    points_bounded,
    ratio_text,
    share_text,
)

# ---- The glossary: what cemkit calls things, and what readers of this language call them.

SEGMENTS = {
    "Champions": "Champions",
    "Loyal": "Loyal",
    "Cannot lose": "Cannot lose",
    "At risk": "At risk",
    "Need attention": "Need attention",
    "Potential loyalists": "Potential loyalists",
    "New": "New",
    "Promising": "Promising",
    "About to sleep": "About to sleep",
    "Lost": "Lost",
    "Core value": "Core value",
    "Marginal value": "Marginal value",
    "Potential value": "Potential value",
}
STAGES = {
    "potential": "potential",
    "acquisition": "acquisition",
    "growth": "growth",
    "loyalty": "loyalty",
    "churned": "churned",
}
CHANNELS = {"email": "email", "sms": "SMS", "wechat": "WeChat"}
EVERY_CHANNEL = ("all", "any", "every")
PERIODS = {"week": "week", "month": "month", "quarter": "quarter", "year": "year"}
MEASURES = {"retention": "retention", "repeat": "repeat rate", "amount": "amount per customer"}
LEFT_OUT = {  # why an audience leaves an action out
    "unknown customer": "unknown customer",
    "duplicate": "duplicate",
    "suppressed": "suppressed",
    "no channel": "no channel",
    "no consent": "no consent",
    "quiet hours": "quiet hours",
    "contact cap": "contact cap",
    "held out": "held out",
}
GUARDS = {
    "people": "people",
    "consent": "consent",
    "suppression": "suppression",
    "contacts": "contacts",
    "assignment": "assignment",
}
HELD_BACK = {  # why a trigger that fires gives no action
    "cooling_down": "cooling down",
    "outranked": "outranked",
    "over_cap": "over cap",
}
RULES = {  # the simple rules that an allocation is compared with, by how their names begin
    "nobody": "nobody",
    "everyone gets ": "everyone gets ",
    "as many as the limits allow get ": "as many as the limits allow get ",
    "top churn risk gets ": "top churn risk gets ",
}

# ---- Messages to customers.

TEMPLATES = {  # subject and body, by kind of channel
    "letter": (
        "{discount} {scope} until {valid_until}",
        "Dear {name},\n\n{history}\nFrom {valid_from} to {valid_until} you get {discount} {scope}."
        "\n{extras}\n{code}\n\n{terms}",
    ),
    "short": (
        "{discount} {scope}",
        "{name}, {discount} {scope} until {valid_until}.\n{code}\n{terms}",
    ),
    "chat": (
        "{discount} {scope} until {valid_until}",
        "Hello {name}!\n{history}\nUntil {valid_until} you get {discount} {scope}.\n{extras}\n"
        "{code}\n{terms}",
    ),
}
PHRASES = {
    "name": "customer",
    "scope": "everything",
    "history": "Thank you for buying {products}.",
    "and": " and ",
    "extras": "And with it: {extras}.",
    "code": "Your code: {code}",
    "terms": (
        "Terms: {discount} {scope}, valid from {valid_from} to {valid_until}. "
        "To get no more offers, reply STOP."
    ),
    "terms_with_extras": (
        "Terms: {discount} {scope} and {extras}, valid from {valid_from} to {valid_until}. "
        "To get no more offers, reply STOP."
    ),
}
RETURN_REASONS = {  # what customers write when they return something
    "quality": "quality problem|poor quality|defective|damaged|broken|faulty",
    "size": "wrong size|does not fit|too large|too small",
}


def discount_words(fraction: Decimal) -> str:
    """A discount as shops write it."""
    return f"{decimal_text(fraction * 100)}% off"


def scope_words(scope: str) -> str:
    """What a discount holds for, as it stands beside the discount."""
    return scope


def day_words(day: pd.Timestamp) -> str:
    """A day as shops write it."""
    return f"{day:%Y-%m-%d}"


# ---- Sentences of results, and parts of them.


def churn_reason(feature: str, own: str | None, usual: str, ratio: str, *, is_mean: bool) -> str:
    """How one feature moves the odds of churn of one customer."""
    word = "average" if is_mean else "usually"
    return f"{feature} is {own or 'missing'} ({word} {usual}): odds of churn x {ratio}"


def separation_words(kind: str, terms: list[str], separated: int, customers: int) -> str:
    """Which terms predict how many outcomes perfectly."""
    names = ", ".join(repr(term) for term in terms[:6])
    names += f" and {len(terms) - 6} more" if len(terms) > 6 else ""
    verb = "perfectly predicts" if len(terms) == 1 else "together perfectly predict"
    share = f"all {customers:,}" if separated == customers else f"{separated:,} of {customers:,}"
    return f"{kind} separation: {names} {verb} the outcome of {share} customers"


def no_share(share: str, whole: str) -> str:
    """Why a share is missing, as the end of a sentence."""
    return f"no {share}, because {whole} is not clearly above 0"


def _interval(level: float, lower: str, upper: str) -> str:
    return f"{level_text(level)} CI {lower} to {upper}"


def _separated_alone(found: Any) -> str:
    names = ", ".join(map(repr, found.separated_alone))
    return (
        f"complete separation: each of {names} alone perfectly predicts the outcome of all "
        f"{found.customers:,} customers; the size of its coefficient comes from the "
        "penalty, and such a feature often looks past as_of"
    )


def _separated_together(found: Any) -> str:
    terms = found.table.index[found.table["unbounded"]].tolist()
    words = separation_words(found.separation, terms, found.separated, found.customers)
    return f"{words}; the size of their coefficients comes from the penalty"


def _few_events(found: Any) -> str:
    return (
        f"too few events: {found.events_per_term:.1f} customers of the rarer outcome for "
        f"each of {len(found.table)} terms, where {found.events_advised} is the least advised; "
        "use fewer features or more customers"
    )


def _collinear(found: Any) -> str:
    return f"collinear terms: {', '.join(map(repr, found.collinear))}"


CHURN_PROBLEMS: dict[str, Callable[[Any], str]] = {
    "separated alone": _separated_alone,
    "separated together": _separated_together,
    "few events": _few_events,
    "collinear": _collinear,
}
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


def _retention_profit(found: Any) -> str:
    plan, everyone = apart(found.expected_profit, found.everyone_profit, spec=",.2f")
    return (
        f"Contact {found.contacted:,} of {found.customers:,} customers "
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
    return (
        f"{card.model} predicts the probability of no purchase in the {card.window_days} days "
        f"after {card.fitted_as_of}; fitted on {card.customers:,} customers, AUC {auc:.3f} on "
        f"{card.tested_on:,}."
    )


def _churn_diagnosis(found: Any) -> str:
    problems = "; ".join(CHURN_PROBLEMS[problem](found) for problem in found.problems)
    return f"{problems or 'No separation, no collinearity, enough events'}."


def _feature_drift(found: Any) -> str:
    first, psi = found.table.index[0], found.table["psi"].iloc[0]
    return (
        f"{found.shifted} of {len(found.table)} columns have shifted; the largest change is in "
        f"{first} (PSI {psi:.3f})."
    )


def _churn_evaluation(found: Any) -> str:
    roc = found.table.loc["roc_auc", ["value", "lower", "upper"]]
    auc, *ends = apart(*map(float, roc), spec=".3f", unlike=(0.0, 1.0))
    accuracy, majority = float(found.table["value"]["accuracy"]), found.majority_accuracy
    right, most = apart(accuracy, majority, spec=".1%", unlike=(0.0, 1.0))
    return (
        f"Of {found.customers:,} customers {share_text(found.base_rate)} churned; AUC {auc} "
        f"({_interval(found.confidence_level, *ends)}); accuracy {right}, against {most} when "
        "predicting the majority for everyone."
    )


def _churn_coefficients(found: Any) -> str:
    effect = found.clearest()
    clear = not effect["lower"] <= 0 <= effect["upper"]
    ratio, *ends = map(ratio_text, effect[["odds_ratio", "odds_ratio_lower", "odds_ratio_upper"]])
    first = "The clearest effect" if clear else "No effect is clear; the nearest to clear"
    return (
        f"{first} is that of {effect.name}: one unit more multiplies the odds of churn by {ratio} "
        f"({_interval(found.confidence_level, *ends)})."
    )


def _window_suggestion(found: Any) -> str:
    if found.window_days is None:
        return f"No window will do: {found.reason}."
    return (
        f"Call a customer churned after {found.window_days} days without a purchase: "
        f"{found.still_returning_share:.1%} of those silent for so long still come back within "
        f"{found.seen_days} days of their last purchase."
    )


def _leakage_check(found: Any) -> str:
    names = ", ".join(found.table.index[found.table["suspect"]])
    if not names:
        return "No single feature predicts too well."
    return (
        f"Suspected leakage: {names}: alone above AUC {found.plausible_auc:g}; make sure that they "
        "look at nothing after as_of."
    )


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


def _order_audit(audit: Any) -> str:
    if audit.table.empty:
        return f"{audit.rows:,} rows, and no problem found."
    most, count = audit.table["rows"].idxmax(), audit.table["rows"].max()
    return (
        f"{audit.rows - audit.clean_rows:,} of {audit.rows:,} rows have a problem, most of all "
        f"{most} ({count:,} rows)."
    )


def _people_match(found: Any) -> str:
    counts = found.table["count"]
    return (
        f"{counts['matched']:,} of {found.customers:,} customers ({found.match_rate:.1%}) are in "
        f"people; {counts['never_ordered']:,} people never ordered."
    )


def _consent_check(check: Any) -> str:
    return f"Consent holds for {check.consented:,} of {check.actions:,} actions."


def _channel_merge(merged: Any) -> str:
    noun = "customer" if merged.customers == 1 else "customers"
    return f"{merged.source_customers:,} source customers are {merged.customers:,} {noun}."


def _table_profile(profile: Any) -> str:
    return (
        f"{profile.rows:,} rows, {profile.columns:,} columns; {profile.missing:,} of "
        f"{profile.rows * profile.columns:,} values are missing."
    )


def _net_returns(found: Any) -> str:
    return (
        f"{found.matched:,} of {found.returns:,} returns match a purchase "
        f"({money_text(found.matched_amount)}); {found.unmatched:,} match nothing "
        f"({money_text(found.unmatched_amount)})."
    )


def _suppressed_table(found: Any) -> str:
    cells, are, them = ("cell", "is", "it") if found.small == 1 else ("cells", "are", "them")
    others = "cell" if found.further == 1 else "cells"
    return (
        f"{found.small} {cells} below {found.k} {are} suppressed, and {found.further} further "
        f"{others} to protect {them}."
    )


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


def _backtest(found: Any) -> str:
    best, naive = found.table.index[0], found.table["mase"][found.naive]
    if best == found.naive:
        return f"No model beats the seasonal naive forecast (MASE {naive:.3f})."
    error = found.table["mase"].iloc[0]
    return f"{best} has the lowest MASE ({error:.3f}); the seasonal naive forecast has {naive:.3f}."


def _forecast_summary(summary: Any) -> str:
    return f"{summary.model} on {summary.n} observations, AICc {summary.aicc:,.2f}."


def _forecast_diagnosis(found: Any) -> str:
    p = p_text(found.ljung_box_p_value)
    if found.ljung_box_p_value >= 0.05:
        return f"The errors look like noise (Ljung-Box {p})."
    return f"The errors are still correlated (Ljung-Box {p}); intervals may be too narrow."


def _promotion_profit(found: Any) -> str:
    earned, *ends = bounded(found, "net_profit", ",.2f")
    needed, achieved = apart(found.break_even_lift, found.achieved_lift, spec=".1%")
    lifts = f"it needed a lift of {needed} to break even and achieved {achieved}"
    if math.isnan(found.break_even_lift):
        lifts = no_share("break-even lift", "the baseline")
    if math.isinf(found.break_even_lift):
        lifts = "no lift breaks even, as the discount eats the margin"
    interval = _interval(found.confidence_level, *ends)
    return f"The promotion earned {earned} ({interval}); {lifts}."


def _promotion_effect(found: Any) -> str:
    lower, upper = (end.removeprefix("+") for end in found.figures["ends"])
    interval = _interval(found.confidence_level, lower, upper)
    form = "".join(EFFECT[part] for part in found.parts)
    return form.format(**found.figures, interval=interval) + "."


def _audience(found: Any) -> str:
    why = ", ".join(f"{count:,} {LEFT_OUT[reason]}" for reason, count in found.left_out.items())
    text = f"{found.kept:,} of {found.actions:,} actions kept; left out: {why or 'none'}."
    names = ", ".join(GUARDS[guard] for guard in found.idle_guards)
    return f"{text} No customer with an action is in: {names}." if names else text


def _fired_triggers(found: Any) -> str:
    held = ", ".join(f"{count:,} {HELD_BACK[name]}" for name, count in found.held_back.items())
    return (
        f"{found.fired:,} of {found.crossed:,} crossings gave an action; "
        f"held back: {held or 'none'}."
    )


def _coupon_ledger(ledger: Any) -> str:
    return (
        f"Of {ledger.issued:,} coupons issued by {ledger.as_of:%Y-%m-%d}, {ledger.redeemed:,} were "
        f"redeemed, {ledger.expired:,} expired and {ledger.outstanding:,} are outstanding."
    )


def _coupon(coupon: Any) -> str:
    extras = f" and {coupon.extras}" if coupon.extras else ""
    return (
        f"Order {coupon.order_id} earns {discount_words(coupon.fraction)} "
        f"{coupon.scope or PHRASES['scope']}{extras} until {coupon.valid_until:%Y-%m-%d}."
    )


def _exported_actions(found: Any) -> str:
    return (
        f"{found.exported:,} of {found.actions:,} actions exported to {found.path}; "
        f"{found.no_consent:,} without consent on {found.as_of:%Y-%m-%d} left out."
    )


def _message(message: Any) -> str:
    channel = CHANNELS.get(message.channel, message.channel)
    return f"To {message.customer_id} by {channel}: {message.subject}"


def _proportion_test(test: Any) -> str:
    control, treatment = test.labels
    new, old = apart(test.rates[1], test.rates[0], spec=".2%")
    points, *ends = points_bounded(test, "difference", "+.2f")
    verdict = f"{test.winner} wins" if test.winner else "no difference detected"
    return (
        f"{treatment} converted at {new}, {control} at {old}: {points} percentage points "
        f"({_interval(test.confidence_level, *ends)}, {p_text(test.p_value)}); {verdict}."
    )


def _margin_test(test: Any) -> str:
    control, treatment = test.labels
    points, *ends = points_bounded(test, "difference", "+.2f")
    allowed = apart(100 * test.allowed_difference, spec=".2f")[0]
    verdict = "is shown to be" if test.shown else "is not shown to be"
    interval = _interval(2 * test.confidence_level - 1, *ends)
    return (
        f"{treatment} {verdict} {test.question} to {control} within {allowed} percentage points "
        f"({p_text(test.p_value)}; difference {points}, {interval})."
    )


def _proportion_interval(found: Any) -> str:
    rate, *ends = bounded(found, "rate", ".2%")
    interval = _interval(found.confidence_level, *ends)
    return f"{found.successes:,} of {found.trials:,} is {rate} ({interval})."


def _one_proportion_test(test: Any) -> str:
    rate, expected = apart(test.rate, test.expected_rate, spec=".2%")
    verdict = "a difference is detected" if test.detected else "no difference detected"
    return (
        f"{test.successes:,} of {test.trials:,} is {rate}, {expected} was expected "
        f"({p_text(test.p_value)}): {verdict}."
    )


def _sample_size(plan: Any) -> str:
    control, treatment = apart(plan.control, plan.treatment, spec=".6g")
    goal = f"detect a change from {control} to {treatment}"
    if plan.allowed_difference:
        goal = f"show that {treatment} is no worse than {control} within "
        goal += f"{plan.allowed_difference:g}"
    days = f", {plan.days:,} days of traffic" if plan.days is not None else ""
    return (
        f"To {goal} with a power of {level_text(plan.power)} takes {plan.n_per_arm:,} customers in "
        f"the control and {plan.n_total:,} in all{days}."
    )


def _proportion_comparison(found: Any) -> str:
    return (
        f"Test of equal rates in all arms: {p_text(found.p_value)}; a difference is detected in "
        f"{found.detected} of {len(found.table)} pairs ({found.correction})."
    )


def _cycle_score(score: Any) -> str:
    error, plain = apart(score.error_days, score.plain_mean_error_days, spec=".1f")
    fewer, *ends = apart(
        score.advantage_days, score.advantage_lower, score.advantage_upper, spec=".1f"
    )
    return (
        f"Over {score.customers:,} cycles the mean error is {error} days, against {plain} with the "
        f"plain mean gap: {fewer} fewer ({_interval(score.confidence_level, *ends)})."
    )


def _recommendation_score(score: Any) -> str:
    hits, popular = apart(score.hit_rate, score.popularity_hit_rate, spec=".1%")
    more, *ends = points_bounded(score, "advantage", "+.1f")
    return (
        f"Of {score.customers:,} customers {hits} bought one of {score.k} recommendations, against "
        f"{popular} for the most popular products: {more} percentage points "
        f"({_interval(score.confidence_level, *ends)})."
    )


def _cluster_count(found: Any) -> str:
    clusters = "one cluster" if found.n_clusters == 1 else f"{found.n_clusters} clusters"
    text = f"{found.n_rows:,} customers form {clusters}: {found.reason}."
    if found.n_sampled < found.n_rows:
        text += f" This was judged on a random sample of {found.n_sampled:,}."
    if found.convenient_cut is None:
        return text
    strength, strong = found.cut_strength, found.strong
    weak = "" if strength >= strong else f", below {strong}: other customers may be cut elsewhere"
    return (
        f"{text} If you need groups, {found.convenient_cut} are a convenient cut "
        f"(prediction strength {strength:.2f}{weak}); they were not found in the data."
    )


def _cluster_rules(rules: Any) -> str:
    return (
        f"{len(rules.table)} rules put {rules.fidelity:.1%} of {rules.customers:,} customers "
        "into their cluster."
    )


def _cohort_table(cohorts: Any) -> str:
    value, period = cohorts.second_value(), PERIODS[cohorts.period]
    if value is None:
        return f"No cohort has been observed a whole {period} after its first."
    shown = apart(value, spec=",.2f" if cohorts.measure == "amount" else ".1%")[0]
    return f"One {period} after the first, the average {MEASURES[cohorts.measure]} is {shown}."


def _segment_evaluation(found: Any) -> str:
    top = found.table.iloc[0]
    shares = apart(top["share"], top["outcome_share"], spec=".1%")
    outcome = f" and {shares[1]} of the outcome."
    if pd.isna(top["outcome_share"]):
        outcome = "; the outcome adds up to no more than 0, so there is no share of it."
    return (
        f"{found.segments} segments explain "
        f"{apart(found.variance_explained_adjusted, spec='.1%')[0]} of the variance of the "
        f"outcome; the best, {top.name}, is {shares[0]} of the customers{outcome}"
    )


def _segment_migration(found: Any) -> str:
    return (
        f"Of {found.stayed + found.moved:,} customers there before and after, "
        f"{found.stayed_rate:.1%} kept their label; {len(found.came):,} came and "
        f"{len(found.left):,} left."
    )


def _offer_allocation(found: Any) -> str:
    return (
        f"{found.customers:,} customers get an offer, for an expected profit of "
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
    interval = _interval(score.confidence_level, *ends)
    return f"Qini {qini} ({interval}, {p_text(score.p_value)}): {verdict}."


def _policy_value(found: Any) -> str:
    value, *ends = bounded(found, "value", ",.2f")
    more, least, most = bounded(found, "advantage", "+,.2f")
    return (
        f"The policy is worth {value} per customer ({_interval(found.confidence_level, *ends)}); "
        f"against {found.best_constant} for everyone that is {more} ({least} to {most})."
    )


SENTENCES: dict[str, Callable[[Any], str]] = {
    "Audience": _audience,
    "Backtest": _backtest,
    "ChannelMerge": _channel_merge,
    "ChurnCoefficients": _churn_coefficients,
    "ChurnDiagnosis": _churn_diagnosis,
    "ChurnEvaluation": _churn_evaluation,
    "ClusterCount": _cluster_count,
    "ClusterRules": _cluster_rules,
    "CohortTable": _cohort_table,
    "PeopleMatch": _people_match,
    "ConsentCheck": _consent_check,
    "Coupon": _coupon,
    "CouponLedger": _coupon_ledger,
    "CustomerLifetimeValue": _lifetime_value,
    "CycleScore": _cycle_score,
    "Diagnosis": _forecast_diagnosis,
    "ExpectedMaximumProfit": _maximum_profit,
    "ExperimentReadout": _readout,
    "ExportedActions": _exported_actions,
    "FeatureDrift": _feature_drift,
    "FiredTriggers": _fired_triggers,
    "ForecastSummary": _forecast_summary,
    "LeakageCheck": _leakage_check,
    "LikelihoodRatioTest": _likelihood_ratio_test,
    "MarginTest": _margin_test,
    "Message": _message,
    "ModelCard": _model_card,
    "NetReturns": _net_returns,
    "OfferAllocation": _offer_allocation,
    "OneProportionTest": _one_proportion_test,
    "OrderAudit": _order_audit,
    "PolicyValue": _policy_value,
    "PromotionEffect": _promotion_effect,
    "PromotionProfit": _promotion_profit,
    "ProportionComparison": _proportion_comparison,
    "ProportionInterval": _proportion_interval,
    "ProportionTest": _proportion_test,
    "PurchaseModelComparison": _model_comparison,
    "QiniScore": _qini_score,
    "RecommendationScore": _recommendation_score,
    "RetentionProfit": _retention_profit,
    "SampleRatioTest": _sample_ratio,
    "SampleSize": _sample_size,
    "SegmentEvaluation": _segment_evaluation,
    "SegmentMigration": _segment_migration,
    "SuppressedTable": _suppressed_table,
    "TableProfile": _table_profile,
    "WindowSuggestion": _window_suggestion,
}
