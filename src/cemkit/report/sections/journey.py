"""How far customers come on their way, and what they do next."""

import pandas as pd

from cemkit.journey import funnel, transitions
from cemkit.report.drafts import Draft
from cemkit.report.gate import small_parts, small_rows, with_partners
from cemkit.report.shop import Shop

FUNNEL = [
    ("step", "text"),
    ("customers", "count"),
    ("rate", "share", "rate_lower", "rate_upper"),
    ("overall", "share", "overall_lower", "overall_upper"),
]
MOVES = [
    ("event", "text"),
    ("next_event", "text"),
    ("transitions", "count"),
    ("customers", "count"),
    ("rate", "share", "lower", "upper"),
]
END = "(end)"  # of a path, beside the names of events


def write_journey(draft: Draft, shop: Shop) -> None:
    """The funnel through the steps, where these are named, and the moves between events."""
    if shop.tables.steps is None:
        draft.note(draft.say.REPORT["no_steps"])
    else:
        _write_funnel(draft, shop)
    found = transitions(shop.tables.events, shop.as_of, confidence_level=shop.level)
    rows = small_rows(found.table["customers"], draft.terms.smallest)
    rows = with_partners(rows, found.table["transitions"], found.table["event"])
    frame = found.table.replace({"next_event": {END: draft.say.REPORT["end"]}})
    draft.table("event_moves", frame, MOVES, rows=rows, kept=["event", "next_event"])
    draft.state(found, found.customers, *_ends(found.table))


def _ends(moves: pd.DataFrame) -> list[float]:
    """The customers behind the ends of paths, which the sentence names."""
    return moves.loc[moves["next_event"].astype(str) == END, "customers"].astype(float).tolist()


def _write_funnel(draft: Draft, shop: Shop) -> None:
    found = funnel(
        shop.tables.events, shop.tables.steps or (), shop.as_of, confidence_level=shop.level
    )
    table = found.table
    rows = small_parts(table["customers"], table["previous"], draft.terms.smallest)
    draft.table("funnel", table, FUNNEL, rows=rows, kept=["step"])
    counts = [float(count) for count in (*table["customers"], *table["dropped"])]
    draft.state(found, *counts)
    last = table.iloc[-1]
    draft.number(
        "funnel_overall",
        last["overall"],
        "share",
        "funnel",
        bounds=(last["overall_lower"], last["overall_upper"]),
        counts=[last["customers"]],
    )
    if not rows.any():
        draft.picture("funnel", found, "funnel", draft.sentence(found, *counts))
