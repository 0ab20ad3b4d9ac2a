"""Segments, what they are worth, and how customers moved between them."""

import dataclasses

import numpy as np
import pandas as pd

from cemkit.catalogue.en.segmentation import SEGMENTS
from cemkit.data import customer_table
from cemkit.errors import DataError
from cemkit.report.drafts import Draft
from cemkit.report.gate import is_small, protected_pairs
from cemkit.report.groups import segment_groups
from cemkit.report.shop import MOVED_DAYS, SEGMENT, Shop
from cemkit.report.texts import value_texts
from cemkit.segmentation import SegmentMigration, segment_migration

COLUMNS = [
    ("segment", "text"),
    ("customers", "count"),
    ("customer_share", "share"),
    ("total_amount", "money"),
    ("amount_share", "share"),
    ("mean_recency_days", "days"),
    ("mean_order_count", "number"),
]
MOVES = [
    ("before", "text"),
    ("after", "text"),
    ("customers", "count"),
    ("rate", "share", "lower", "upper"),
]


def write_segments(draft: Draft, shop: Shop) -> None:
    """Segments of today, and from which ones their customers came."""
    groups = segment_groups(draft, shop)
    table = _profile(shop.customers, groups.labels)
    rows = groups.small(table[SEGMENT])
    labels = table[SEGMENT].map(_names(draft)).fillna(table[SEGMENT])
    draft.table("segments", table.assign(segment=labels), COLUMNS, rows=rows, kept=[SEGMENT])
    shown = table[~rows]
    if len(shown):
        _tell_largest(draft, shown, labels[~rows])
    if shop.own_segments:
        draft.note(draft.say.REPORT["own_segments"])
        return
    try:
        _write_moves(draft, shop)
    except DataError as error:
        draft.note(draft.say.REPORT["no_moves"].format(why=draft.reason(error)))


def _names(draft: Draft) -> dict[str, str]:
    return dict(draft.say.SEGMENTS)


def _profile(customers: pd.DataFrame, segments: pd.Series) -> pd.DataFrame:
    """Customers, revenue and habits of each segment, the largest revenue first."""
    groups = customers.groupby(segments.reindex(customers.index))
    table = groups.agg(
        customers=("order_count", "size"),
        total_amount=("total_amount", "sum"),
        mean_recency_days=("recency_days", "mean"),
        mean_order_count=("order_count", "mean"),
    )
    amount = table["total_amount"].sum()
    table["customer_share"] = table["customers"] / table["customers"].sum()
    table["amount_share"] = table["total_amount"] / amount if amount > 0 else np.nan
    ordered = table.sort_values("total_amount", ascending=False, kind="stable")
    return ordered.rename_axis(SEGMENT).reset_index()


def _tell_largest(draft: Draft, shown: pd.DataFrame, labels: pd.Series) -> None:
    place = int(shown["total_amount"].to_numpy().argmax())
    row = shown.iloc[place]
    if not np.isfinite(row["amount_share"]):
        return
    draft.tell(
        draft.say.REPORT["largest_segment"].format(
            segment=labels.iloc[place],
            customers=f"{row['customer_share']:.1%}",
            amount=f"{row['amount_share']:.1%}",
        )
    )


def _write_moves(draft: Draft, shop: Shop) -> None:
    earlier = shop.as_of - pd.Timedelta(days=MOVED_DAYS)
    before = customer_table(shop.orders, earlier)
    labels = shop.segmenter.add_to(before)[SEGMENT]
    moves = segment_migration(labels, shop.segments, confidence_level=shop.level)
    both = moves.table.dropna(subset=["before", "after"]).reset_index(drop=True)
    rows = protected_pairs(both["customers"], both["before"], both["after"], draft.terms.smallest)
    names = {name: draft.say.SEGMENTS[name] for name in SEGMENTS}
    frame = both.assign(before=both["before"].map(names), after=both["after"].map(names))
    draft.table("moves", frame, MOVES, rows=rows, kept=["before", "after"])
    counts = (moves.stayed, moves.moved, len(moves.came), len(moves.left))
    _tell_moves(draft, moves, counts)
    draft.number("stayed_rate", moves.stayed_rate, "share", "moves", counts=counts[:2])
    draft.note(draft.say.REPORT["moves_since"].format(day=f"{earlier:%Y-%m-%d}"))
    shown = both.assign(rate=both["rate"].mask(rows), before=frame["before"], after=frame["after"])
    if shown["rate"].notna().any():
        _draw(draft, dataclasses.replace(moves, table=shown), [*names.values()], counts)


def _tell_moves(draft: Draft, moves: SegmentMigration, counts: tuple[int, ...]) -> None:
    smallest = draft.terms.smallest
    if is_small(counts, smallest):
        draft.tell(draft.say.REPORT["hidden_sentence"].format(smallest=smallest))
        return
    *_, came, left = (value_texts("count", count)[0] for count in counts)
    text = draft.say.REPORT["stayed"].format(
        customers=value_texts("count", moves.stayed + moves.moved)[0],
        rate=value_texts("share", moves.stayed_rate)[0],
        came=came,
        left=left,
    )
    draft.tell(text)


def _draw(draft: Draft, moves: SegmentMigration, order: list[str], counts: tuple[int, ...]) -> None:
    alt = draft.sentence(moves, *counts)
    present = {*moves.table["before"], *moves.table["after"]}
    kept = [name for name in order if name in present]
    draft.picture("moves", moves, "moves", alt, order=kept)
