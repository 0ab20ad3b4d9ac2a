"""actions_for: from who somebody is to the offer that they get."""

import dataclasses
import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    by_customer,
    check_as_of,
    check_columns,
    check_frame,
    check_spellings,
    check_text,
    meant,
    one_label_a_row,
)
from cemkit.checks.options import shown
from cemkit.data.column_values import ColumnValues
from cemkit.data.columns import check_table, plain_words
from cemkit.data.conditions import Truth, as_number
from cemkit.data.eligibility import truth_of_offers
from cemkit.data.known_labels import label_place
from cemkit.data.offer_levels import LevelledOffers
from cemkit.data.offer_times import last_moments
from cemkit.errors import DataError
from cemkit.promotion.standard_plan import standard_actions
from cemkit.promotion.triggers import ACTION_COLUMNS
from cemkit.results import Result

PLAN_COLUMNS = ["by", "value", "label", "action", "offer", "channel", "purpose"]
COUNTS = ["customers", "actions", "no_offer", "not_eligible", "unknown"]
Rows = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PlannedActions(Result):
    """Actions by segment, stage or value tier, from `actions_for`.

    Attributes:
        by: Column that determines the offer.
        customers: Number of customers.
        with_action: Number of customers with an action.
        no_offer: Number of customers whose value has no offer in the plan.
        no_value: Number of customers without a value in the column.
        ledger: One row per value and offer of the plan, then one per value without an offer, and
            one for customers without a value: `value, offer, customers, actions, no_offer,
            not_eligible, unknown`. `unknown` counts customers for whom a value that the offer's
            condition needs is missing. `customers` is the sum of the other four.
        table: One row per action.

    Examples:
        >>> from cemkit.promotion import standard_offers
        >>> customers = pd.DataFrame({"customer_id": [1, 2], "segment": ["At risk", "Own"]})
        >>> planned = actions_for(customers, standard_offers())
        >>> planned.ledger.dropna(subset="offer").query("customers > 0")[["value", "actions"]]
             value  actions
        3  At risk        1
        >>> print(planned.sentence())
        1 of 2 customers get an action by segment; left out: 1 no offer for their value.
    """

    _pictures = ("promotion.planned_actions",)

    by: str
    customers: int
    with_action: int
    no_offer: int
    no_value: int
    ledger: pd.DataFrame
    table: pd.DataFrame

    def held_back(self, name: str) -> int:
        """Return the numbers of actions not given because of `not_eligible` or `unknown`."""
        return int(self.ledger[name].sum())


def actions_for(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp | None = None,
    *,
    by: str = "segment",
    plan: pd.DataFrame | None = None,
    orders: Any = None,
    levels: pd.DataFrame | None = None,
) -> PlannedActions:
    """Plan an offer for each customer by their segment, stage or value tier.

    A plan assigns offers to values. `standard_actions` is a plan for the segments and stages of
    cemkit, with the offers of `standard_offers`; edit a copy of both, or give your own. An offer
    goes only to customers who satisfy its `eligible` condition.

    Args:
        customers: Table with one row per customer: the column `by`, the columns used by the
            conditions of the offers, and optionally `preferred_channel`.
        offers: Offers table with one row per offer.
        as_of: Last day seen. None leaves `as_of` of the actions empty and does not check whether
            offers have ended.
        by: Column that determines the offer: `"segment"`, `"stage"`, `"value_tier"`, or any column
            with text, numbers or flags.
        plan: Table with `value` and `offer`, and optionally `action` (default `"offer"`), `channel`
            (default the customer's `preferred_channel`), `purpose` (default `"marketing"`) and `by`
            (only rows for this column are used). A value can have several offers, in order of
            priority. None uses `standard_actions`.
        orders: Order table, on any engine. Needed if a condition of an offer counts purchases.
        levels: Levels of offers, as in `offer_costs`. None where no offer has levels.

    Returns:
        A `PlannedActions`. Its `table` has the columns of the actions of `fire_triggers`, sorted by
        `priority` (the row of the plan, 1 first), then customer; `reason` and `evidence` contain
        the value. Its `ledger` counts customers without an action, by reason. Both are the same in
        any row order.

    Raises:
        MissingColumnsError: `customers` lack `by` or a column that a condition names.
        DataError: The plan names an offer that is not in the offers table, or has the same value
            and offer twice. A value differs from the customers' only in case, blanks or width. An
            offer of the plan ended before `as_of`. An id occurs twice.
        ValueError: There is no standard plan for `by`, or a condition cannot be read.

    Warns:
        CemkitWarning: The plan has a value that no customer has and that is not a value of cemkit.

    Examples:
        >>> from cemkit.promotion import standard_offers
        >>> customers = pd.DataFrame({"customer_id": [1, 2], "stage": ["churned", "growth"]})
        >>> planned = actions_for(customers, standard_offers(), "2024-01-31", by="stage")
        >>> planned.table[["customer_id", "action", "offer", "reason"]]
           customer_id    action          offer           reason
        0            2   develop  double points   stage = growth
        1            1  win_back    comeback 20  stage = churned
    """
    table = by_customer(check_frame(customers, "customers"), "customers")
    check_columns(table.columns, [check_text(by, "by")], "by names the column that decides")
    day = None if as_of is None else check_as_of(as_of)
    read = LevelledOffers.read(offers, levels).offers
    chosen = _read_plan(plan, by, read, day)
    values = ColumnValues(table, "customers", table.index)
    codes, labels = _codes(values, by)
    places = _places(chosen["value"].tolist(), labels, values.kind(by), by)
    named = read[read["offer"].isin(chosen["offer"])]
    truths = truth_of_offers(table, named, as_of, orders)
    rows, lines = _outcomes(chosen, codes, places, truths)
    actions = _actions(chosen, rows, table, by, day)
    unplanned = np.bincount(codes[codes >= 0], minlength=len(labels))
    unplanned[[place for place in places if place >= 0]] = 0
    missing = int((codes < 0).sum())
    return PlannedActions(
        by=by,
        customers=len(table),
        with_action=int(actions["customer_id"].nunique()),
        no_offer=int(unplanned.sum()),
        no_value=missing,
        ledger=_ledger(chosen, lines, labels, unplanned, missing),
        table=actions,
    )


def _read_plan(
    plan: pd.DataFrame | None, by: str, offers: pd.DataFrame, day: pd.Timestamp | None
) -> pd.DataFrame:
    """The rows of the plan for a column, with all columns."""
    given = standard_actions() if plan is None else plan
    check_table(check_frame(given, "plan"), "plan", ["value", "offer"], known=PLAN_COLUMNS)
    table = given.reindex(columns=PLAN_COLUMNS)
    if "by" in given.columns:
        table = table[plain_words(table["by"], "by") == by]
    if table.empty:
        raise ValueError(
            f"the plan has no row for by={shown(by)}, only for "
            f"{sorted(set(given['by'].dropna()))}; give plan= with the columns value and "
            "offer"
        )
    table = table.reset_index(drop=True)
    for column in ("action", "channel", "purpose"):
        table[column] = pd.Series(plain_words(table[column], column), dtype="str")
    table["action"] = table["action"].fillna("offer")
    table["purpose"] = table["purpose"].fillna("marketing")
    for column in ("value", "offer"):
        if table[column].isna().any():
            raise DataError(f"the plan has a row without {column}; fill it in")
    with one_label_a_row("value and offer of the plan"):
        twice = table[table.duplicated(["value", "offer"])]
    if len(twice):
        value, offer = (twice[name].tolist()[0] for name in ("value", "offer"))
        raise DataError(
            f"the plan gives {shown(value)} the offer {shown(offer)} twice; keep one of the rows"
        )
    _check_offers(table, offers, day, standard=plan is None)
    return table


def _check_offers(
    plan: pd.DataFrame, offers: pd.DataFrame, day: pd.Timestamp | None, *, standard: bool
) -> None:
    """Raise where the plan gives what is not on offer, or no more."""
    there = offers["offer"].tolist()
    for value, offer in zip(plan["value"].tolist(), plan["offer"].tolist(), strict=True):
        if offer not in there:
            hint = "; take standard_offers(), or name your offers in plan=" if standard else ""
            raise DataError(
                f"the plan gives {shown(value)} the offer {shown(offer)}, which is not in "
                f"the offers table{meant(offer, there)}{hint}"
            )
    if day is None:
        return
    ended = (last_moments(offers["valid_until"].to_numpy()) < np.datetime64(day)) & offers[
        "offer"
    ].isin(plan["offer"]).to_numpy()
    if ended.any():
        first = offers[ended].iloc[0]
        raise DataError(
            f"offer {shown(first['offer'])} ended on {first['valid_until']:%Y-%m-%d}, "
            f"before as_of={day:%Y-%m-%d}; leave it out of the plan, or extend it"
        )


def _codes(values: ColumnValues, by: str) -> tuple[Rows, list[Any]]:
    """The number of each customer's value among the distinct ones (-1: missing), and these."""
    if values.kind(by) == "words":
        return values.words(by), values.labels(by)
    if values.kind(by) == "days":
        raise DataError(f"by={by!r} holds dates, not groups; use fire_triggers to act on dates")
    codes, distinct = pd.factorize(values.numbers(by))
    return codes, distinct.tolist()


def _places(wanted: list[Any], labels: list[Any], kind: str, by: str) -> list[int]:
    """The number of each value of the plan among those of the customers; -1: nobody has it."""
    if kind == "words":
        check_spellings(wanted, "value of the plan")
        return [label_place(str(value).strip(), labels, by, "no customer has") for value in wanted]
    given = [as_number(str(float(value) if isinstance(value, bool) else value)) for value in wanted]
    for value, number in zip(wanted, given, strict=True):
        if number is None:
            raise DataError(
                f"{by} holds numbers, but the plan has the value {shown(value)}; use numbers "
                "in the plan"
            )
    return [labels.index(number) if number in labels else -1 for number in given]


def _outcomes(
    plan: pd.DataFrame, codes: Rows, places: list[int], truths: dict[Any, Truth]
) -> tuple[list[Rows], list[dict[str, int]]]:
    """For each row of the plan, the rows of the customers who get it, and what became of all."""
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(codes.max(initial=-1) + 2))
    rows, lines = [], []
    for offer, place in zip(plan["offer"].tolist(), places, strict=True):
        own = order[starts[place] : starts[place + 1]] if place >= 0 else order[:0]
        truth = truths.get(offer)
        given = own if truth is None else own[truth.holds[own]]
        unknown = 0 if truth is None else int((~truth.known[own]).sum())
        left = len(own) - len(given) - unknown
        lines.append(dict(zip(COUNTS, (len(own), len(given), 0, left, unknown), strict=True)))
        rows.append(given)
    return rows, lines


def _ledger(
    plan: pd.DataFrame,
    lines: list[dict[str, int]],
    labels: list[Any],
    unplanned: npt.NDArray[np.intp],
    missing: int,
) -> pd.DataFrame:
    table = pd.concat([plan[["value", "offer"]].astype(object), pd.DataFrame(lines)], axis=1)
    others = sorted(
        ((label, int(count)) for label, count in zip(labels, unplanned, strict=True) if count),
        key=lambda line: str(line[0]),
    )
    without = [*others, *([(None, missing)] if missing else [])]
    rows = [[label, None, count, 0, count, 0, 0] for label, count in without]
    if not rows:
        return table
    further = pd.DataFrame(rows, columns=["value", "offer", *COUNTS]).astype(
        {"value": object, "offer": object}
    )
    return pd.concat([table, further], ignore_index=True)


def _actions(
    plan: pd.DataFrame,
    rows: list[Rows],
    table: pd.DataFrame,
    by: str,
    day: pd.Timestamp | None,
) -> pd.DataFrame:
    line = np.repeat(np.arange(len(rows)), [len(own) for own in rows])
    row = np.concatenate(rows)
    if not table.index.is_monotonic_increasing:
        order = np.lexsort((pd.factorize(table.index.take(row), sort=True)[0], line))
        line, row = line[order], row[order]
    values = plan["value"].astype(object).map(str)
    lines = plan[["action", "offer", "channel", "purpose"]].assign(
        reason=f"{by} = " + values,
        evidence=f"{by} " + values,
        expected_profit=np.nan,
        priority=np.arange(1, len(plan) + 1),
        as_of=np.full(len(plan), np.datetime64("NaT" if day is None else day, "us")),
    )
    said = lines.take(line).reset_index(drop=True)
    if "preferred_channel" in table.columns:
        preferred = table["preferred_channel"].take(row).reset_index(drop=True)
        channel = said["channel"].astype(object)
        said["channel"] = channel.where(channel.notna(), preferred)
    said.insert(0, "customer_id", table.index.take(row))
    return said[ACTION_COLUMNS]
