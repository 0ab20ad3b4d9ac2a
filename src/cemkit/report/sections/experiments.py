"""The experiment: which variant won, on every metric."""

import numpy as np
import pandas as pd

from cemkit.experiments import compare_variants
from cemkit.report.drafts import Draft
from cemkit.report.gate import Mask, small_parts, small_rows
from cemkit.report.shop import Shop

COLUMNS = [
    ("metric", "text"),
    ("variant", "text"),
    ("control", "text"),
    ("customers", "count"),
    ("control_customers", "count"),
    ("control_value", "by_row"),
    ("value", "by_row"),
    ("difference", "by_change", "difference_lower", "difference_upper"),
    ("p_value_adjusted", "p_value"),
    ("winner", "text"),
]
RATE = "converted"  # the metric that is a rate


def _small(table: pd.DataFrame, smallest: int) -> Mask:
    """Comparisons with a small arm, or of which few customers converted or did not."""
    rows = np.zeros(len(table), dtype=bool)
    rates = (table["metric"] == RATE).to_numpy()
    for size, value in (("customers", "value"), ("control_customers", "control_value")):
        rows |= small_rows(table[size], smallest)
        converted = (table[value] * table[size]).round()
        rows |= rates & small_parts(converted, table[size], smallest)
    return rows


def write_experiments(draft: Draft, shop: Shop) -> None:
    """The read-out of the experiment."""
    readout = compare_variants(shop.tables.experiment, confidence_level=shop.level)
    table, smallest = readout.table, draft.terms.smallest
    rows = _small(table, smallest)
    units = ["share" if metric == RATE else "number" for metric in table["metric"]]
    known = draft.say.REPORT_METRICS
    names = [known.get(metric, metric) for metric in table["metric"]]
    made = draft.table(
        "experiment",
        table.assign(metric=names),
        COLUMNS,
        rows=rows,
        kept=["metric", "variant", "control"],
        units=units,
    )
    difference = next(column for column in made.columns if column.name == "difference")
    counts = [1.0] if rows.any() and smallest > 1 else []
    draft.state(readout, *counts)
    for place in range(len(table)):
        row = table.iloc[place]
        label = draft.say.REPORT["difference_of"].format(
            metric=names[place], variant=row["variant"], control=row["control"]
        )
        draft.number(
            "experiment_difference",
            row["difference"],
            made.unit(difference, place),
            "experiment",
            bounds=(row["difference_lower"], row["difference_upper"]),
            counts=counts if rows[place] else [],
            label=label,
        )
    if not rows.any():
        draft.picture("experiment", readout, "experiment", draft.sentence(readout, *counts))
