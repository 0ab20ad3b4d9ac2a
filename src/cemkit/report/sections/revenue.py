"""Why revenue changed, by what customers did differently."""

import pandas as pd

from cemkit.data.days import day_of
from cemkit.data.reductions.compared_periods import BASE, CURRENT, sums_of_two_periods
from cemkit.indicators import RevenueTree, revenue_tree
from cemkit.report.drafts import Draft
from cemkit.report.gate import protected_rows
from cemkit.report.shop import Shop

COLUMNS = [("component", "text"), ("amount", "change", "lower", "upper"), ("share", "share")]


def write_revenue(draft: Draft, shop: Shop) -> None:
    """The change of revenue from one month to the next, split."""
    tree = revenue_tree(shop.orders, shop.as_of, confidence_level=shop.level)
    sizes = _sizes(shop, tree)
    counts = tree.table["component"].map(sizes).fillna(sizes["retained"])
    rows = protected_rows(counts, draft.terms.smallest)
    frame = tree.table.assign(component=tree.table["component"].map(draft.say.COMPONENTS))
    draft.table("revenue", frame, COLUMNS, rows=rows, kept=["component"])
    for name, period in (
        ("base_amount", tree.base_period),
        ("current_amount", tree.current_period),
    ):
        label = draft.say.REPORT["revenue_of"].format(period=period)
        buyers = sizes["base" if name == "base_amount" else "current"]
        draft.number(name, getattr(tree, name), "money", "revenue", counts=[buyers], label=label)
    bounds = (tree.change_amount_lower, tree.change_amount_upper)
    behind = [sizes["base"], sizes["current"]]
    draft.number(
        "change_amount", tree.change_amount, "change", "revenue", bounds=bounds, counts=behind
    )
    largest = [float(count) for count in counts.head(1)]
    draft.state(tree, *behind, *largest)
    if rows.any():
        draft.note(draft.say.REPORT["no_picture"])
        return
    sentence = draft.sentence(tree, *behind, *largest)
    draft.picture("revenue", tree, "revenue", sentence, language=draft.terms.language)


def _sizes(shop: Shop, tree: RevenueTree) -> dict[str, int]:
    """How many customers of each kind there are in the two periods."""
    base, current = pd.Period(tree.base_period), pd.Period(tree.current_period)
    found = sums_of_two_periods(shop.orders, base, current, [])
    orders = found.cells.pivot_table(
        index="customer_id", columns="side", values="orders", aggfunc="sum", fill_value=0
    ).reindex(columns=[BASE, CURRENT], fill_value=0)
    before, after = (orders[side] > 0 for side in (BASE, CURRENT))
    first = found.first_day.reindex(orders.index).to_numpy()
    new = after & (first > day_of(base.end_time))
    return {
        "new": int(new.sum()),
        "reactivated": int((after & ~before & ~new).sum()),
        "lost": int((before & ~after).sum()),
        "retained": int((before & after).sum()),
        "returns": len(orders),
        "base": int(before.sum()),
        "current": int(after.sum()),
    }
