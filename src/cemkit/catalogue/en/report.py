"""English: the customer report."""

from collections.abc import Callable
from typing import Any

REPORT = {
    "title": "Customer report, {day}",
    "skip": "Skip to the report",
    "contents": "Contents",
    "number": "Number",
    "value": "Value",
    "interval": "Interval",
    "to": "to",
    "and": ", ",
    "hidden": "not shown",
    "table_link": "table",
    "method_link": "method",
    "method": "Method",
    "notes": "Notes",
    "figures": "Key figures",
    "scroll": "{caption}, scrollable table",
    "scroll_picture": "{caption}, scrollable picture",
    "more_rows": "More rows in the Parquet and JSON files: {more}.",
    "suppressed_rows": "Rows not shown in full, to protect small groups: {rows}.",
    "picture_of": "Picture: {section}",
    "problem": "This section could not be computed: {why}",
    "partly": "From here on, this section could not be computed: {why}",
    "interval_level": "{level} interval",
    "footer": (
        "Intervals are at {level} and cover sampling error. Groups of fewer than {smallest} "
        "customers are not shown{named}. Made with cemkit {version}; this page loads nothing."
    ),
    "footer_off": (
        "Intervals are at {level} and cover sampling error. Small groups are shown{named}. Made "
        "with cemkit {version}; this page loads nothing."
    ),
    "footer_unnamed": ", and no customer is named",
    "footer_named": "; customers are named, so keep this page inside the team",
    "hidden_sentence": (
        "The summary of this result is not shown, because it describes fewer than {smallest} "
        "customers."
    ),
    "span": "{rows} order rows by {customers} customers, who bought from {first} to {last}.",
    "beyond": "beyond chance",
    "within": "within chance",
    "no_problems": "No row has a problem.",
    "problems": "Rows with a problem: {rows}, most often: {problem} ({count}).",
    "left_out": "Left out of the indicators, from {table}: {count} {reason}.",
    "waiting": "Not shown for the last months, whose outcome is not known yet: {names}.",
    "waiting_months": "{indicator} ({count})",
    "not_measured": "Not measured, as their data are missing: {names}.",
    "alt_indicators": (
        "Each indicator by month as a line of its own scale, with its interval, its last value and "
        "its last change."
    ),
    "revenue_of": "revenue in {period}",
    "no_picture": "There is no picture, because it would show small groups.",
    "own_segments": (
        "The segments are those of the people table. It has one day only, so movements between "
        "segments cannot be shown."
    ),
    "stayed": (
        "Of {customers} customers of both days, {rate} are still in the segment that they were in; "
        "{came} came and {left} left."
    ),
    "no_moves": "Movements between segments could not be computed: {why}",
    "moves_since": (
        "Movements are from {day}, 91 days earlier. Both days are scored with the edges of today."
    ),
    "other_segments": "{number} other segments",
    "largest_segment": (
        "The segment with the largest revenue is {segment}: {customers} of customers and {amount} "
        "of revenue."
    ),
    "small_cohorts": (
        "Small cohorts, and those that would give them away, are hidden and in no average."
    ),
    "cohorts_left_out": (
        "Customers whose first period is not over by the last day seen are in no cohort."
    ),
    "window_suggested": (
        "A customer counts as churned after {days} days without a purchase, the window that the "
        "data suggest. The model was trained as of {trained} and tested as of {tested}, on a later "
        "window."
    ),
    "window_default": (
        "A customer counts as churned after {days} days without a purchase. This window is a "
        "default: a suggested one is not known, or the history is too short for it. The model was "
        "trained as of {trained} and tested as of {tested}, on a later window."
    ),
    "churn_sample": (
        "The model was trained and tested on {sample} of the {customers} customers, drawn at "
        "random; it scores all of them."
    ),
    "no_promotion_profit": (
        "The profit of the promotions needs the margin, and the discount of each promotion as a "
        "fraction."
    ),
    "promotion_assumptions": (
        "The profit takes {discount} as the discount of all promotions, the mean of their sizes, "
        "and no fixed cost."
    ),
    "difference_of": "{metric}: {variant} minus {control}",
    "no_question": (
        "responses hold no question called nps, csat or ces; name them, as in "
        "questions={'nps': 'recommend'}"
    ),
    "no_measure": "questions name none of the scores {measures}",
    "planned": "{planned} of {customers} customers have a standard action, by their segment.",
    "few_answers": "Months with fewer than 10 answers are shown; conclude nothing from them.",
    "no_drivers": "The drivers could not be computed: {why}",
    "no_steps": "The funnel needs the steps in their order, such as visit, cart and order.",
    "end": "(end)",
    "no_profit": "The expected profit needs {names}.",
    "profit_assumptions": (
        "Assumptions of the expected profit: the uplift that was given holds for every customer, "
        "the margin is {margin} of revenue, a purchase is worth the customer's mean amount so far, "
        "and churn probabilities are those of the next {days} days. Test the plan on a randomised "
        "hold-out before you rely on it."
    ),
    "no_rows": "There are no rows.",
    "few": "fewer than {smallest}",
    "no_table": "no table of {table} was given",
    "too_few": "too few {what}: {have}, where at least {need} are needed",
    "too_few_needed": "too few {what}: at least {need} are needed",
    "none": "there are no {what}",
    "too_few_hidden": "too few {what} (fewer than {smallest})",
    "same_problem": 'the reason is that of the section "{section}"',
}

REPORT_INPUTS = {  # what was not given
    "promotions": "promotions",
    "experiment": "an experiment",
    "responses": "answers to surveys",
    "events": "events",
    "offers": "a table of offers",
    "margin": "the margin",
    "uplift": "the uplift of an offer",
}

REPORT_LEFT_OUT = {  # rows that are in no indicator, by the reason
    "after as_of": "after the last day seen",
    "orders of an unfinished period": "in a month that is not over",
    "unfinished period": "in a month that is not over",
    "before the first order": "before the first order",
    "no customer or no date": "without a customer or a date",
    "customers with nothing but returns: in amounts, in no count": (
        "customers with returns alone, who count in amounts only"
    ),
    "of no customer of the group": "of people who never bought",
    "of customers not active then": "of customers who were not active then",
}

REPORT_ROWS = {  # tables that rows are left out of
    "orders": "orders",
    "people": "people",
    "costs": "costs",
    "responses": "answers",
    "contacts": "contacts",
    "events": "events",
    "complaints": "complaints",
    "referrals": "referrals",
}

REPORT_WARNINGS = {  # warnings that readers of the page see, by how they begin
    r"^left out .*cover only a part": ("Weeks that the orders cover only in part are left out."),
    r"^(quasi |complete )?separation": (
        "Some columns predict the churn of some customers without exception, so the model "
        "holds their effect down."
    ),
    r"^too few events": (
        "Few customers show the rarer outcome for a model of this size: take the churn "
        "probabilities as rough."
    ),
    r"have fewer than 300 ratings": (
        "Some touchpoints have fewer than 300 ratings, so the intervals of their importance may "
        "be too short."
    ),
    r"^the uplift of .* outside the probabilities": (
        "For some customers the uplift led to a probability below 0 or above 1, and was cut to "
        "that."
    ),
}

REPORT_ACTIONS = {  # of the standard plan
    "reward": "reward",
    "win_back": "win back",
    "remind": "remind",
    "develop": "develop",
    "welcome": "welcome",
    "greet": "greet",
}

REPORT_OFFERS = {  # of the standard plan
    "early access": "early access",
    "double points": "double points",
    "comeback 20": "20 % off to come back",
    "comeback 15": "15 % off to come back",
    "next order 10": "10 % off the next order",
    "free delivery": "free delivery",
    "greeting": "greeting",
}

REPORT_METRICS = {"converted": "conversion rate", "amount": "amount per customer"}

REPORT_SECTIONS = {
    "holdings": "What the data hold",
    "indicators": "Indicators",
    "revenue": "Why revenue changed",
    "segments": "Segments",
    "cohorts": "Cohorts",
    "value": "Lifetime value and forecast",
    "churn": "Churn risk",
    "promotions": "Promotions",
    "experiments": "Experiment",
    "feedback": "Feedback",
    "journey": "Journey",
    "actions": "Whom to act on",
}

REPORT_TABLES = {
    "ledger": "Problems in the orders",
    "indicators": "Indicators in their latest period",
    "indicator_history": "Indicators by period",
    "revenue": "Components of the change in revenue",
    "segments": "Segments of customers",
    "moves": "Movements between segments",
    "cohort_average": "Average retention by age",
    "cohorts": "Retention by cohort and age",
    "values": "Lifetime value by segment",
    "base_forecast": "Expected purchases and revenue by week",
    "risks": "Churn risk by segment",
    "calibration": "Predicted and observed churn",
    "promotions": "Promotions and their baseline",
    "experiment": "Differences between variants",
    "scores": "Scores",
    "score_course": "Scores by month",
    "drivers": "What goes with the score",
    "funnel": "Steps of the journey",
    "event_moves": "Moves between events",
    "plan": "Standard action by segment",
    "offers": "Offers within the plan",
    "targets": "Customers with the highest expected profit",
}

REPORT_METHODS = {
    "ledger": (
        "audit_orders: every row is tested for each problem; a row can have several. Counts have "
        "no interval. Net amounts are purchases less returns."
    ),
    "indicators": (
        "scorecard: a numerator over a denominator, with customers as the units. Wilson intervals "
        "for rates, Student intervals for means; full counts have none. A change is beyond chance "
        "when its interval excludes 0. The interval covers which customers happened to buy, and "
        "not what moved all of them together."
    ),
    "indicator_history": (
        "scorecard: the same indicators in every period that is over, each with its change from "
        "the period before."
    ),
    "revenue": (
        "revenue_tree: the change is split by kinds of customers; for retained customers by "
        "Shapley's rule over orders per customer and order value. Intervals take customers as the "
        "units."
    ),
    "segments": (
        "RFMSegmenter: scores of recency, frequency and amount in fifths, and the segment that "
        "they name; segments of the people table where it has some. Full counts, no interval."
    ),
    "moves": "segment_migration: shares of those in the segment before, with Wilson intervals.",
    "cohort_average": (
        "cohort_table: cohorts weighted by their size, with Wilson intervals. Only periods that "
        "are over count."
    ),
    "cohorts": (
        "cohort_table: the share of a cohort that buys in a period, with Wilson intervals. Only "
        "periods that are over count."
    ),
    "values": (
        "CustomerLifetimeValue: a purchase model chosen by the data and a Gamma-Gamma spend model, "
        "discounted at 10 % a year over 365 days. Values are expectations without an interval; "
        "they are profit where the margin is known, otherwise revenue."
    ),
    "base_forecast": (
        "forecast_customer_base: the same models for known and new customers, with prediction "
        "intervals from simulated futures that hold parameters, chance, new customers and shared "
        "shocks."
    ),
    "risks": (
        "ChurnModel: logistic regression on purchase activity. The mean and the sum of the churn "
        "probabilities of a segment are expectations without an interval."
    ),
    "calibration": (
        "evaluate_churn: customers in tenths of their predicted probability, on a later day than "
        "the model was trained on; observed rates with Wilson intervals, measures with bootstrap "
        "intervals."
    ),
    "promotions": (
        "promotion_effect: an ARIMA regression of weekly sales on the promotions and the weeks "
        "after them. Intervals come from joint draws. Promotions at the same time of every year "
        "cannot be told apart from the season."
    ),
    "experiment": (
        "compare_variants: pooled z and Miettinen-Nurminen intervals for proportions, Welch's t "
        "for means. P-values and intervals are corrected for all comparisons together (Holm)."
    ),
    "scores": (
        "nps, csat and ces: the last answer of each customer. Score intervals (Tango, Wilson), and "
        "for efforts an interval on their scale. Those who answer may differ from those who do not."
    ),
    "score_course": "nps, csat and ces by month, each customer once per month.",
    "drivers": (
        "drivers: shares of the explained variance by Shapley's rule, with bootstrap intervals. "
        "This is association and no effect."
    ),
    "funnel": "funnel: customers who pass the steps in their order, with Wilson intervals.",
    "event_moves": (
        "transitions: from each event to the next one of the customer, with intervals that take "
        "customers as the units."
    ),
    "plan": (
        "actions_for: the standard action and offer of each segment, a plan to edit. Consent and "
        "contact caps are not applied."
    ),
    "offers": (
        "offer_profit and allocate_offers: margin times expected amount times uplift, less the "
        "cost of offer and contact, allocated within the budget."
    ),
    "targets": "allocate_offers: the customers of the allocation by their expected profit.",
}

REPORT_COLUMNS = {
    "action": "action",
    "actual_amount": "sales",
    "after": "after",
    "age": "periods since first purchase",
    "amount": "amount",
    "amount_share": "share of revenue",
    "answers": "answers",
    "baseline_amount": "baseline",
    "before": "before",
    "beyond_chance": "beyond chance?",
    "bin": "group by risk",
    "change": "change",
    "churn_probability": "predicted",
    "churn_rate": "observed",
    "cohort": "cohort",
    "cohorts": "cohorts",
    "component": "component",
    "control": "control",
    "control_customers": "customers in control",
    "control_value": "control value",
    "cost": "cost",
    "count": "bought",
    "customer_id": "customer",
    "customer_share": "share of customers",
    "customers": "customers",
    "difference": "difference",
    "event": "event",
    "expected_churners": "expected to churn",
    "expected_cost": "expected cost",
    "expected_profit": "expected profit",
    "importance": "importance",
    "indicator": "indicator",
    "lift_amount": "lift",
    "mean_churn_probability": "mean risk",
    "mean_clv": "mean value",
    "mean_expected_purchases": "expected purchases",
    "mean_order_count": "mean orders",
    "mean_recency_days": "mean days since purchase",
    "measure": "score",
    "metric": "metric",
    "n": "answers",
    "next_event": "next event",
    "offer": "offer",
    "overall": "share of all",
    "p_value_adjusted": "p",
    "performance": "performance",
    "period": "period",
    "problem": "problem",
    "profit": "expected profit",
    "promotion": "promotion",
    "purchases": "purchases",
    "rate": "share",
    "revenue": "revenue",
    "rows": "rows",
    "segment": "segment",
    "share": "share",
    "step": "step",
    "total_amount": "revenue",
    "total_clv": "total value",
    "touchpoint": "touchpoint",
    "transitions": "moves",
    "value": "value",
    "variant": "variant",
    "winner": "winner",
}

REPORT_NUMBERS = {
    "order_rows": "order rows",
    "problem_rows": "rows with a problem",
    "customers": "customers",
    "net_amount": "net revenue",
    "change_amount": "change in revenue",
    "stayed_rate": "stayed in their segment",
    "second_period_retention": "retention one period later",
    "total_clv": "value of all customers, next year",
    "mean_clv": "value per customer, next year",
    "expected_purchases": "purchases expected, next quarter",
    "expected_revenue": "revenue expected, next quarter",
    "expected_new_customers": "new customers expected, next quarter",
    "expected_churners": "customers expected to churn",
    "roc_auc": "AUC",
    "brier": "Brier score",
    "calibration_slope": "calibration slope (best: 1)",
    "calibration_intercept": "calibration intercept (best: 0)",
    "promotion_lift_amount": "lift of the promotions",
    "promotion_dip_amount": "dip after the promotions",
    "promotion_net_amount": "net effect on sales",
    "promotion_net_profit": "net profit of the promotions",
    "funnel_overall": "share that comes to the last step",
    "expected_profit": "expected profit",
    "expected_cost": "expected cost",
    "advantage_profit": "advantage over the best simple rule",
}

REPORT_PROBLEMS = {
    "missing_customer": "no customer",
    "missing_date": "no date",
    "unreadable_date": "date cannot be read",
    "missing_amount": "no amount",
    "infinite_amount": "infinite amount",
    "missing_cost": "no cost",
    "infinite_cost": "infinite cost",
    "invalid_discount": "discount that is no fraction",
    "missing_order": "no order id",
    "duplicate": "repeated row",
    "zero_amount": "amount of 0",
    "negative_amount": "negative amount (return)",
    "cancelled": "cancelled",
    "after_as_of": "after the last day seen",
    "outlier_amount": "very large amount",
    "other_currency": "other currency",
    "other_utc_offset": "other UTC offset",
    "only_returns": "customer with returns alone",
    "reversed_purchase": "purchase that was reversed",
}

REPORT_AXES = {  # what pictures are labelled with, by the English
    "interval": "interval",
    "revenue": "revenue",
    "before": "before",
    "after": "after",
    "share of the segment": "share of the segment",
    "retention": "retention",
    "month of the first purchase": "month of the first purchase",
    "months after the first purchase": "months after the first purchase",
    "quarter of the first purchase": "quarter of the first purchase",
    "quarters after the first purchase": "quarters after the first purchase",
    "year of the first purchase": "year of the first purchase",
    "years after the first purchase": "years after the first purchase",
    "known customers": "known customers",
    "new customers": "new customers",
    "model": "model",
    "perfect": "perfect",
    "predicted probability of churn": "predicted probability of churn",
    "share that churned": "share that churned",
    "sales against the baseline": "sales against the baseline",
    "lift": "lift",
    "dip": "dip",
    "net": "net",
    "importance: share of R²": "importance: share of R²",
    "performance: mean score": "performance: mean score",
    "concentrate here": "concentrate here",
    "possible overkill": "possible overkill",
    "keep up the good work": "keep up the good work",
    "low priority": "low priority",
    "undecided": "undecided",
    "share of those who started": "share of those who started",
    "pp": "pp",
}


def _customer_report(report: Any) -> str:
    whom = "fewer customers than are shown"
    if report.customers is not None:
        whom = f"{report.customers:,} customer{'s' * (report.customers != 1)}"
    computed, lacking = len(report.computed), len(report.problems)
    text = f"As of {report.as_of}, {whom}: {computed} of {computed + lacking} sections."
    if not lacking:
        return text
    names = ", ".join(REPORT_SECTIONS[key] for key in report.problems)
    return f"{text} Not computed, with the reason in each: {names}."


SENTENCES: dict[str, Callable[[Any], str]] = {"CustomerReport": _customer_report}
