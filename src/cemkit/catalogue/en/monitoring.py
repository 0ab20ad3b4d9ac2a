"""English: what changed, of the indicators; revenue and acquisition costs."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from cemkit.catalogue.en.indicators import INDICATORS
from cemkit.catalogue.en.parts import interval_text
from cemkit.formats import count_text, money_text, share_text

MOST_CHANGES = 3  # named in a sentence
MOST_DETECTABLE = 10.0  # larger ones are not told apart
COMPONENTS = {  # of a change of revenue
    "new": "new customers",
    "retained": "retained customers",
    "reactivated": "reactivated customers",
    "lost": "lost customers",
    "orders_per_customer": "orders per customer",
    "order_value": "order value",
    "quantity": "units per order",
    "price": "price",
    "returns": "returns",
}
OTHERS = "others"
PICTURES = {  # what pictures of indicators say
    "interval": "{level} interval",
    "shown": " ({drawn:,} of {there:,} shown)",
    "scorecard": "Indicators by {period}",
    "monitoring": "{changed:,} of {tested:,} series changed",
    "expected": "expected range (forecast in brackets)",
    "changed": "changed",
    "mean_of_last": "mean of the last {last} periods",
    "revenue_tree": "Why revenue changed from {base} to {current}",
    "revenue": "revenue",
}
NOT_JUDGED = {  # why a series is not monitored
    "short history": "short history",
    "no value": "no value",
    "does not vary": "hardly any variation",
    "no model": "no model fits",
    "moving holiday": "moving holiday",
}


def series_name(names: Mapping[str, str], key: Sequence[Any]) -> str:
    """What a series is called: its indicator or component, and its group."""
    first, *groups = key
    return ", ".join([str(names.get(first, first)), *map(str, groups)])


def _monitoring(found: Any) -> str:
    when = (
        "in the last period"
        if found.last == 1
        else f"over the last {count_text(found.last, 'periods')}"
    )
    left_out = _left_out(found.left_out)
    if not found.tested:
        return f"No series could be tested {when}: {left_out}."
    none = f"None of {count_text(found.tested, 'series')} changed {when}"
    some = (
        f"{found.flagged:,} of {count_text(found.tested, 'series')} changed {when}: "
        f"{_changes(found)}"
    )
    text = f"{some if found.flagged else none} (false alarms at most {found.false_alarm_rate:.3g})"
    if found.year_over_year:
        text += f"; {found.year_over_year:,} had too little history for a seasonal model"
        text += " and were compared with the year before"
    if found.detectable_change > MOST_DETECTABLE:
        text += f", which typically finds no rise below {MOST_DETECTABLE:,.0%}"
    elif math.isfinite(found.detectable_change):
        text += f", which typically finds a rise of {share_text(found.detectable_change)} or more"
    return text + (f"; not tested: {left_out}." if len(found.left_out) else ".")


def _changes(found: Any) -> str:
    """The changes with the smallest p-values; how many more there are."""
    table = found.table[found.table["changed"]].sort_values("p_value", kind="stable")
    parts = []
    for _, row in table.head(MOST_CHANGES).iterrows():
        value, forecast = found.texts(row)
        verb = "rose" if row["direction"] == "up" else "fell"
        name = series_name(INDICATORS, [row[key] for key in ["indicator", *found.groups()]])
        parts.append(f"{name} {verb} to {value} where {forecast} was expected")
    more = len(table) - MOST_CHANGES
    return "; ".join(parts) + (f"; and {more:,} more" if more > 0 else "")


def _left_out(table: pd.DataFrame) -> str:
    counts = table["reason"].value_counts(sort=False)
    return ", ".join(f"{count:,} ({NOT_JUDGED[str(reason)]})" for reason, count in counts.items())


def _revenue_tree(found: Any) -> str:
    change = found.change_amount
    lower, upper = money_text(found.change_amount_lower), money_text(found.change_amount_upper)
    verb = "rose" if change > 0 else "fell"
    text = f"Revenue {verb} by {money_text(abs(change))}" if change else "Revenue did not change"
    if change and found.base_amount > 0:
        text += f" ({share_text(abs(change) / found.base_amount)})"
    text += f" from {found.base_period} to {found.current_period}"
    text += f" ({interval_text(found.confidence_level, lower, upper)})"
    row = found.table.iloc[0]
    if row["amount"] == 0:
        return text + "."
    name = series_name(COMPONENTS, [row[key] for key in ["component", *found.groups()]])
    return f"{text}; the largest component is {name}: {money_text(row['amount'])}."


def _acquisition_payback(found: Any) -> str:
    cost, lower, upper = map(
        money_text,
        (found.acquisition_cost, found.acquisition_cost_lower, found.acquisition_cost_upper),
    )
    text = (
        f"{count_text(found.new_customers, 'new customers')} from {found.start} to {found.as_of} "
        f"cost {cost} each ({interval_text(found.confidence_level, lower, upper)})"
    )
    if len(found.table):
        row = found.table.iloc[0]
        text += f"; the highest cost is {money_text(row['acquisition_cost'])}, for {row['channel']}"
        if "value_ratio" in row and math.isfinite(row["value_ratio"]):
            text += f", where lifetime value is {row['value_ratio']:.3g} times the cost"
    if found.unknown_channel:
        have = "has" if found.unknown_channel == 1 else "have"
        text += f"; {found.unknown_channel:,} {have} no known channel"
    return text + "."


SENTENCES: dict[str, Callable[[Any], str]] = {
    "AcquisitionPayback": _acquisition_payback,
    "Monitoring": _monitoring,
    "RevenueTree": _revenue_tree,
}
