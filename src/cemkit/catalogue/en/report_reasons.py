"""English: why a section of the customer report could not be computed."""

# Keys are those of `cemkit.report.reasons`.

REPORT_COUNTED = {  # what there is too little of
    "rows": "rows in {table}",
    "ordered": "customers in {table} who ordered",
    "both_days": "customers of both days",
    "in_orders": "customers in orders",
    "outcomes": "outcomes in {name}",
    "classes": "kinds of outcome (churned or not)",
    "gaps": "gaps between two purchase days of a customer",
    "weeks": "weeks of orders, to forecast new customers",
    "repeaters": "customers with a repeat purchase",
    "repeat_amounts": "customers with a repeat purchase and a positive mean amount",
    "repeat_counts": "different numbers of repeat purchases",
    "order_days": "days of orders",
    "order_days_up_to": "days of orders up to {day}",
    "purchases_seen": "purchases up to the last day seen",
    "orders_seen": "orders up to the last day seen",
    "purchases_by_period": "purchases up to the end of the period",
    "purchases_before": "purchases in or before {period}",
    "orders_in_either": "orders in either period",
    "dated_orders": "orders with a date",
    "orders": "orders",
    "purchases": "purchases",
    "customers": "customers",
    "rarer": "customers with the rarer outcome",
    "offered": "customers who may have an offer",
    "per_arm": "customers in each variant",
    "comparisons": "comparisons with enough customers",
    "variants": "variants",
    "in_variant": "customers in a variant",
    "scored_answers": "answers with a score",
    "ratings": "ratings of touchpoints",
    "touchpoints": "touchpoints to compare",
    "rated_all": "customers who rated every touchpoint",
    "rated_both": "customers who rated both {first} and {second}",
    "scored_customers": "customers with a score for {question}",
    "ratings_of": "ratings of {touchpoint} by customers with a score for {question}",
    "periods_answered": "periods with answers",
    "answers": "answers",
    "complaints": "complaints whose limit of {hours} hours is over by {day}",
    "sales": "periods of sales",
    "known_sales": "periods with known sales",
    "sales_index": "periods of sales",
    "sales_before": "periods of sales before promotion {name}",
    "acquisition_costs": "acquisition costs up to the last day seen",
}

REPORT_REASONS = {
    "missing_or_infinite": (
        "{column} is missing or infinite in {rows} of {all} rows; make the "
        "orders table with prepare_orders"
    ),
    "missing": (
        "{column} is missing in {rows} of {all} rows; find the values, or leave these rows out"
    ),
    "missing_outcome": (
        "{column} is missing; rows concerned: {rows}. Find the values, or "
        "leave these customers out of every variant"
    ),
    "lacking_columns": "the table lacks {columns}; it has {there}",
    "no_frame": "{name} must be a pandas DataFrame, not {kind}",
    "not_a_table": "{name} must be a table, not {kind}",
    "no_numbers": "{column} must hold numbers, not {value}",
    "no_date": "{column} holds {value}, which is not a date such as 2024-03-31",
    "other_kind": (
        "{column} holds {kind} in {table} and {other} in {others}, so no customer would be found"
    ),
    "repeated_customers": (
        "customers of the table {table} in several rows: {rows}, such as {id}; "
        "give one row per customer"
    ),
    "before_orders": "{day} lies before the first order, on {first}",
    "no_purchases": "there are no purchases up to {day}",
    "no_events_yet": "there are no events up to {day}",
    "no_period_over": "no {period} is over by {day}",
    "silent_end": (
        "the last order up to {day} is on {last}, days before: {days}. A "
        "forecast would treat the days since as days without purchases; choose "
        "the end of the data as the last day"
    ),
    "nobody_bought": (
        "nobody bought after {day} (window in days: {days}), so everyone would "
        "count as churned; check that the orders of that window are in the "
        "table"
    ),
    "constant_columns": "the same for every customer: {columns}",
    "not_identified": (
        "The data do not show how customers differ in some respects. "
        "Predictions of the purchase and spend models are valid, but some of "
        "their parameters have no interval."
    ),
    "rarer_outcome": (
        "the rarer outcome, churned or not, is that of {events} of {customers} "
        "customers; measures from so few say little, and their intervals are "
        "too short"
    ),
    "correlated_spend": (
        "customers who buy more often spend differently per purchase "
        "(correlation {correlation}), and the spend model takes these to be "
        "independent: take single values as rough"
    ),
    "outside_sales": (
        "promotion {name} ({day}) lies outside the sales, which run from {first} to {last}"
    ),
    "shared_period": (
        "promotions {one} and {other} share the period {period}, so their "
        "effects are not identified separately"
    ),
    "same_name": "promotions with the name {name}: {rows}; name each apart, such as by its year",
    "ends_early": "promotions that end before they start: {rows}; correct them",
    "undated_promotion": "promotions without a name or a date: {rows}; fill these in",
    "unknown_sales": "all sales during promotion {name} are missing",
    "not_separate": (
        "{column} is the same in every week, or follows from the other "
        "columns, so its effect is not identified"
    ),
    "constant_sales": (
        "sales are {amount} in every period, and a constant series cannot be modelled"
    ),
    "exact_sales": (
        "sales follow a straight line or a pattern without error, so no variance can be estimated"
    ),
    "irregular_sales": (
        "sales without promotions are too irregular to measure against: the "
        "standard error of the lift is {error} of the baseline (at most {most} "
        "will do)"
    ),
    "no_whole_week": "the orders ({first} to {last}) cover no whole week",
    "wrong_size": "promotion {name} has the size {size}, which is not a discount as a fraction",
    "no_control": "control {control} is not a variant; there are {variants}",
    "not_binary": "{column} must hold only 0 and 1, but runs from {low} to {high}",
    "no_metric": "the experiment has neither converted nor amount",
    "several_variants": (
        "customers in more than one variant: {customers}; find out how that "
        "happened and leave them out of every variant"
    ),
    "no_variant": "rows without a variant: {rows}; name it",
    "few_compared": "comparisons left out, because a variant has too few customers: {left}",
    "unknown_question": (
        "question {question} is not among the questions of responses; there are {questions}"
    ),
    "off_scale": (
        "scores off the scale {low} to {high}: {scores}, such as {value}; "
        "correct them, or choose the question"
    ),
    "fractional_scores": "scores that are not whole numbers: {scores}, such as {value}",
    "low_scores": (
        "of {scores} scores, none is above {most} on a scale that ends at "
        "{high}: check the scale that was asked"
    ),
    "no_zero": (
        "of {scores} scores, none is 0: check whether 1 to 10 was asked, whose "
        "net promoter score is not comparable"
    ),
    "few_answers_in": (
        "groups with fewer than {few} answers: {groups}; conclude nothing from them"
    ),
    "repeated_answers": "answers that repeat others: {rows}; each is counted once",
    "same_score": (
        "{touchpoint} has the same score {score} in all its answers "
        "({answers}), so nothing can go with it"
    ),
    "no_correlation": "no touchpoint correlates with the score, so there are no shares",
    "dependent_drivers": "{names} follow from each other, so their importance is not identified",
    "no_events": "the table events has no rows",
    "unknown_event": "event never is {event}; the events are {events}",
    "nobody_did": "nobody did {event} by {day}",
    "no_window_over": "nobody has a {event} whose window is over by {day}",
    "too_few_steps": "steps must name at least two events in their order, not {steps}",
    "late_starters": (
        "{open} of {customers} customers started so late that their window is "
        "not over, and are left out"
    ),
    "same_time": (
        "{ties} of {events} events are at the same time as another one of the "
        "same customer, so their order is a convention"
    ),
    "unknown_offer_column": "offers has an unknown column {column}; the known ones are {columns}",
    "missing_term": "offer {offer} has no {term}",
    "wrong_uplift": "the uplift of offer {offer} must be a change of a probability, not {value}",
    "answered_early": "{table} answered before they were opened: {rows}; correct their dates",
    "unknown_value": "{column} of {table} holds {value}; it takes {values}",
    "unknown_channel": (
        "costs of a channel without customers, {channel}: {rows} ({amount}); "
        "correct its spelling, or leave these costs out"
    ),
}
