"""The experiment: which variant won, on every metric."""

from cemkit.experiments import compare_variants
from cemkit.report.drafts import Draft
from cemkit.report.gate import small_rows
from cemkit.report.shop import Shop

COLUMNS = [
    ("metric", "text"),
    ("variant", "text"),
    ("control", "text"),
    ("customers", "count"),
    ("control_customers", "count"),
    ("control_value", "number"),
    ("value", "number"),
    ("difference", "change", "difference_lower", "difference_upper"),
    ("p_value_adjusted", "p_value"),
    ("winner", "text"),
]


def write_experiments(draft: Draft, shop: Shop) -> None:
    """The read-out of the experiment."""
    readout = compare_variants(shop.tables.experiment, confidence_level=shop.level)
    table, smallest = readout.table, draft.terms.smallest
    rows = small_rows(table["customers"], smallest) | small_rows(
        table["control_customers"], smallest
    )
    draft.table("experiment", table, COLUMNS, rows=rows, kept=["metric", "variant", "control"])
    counts = [float(table[name].min()) for name in ("customers", "control_customers")]
    draft.state(readout, *counts)
    for place in range(len(table)):
        row = table.iloc[place]
        label = draft.say.REPORT["difference_of"].format(
            metric=row["metric"], variant=row["variant"], control=row["control"]
        )
        draft.number(
            "experiment_difference",
            row["difference"],
            "change",
            "experiment",
            bounds=(row["difference_lower"], row["difference_upper"]),
            counts=[row["customers"], row["control_customers"]],
            label=label,
        )
    if not rows.any():
        draft.picture("experiment", readout, "experiment", draft.sentence(readout, *counts))
