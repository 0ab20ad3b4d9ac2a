"""Reasons: what errors and warnings say, in the words of the page.

Messages are regular expressions here, in which `{name}` stands for any text. The catalogue has a
sentence of each in every language, which takes over what the names stand for.
"""

import re
from collections.abc import Mapping
from functools import cache

THINGS = {  # what errors count, in the plural
    "rows": "rows in {table}",
    "ordered": "customers in {table} who ordered",
    "both_days": "customers in both",
    "in_orders": "customers in orders",
    "outcomes": "outcomes in {name}",
    "classes": "classes in the outcome",
    "gaps": "gaps between two purchase days of a customer",
    "weeks": "weeks of orders, to forecast new customers",
    "repeaters": "customers with a repeat purchase",
    "repeat_amounts": "customers with a repeat purchase and a mean amount above (?:0|…)",
    "repeat_counts": "different numbers of repeat purchases",
    "order_days": "days of orders",
    "order_days_up_to": "days of orders up to as_of={day}",
    "purchases_seen": "purchases up to as_of",
    "orders_seen": "orders up to as_of",
    "purchases_by_period": "purchases up to the end of the period",
    "purchases_before": "purchases in or before {period}",
    "orders_in_either": "orders in either period",
    "dated_orders": "dated orders",
    "orders": "orders",
    "purchases": "purchases",
    "customers": "customers",
    "rarer": "customers of the rarer outcome",
    "offered": "customers who may have an offer",
    "per_arm": "customers per arm",
    "comparisons": "comparisons with enough customers",
    "variants": "variants",
    "in_variant": "customers in (?:a variant|an arm)",
    "scored_answers": "answers with a score",
    "ratings": "ratings of touchpoints",
    "touchpoints": "touchpoints to compare",
    "rated_all": "customers who rated every touchpoint",
    "rated_both": "customers who rated both {first} and {second}",
    "scored_customers": "customers with a score for {question}",
    "ratings_of": "ratings of {touchpoint} by customers with a score for {question}",
    "periods_answered": "periods with answers.*",
    "answers": "answers.*",
    "complaints": "complaints whose limit of {hours} hours is over by as_of={day}",
    "sales": "points in sales",
    "known_sales": "points in sales that are not missing",
    "sales_index": "periods in the index",
    "sales_before": "points before promotion {name}",
    "acquisition_costs": "rows of costs with purpose 'acquisition' up to as_of",
}

REASONS = {
    "missing_or_infinite": "{column} is missing or infinite in {rows} of {all} rows?; .*",
    "missing": r"{column} is missing in {rows} of {all} rows?(?: of \w+)?; .*",
    "missing_outcome": r"{column} (?:of \w+ )?is missing in {rows} rows?; .*",
    "lacking_columns": (
        r"missing columns? {columns}(?: \(did you mean [^)]*\))?; the table has {there}(?:; .*)?"
    ),
    "no_frame": "{name} must be a pandas DataFrame, not {kind}",
    "not_a_table": "{name} must be an? .*table, not {kind}",
    "no_numbers": r"{column} must (?:hold numbers|be numeric), not {value}(?: \(such as .*\))?; .*",
    "no_date": r"{column}(?: of \w+)? holds {value}, which is not (?:an ISO date|a date).*",
    "other_kind": (
        "{column} holds {kind} in {table} and {other} in {others}, so none would be found; .*"
    ),
    "repeated_customers": "{table} has {rows} repeated customer_id, such as {id}; .*",
    "before_orders": "as_of={day} lies before the first order, on {first}(?:; .*)?",
    "no_purchases": "need at least 1 purchase up to as_of={day}, got 0; .*",
    "no_events_yet": "there is no event up to as_of={day}(?:; .*)?",
    "no_period_over": "no {period} (?:with a first purchase )?is over by as_of={day}.*",
    "silent_end": "the last order up to as_of={day} is on {last}, {days} days before, and .*",
    "nobody_bought": "nobody bought in the {days} days? after as_of={day}, so .*",
    "constant_columns": "{columns} has the same value for every customer; .*",
    "not_identified": "not identified: .*",
    "rarer_outcome": "only {events} of {customers} customers? (?:have|has) the rarer outcome; .*",
    "correlated_spend": (
        r"log\(repeat_count\) and repeat_mean_amount have a correlation of " "{correlation} .*"
    ),
    "outside_sales": (
        r"promotion {name} \({day}\) lies outside the sales, which run from " "{first} to {last}"
    ),
    "shared_period": "promotions {one} and {other} share the period {period}, so .*",
    "same_name": "promotions has {rows} rows named {name}; .*",
    "ends_early": "promotions has {rows} rows? whose end_date is before their start_date, .*",
    "undated_promotion": "promotions has {rows} rows? without a (?:name|date), .*",
    "unknown_sales": "all sales during promotion {name} are missing; .*",
    "not_separate": "X has a column {column} that is constant or a linear combination .*",
    "constant_sales": "sales are {amount} in every period, and .*",
    "exact_sales": "sales follow .* without error, so .*",
    "irregular_sales": (
        "sales without promotions are too irregular to measure against: the "
        r"standard error of the lift is {error} of the baseline \(at most {most}"
        r" will do\); .*"
    ),
    "no_whole_week": r"the orders \({first} to {last}\) cover no whole period; .*",
    "wrong_size": "promotion {name} has the size {size}; .*",
    "no_control": r"control {control} is not a variant(?: \(.*\))?; there are {variants}",
    "not_binary": (
        r"{column} of \w+ must hold only 0 and 1 for a proportion, but runs "
        "from {low} to {high}; .*"
    ),
    "no_metric": "there is no metric; .*",
    "several_variants": "{customers} customers? (?:are|is) in more than one variant, .*",
    "no_variant": "{rows} rows? (?:have|has) no variant, .*",
    "few_compared": "{left} comparisons? (?:are|is) left out: .*",
    "unknown_question": (
        "question={question} is not among the questions of responses(?: "
        r"\(.*\))?; there are {questions}"
    ),
    "off_scale": (
        "{scores} (?:score|rating)s? (?:are|is) off the scale {low} to {high}, such as {value}; .*"
    ),
    "fractional_scores": "{scores} scores? (?:are|is) fractional, such as {value}; .*",
    "low_scores": "none of {scores} scores? is above {most} on a scale that ends at {high}: .*",
    "no_zero": "none of {scores} scores? is 0, and .*",
    "few_answers_in": "{groups} groups? (?:have|has) fewer than {few} answers; .*",
    "repeated_answers": "{rows} rows? (?:are|is) copies of others, .*",
    "same_score": "{touchpoint} has the same score {score} in all {answers} answers?, so .*",
    "no_correlation": "no touchpoint correlates with the overall score, so .*",
    "dependent_drivers": "{names} are linear combinations of each other; .*",
    "no_events": "events has no rows; .*",
    "unknown_event": r"event never is {event}(?: \(.*\))?; the events are {events}",
    "nobody_did": "nobody did {event} by as_of={day}; .*",
    "no_window_over": "nobody has a {event} whose window is over by as_of={day}; .*",
    "too_few_steps": "steps must name at least two events in their order, not {steps}",
    "late_starters": "{open} of {customers} customers? started so late that .*",
    "same_time": (
        "{ties} of {events} .* are at the same time as another one of the same customer .*"
    ),
    "unknown_offer_column": (
        r"offers has an unknown column {column}(?: \(.*\))?; use columns among " "{columns}"
    ),
    "missing_term": "{term} of offer {offer} is missing; .*",
    "wrong_uplift": "uplift of offer {offer} must be a change of a probability, not {value}; .*",
    "answered_early": "{table} has {rows} rows? answered before they were opened, .*",
    "unknown_value": r"{column} of {table} holds {value}(?: \(.*\))?; it takes {values}",
    "unknown_channel": (
        r"costs has {rows} rows? \({amount}\) of a channel without customers, "
        r"{channel}(?: \(.*\))?; .*"
    ),
}


def reworded(message: str, patterns: Mapping[str, str], words: Mapping[str, str]) -> str | None:
    """The message in these words; None where they have none for it."""
    for name, pattern in patterns.items():
        found = _compiled(pattern).fullmatch(message)
        if found is not None:
            return words[name].format(**found.groupdict())
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>.+?)", pattern), re.DOTALL)
