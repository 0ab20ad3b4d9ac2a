"""Indicators with their change, and whether it is beyond chance."""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.indicators import Scorecard, monitor, scorecard
from cemkit.indicators.definitions import COUNT, INDICATORS, RATE
from cemkit.indicators.figures import in_points
from cemkit.report.drafts import Draft
from cemkit.report.gate import Mask, is_small, small_parts, small_rows
from cemkit.report.shop import Shop
from cemkit.report.texts import value_texts

SHOWN = (  # as numbers at the top of the section
    *("buying_customers", "total_amount", "average_order_value", "orders_per_customer"),
    *("retention_rate", "repurchase_rate", "return_rate", "nps"),
)
MONEY = {
    *("total_amount", "average_order_value", "amount_per_customer", "contribution_profit"),
    *("acquisition_cost", "customer_lifetime_value", "expected_loss", "retained_value"),
}
CHANGE = ["change", "change_lower", "change_upper", "beyond_chance"]
COLUMNS = [
    ("indicator", "text"),
    ("period", "text"),
    ("value", "by_row", "lower", "upper"),
    ("change", "by_change", "change_lower", "change_upper"),
    ("beyond_chance", "text"),
]


def write_indicators(draft: Draft, shop: Shop) -> None:
    """The latest value of each indicator, its history, and what the monitor says."""
    card = _card(shop)
    history, latest = card.table, card.latest()
    hidden = _small(history, draft.terms.smallest)
    unknown = hidden | _before(history, history[hidden])
    rows = _small(latest, draft.terms.smallest)
    _table(draft, "indicators", latest, rows, rows | _before(latest, history[hidden]))
    for place, name in enumerate(latest["indicator"]):
        if name in SHOWN:
            row = latest.iloc[place]
            counts = [1.0] if rows[place] and draft.terms.smallest > 1 else []
            _number(draft, row, counts)
    _state(draft, card, history[unknown])
    _table(draft, "indicator_history", history, hidden, unknown)
    masks = dict.fromkeys(("value", "lower", "upper"), hidden) | {"change": unknown}
    masked = {name: history[name].astype("float64").mask(mask) for name, mask in masks.items()}
    _draw(draft, card, history.assign(**masked))
    _monitored(draft, card, history[unknown])
    _note_left_out(draft, card.left_out)
    lacking = card.not_measured["indicator"].map(draft.say.INDICATORS).tolist()
    if lacking:
        names = draft.say.REPORT["and"].join(lacking)
        draft.note(draft.say.REPORT["not_measured"].format(names=names))


def _note_left_out(draft: Draft, left_out: pd.DataFrame) -> None:
    """What is in no indicator; of those that wait for an outcome, how many months."""
    say = draft.say
    waits = left_out["table"].isin(list(INDICATORS))
    for left in left_out[~waits].to_dict("records"):
        count = value_texts("count", left["count"])[0]
        if is_small([left["count"]], draft.terms.smallest):
            count = say.REPORT["few"].format(smallest=draft.terms.smallest)
        reason = say.REPORT_LEFT_OUT.get(left["reason"], left["reason"])
        table = say.REPORT_ROWS[left["table"]]
        draft.note(say.REPORT["left_out"].format(table=table, reason=reason, count=count))
    months = say.REPORT["waiting_months"]
    names = [
        months.format(indicator=say.INDICATORS[left["table"]], count=left["count"])
        for left in left_out[waits].to_dict("records")
    ]
    if names:
        draft.note(say.REPORT["waiting"].format(names=say.REPORT["and"].join(names)))


def _card(shop: Shop) -> Scorecard:
    tables = shop.tables
    return scorecard(
        shop.orders,
        shop.as_of,
        people=tables.people,
        responses=tables.responses,
        questions=tables.questions,
        contacts=tables.contacts,
        events=tables.events,
        promotions=tables.promotions if tables.margin else None,
        margin=tables.margin if tables.promotions is not None else None,
        costs=tables.costs,
        complaints=tables.complaints,
        referrals=tables.referrals,
        confidence_level=shop.level,
    )


def _small(rows: pd.DataFrame, smallest: int) -> Mask:
    """Rows that rest on few customers, or whose rate counts few of them."""
    few = small_rows(rows["customers"], smallest)
    kinds = rows["indicator"].map(lambda name: INDICATORS[name].kind)
    counted = (kinds == COUNT) & rows["indicator"].str.endswith("_customers")
    rates = small_parts(rows["numerator"], rows["denominator"], smallest)
    counts = small_rows(rows["value"], smallest)
    mask: npt.NDArray[np.bool_] = few | (rates & (kinds == RATE)) | (counts & counted)
    return np.asarray(mask)


def _keys(rows: pd.DataFrame) -> list[tuple[str, pd.Period]]:
    return list(zip(rows["indicator"], rows["period"], strict=True))


def _before(rows: pd.DataFrame, hidden: pd.DataFrame) -> Mask:
    """Which changes would give away a hidden value of the period before."""
    there = set(_keys(hidden))
    return np.array([(name, period - 1) in there for name, period in _keys(rows)], dtype=bool)


def _table(draft: Draft, key: str, rows: pd.DataFrame, hidden: Mask, unknown: Mask) -> None:
    units = [_unit(name) for name in rows["indicator"]]
    names = rows["indicator"].map(draft.say.INDICATORS)
    verdicts = [_verdict(draft, row) for row in rows.itertuples(index=False)]
    frame = rows.assign(indicator=names, period=rows["period"].astype(str), beyond_chance=verdicts)
    draft.table(
        key,
        frame,
        COLUMNS,
        rows=hidden,
        kept=["indicator", "period"],
        also=(unknown, CHANGE),
        units=units,
    )


def _unit(name: str) -> str:
    if name == "nps":
        return "points"
    if in_points(name):
        return "share"
    if name in MONEY:
        return "money"
    return "count" if INDICATORS[name].kind == COUNT else "number"


def _verdict(draft: Draft, row: Any) -> str:
    if not np.isfinite(row.change_lower) or not np.isfinite(row.change_upper):
        return ""
    beyond = row.change_lower > 0 or row.change_upper < 0
    return str(draft.say.REPORT["beyond" if beyond else "within"])


def _number(draft: Draft, row: pd.Series, counts: list[float]) -> None:
    name = str(row["indicator"])
    draft.number(
        name,
        row["value"],
        _unit(name),
        "indicators",
        bounds=(row["lower"], row["upper"]),
        counts=counts,
        label=f"{draft.say.INDICATORS[name]}, {row['period']}",
    )


def _state(draft: Draft, card: Scorecard, unknown: pd.DataFrame) -> None:
    """The sentence of the scorecard, where the change that it shows is one to show."""
    row = card.clearest()
    told = row is None or (row["indicator"], row["period"]) not in set(_keys(unknown))
    draft.state(card, *([] if told else [1.0]))


def _draw(draft: Draft, card: Scorecard, shown: pd.DataFrame) -> None:
    if shown.empty or shown["period"].nunique() < 2:
        return
    draft.picture(
        "indicators",
        dataclasses.replace(card, table=shown),
        "indicator_history",
        draft.say.REPORT["alt_indicators"],
        language=draft.terms.language,
    )


def _monitored(draft: Draft, card: Scorecard, hidden: pd.DataFrame) -> None:
    """What changed; nothing is said where a value that is named counts few."""
    found = monitor(card)
    changed = set(_keys(found.table[found.table["changed"]]))
    small = bool(changed & set(_keys(hidden))) and draft.terms.smallest > 1
    draft.state(found, *([1.0] if small else []))
